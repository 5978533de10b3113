"""Whether recorded runs hold what a study asks of them: checked before its first job."""

from collections.abc import Mapping
from typing import Any

from lit.analyses.common import check_one_stream
from lit.files.recordings import code_lengths
from lit.files.result_files import Arrays


def check_recorded(
    runs: list[Mapping[str, Any]], together: Mapping[str, list[Mapping[str, Any]]]
) -> None:
    """Read every recorded run as its job will, and compare the examples of those that an analysis
    sets beside each other.

    Args:
        runs: Settings of each run's job, with the ``path`` of its file.
        together: By analysis, ``arm``, ``run`` (from theta0) and ``k`` of each of its rows.

    Raises:
        InputError: naming file and row, or analysis and arms, and what is wrong.
    """
    coded: dict[str, Arrays] = {run["run"]: code_lengths(run["path"], run) for run in runs}
    for name, rows in together.items():
        k = min(row["k"] for row in rows)
        streams = [(row["arm"], coded[row["run"]]) for row in rows]
        check_one_stream(streams, k, f"analyses.{name}: ")
