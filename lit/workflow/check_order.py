"""Whether rows belong together, by a column that says of whom they are, or by their order."""

from collections.abc import Mapping
from typing import Any

from lit.data.dataset import Dataset
from lit.data.row_order import label_runs
from lit.logs import log


def rows_together(data: Dataset, spec: Mapping[str, Any]) -> str:
    """What says that rows belong together, and what to do; nothing where nothing does, or groups
    are named.

    Args:
        data: The data set.
        spec: The config's entry.
    """
    if spec["kind"] == "table":
        from lit.workflow.check_groups import groups_of  # pandas, which few data sets need

        if said := groups_of(data, spec):
            return said
    runs = label_runs(data)
    if runs is None:
        return ""
    what = "labels lie in {:,} runs of equal ones"
    if data.bins is not None:
        what = "targets lie in {:,} runs above their median or below"
    return (
        f"{what.format(runs[0])}, where a random order has about {runs[1]:,},"
        " as though rows beside each other were of one place, person or time, which M recognises"
        " in the stream. If new examples are of others, make a column that says of which one a row"
        " is, and write groups: and its name; if rows are only sorted, leave it (docs/data.md, Rows"
        " that belong together)"
    )


def warn_of_rows_together(
    rows: list[Mapping[str, Any]],
    data: Mapping[str, Dataset],
    specs: Mapping[str, Mapping[str, Any]],
    origins: Mapping[str, str],
) -> None:
    """Warn of data sets with such rows, which are both coded and trained on."""
    both = {
        origins[row["target"]]
        for row in rows
        if row["n"] != 0 and origins[row["target"]] == origins[row["source_dataset"]]
    }
    for name in sorted(both):
        if said := rows_together(data[name], specs[name]):
            log.warning(f"Warning: data set {name!r}: {said}")
