"""A study's code lengths as a file of recorded runs, see docs/recorded.md."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from lit.errors import InputError, check_known
from lit.files.recorded_columns import COLUMNS, Columns, add
from lit.study.codes import CODES
from lit.study.config import read_study
from lit.study.entities import Row, Run, Study
from lit.study.recordings import THETA0, About
from lit.workflow.propose_study import flow
from lit.workflow.results_folder import read_codes


def export_study(path: str, out: str, code: str | None = None) -> str:
    """Write the code lengths of a study's arms with a target, from its results.

    Args:
        path: The study's file.
        out: A new file that ends in .parquet, .h5 or .hdf5. Each arm becomes a run of its name.
        code: Which code; left out, the one that the study shows first.

    Returns:
        How many rows and runs it has, and the arms of a study that read them.

    Raises:
        InputError: results that are not there; a file ``out`` that is.
    """
    study = read_study(path)
    code = code or study.code
    check_known("export: --code", "code", code, CODES)
    if Path(out).exists():
        raise InputError(f"export: {out} is there already; remove it, or write another name")
    runs: dict[str, About] = {}
    parts: list[Columns] = []
    for row in study.rows:
        if row.cell is not None or row.is_recorded or row.n == 0:
            continue
        if row.arm not in runs:
            about = {"k": row.k, "model": row.cold.model, "dataset": row.cold.target, "starts": {}}
            runs[row.arm] = about
            parts.append(_stream(study, path, row, THETA0, code, about))
        name = f"n{row.n}" if row.n else "pretrained"
        runs[row.arm]["starts"][name] = {"n": row.n, "source": row.warm.trained_on}
        parts.append(_stream(study, path, row, name, code, runs[row.arm]))
    if not parts:
        raise InputError(f"export: {path} has no arm with a target and an M; nothing is written")
    joined = {
        name: np.concatenate([part[name] for part in parts])
        for name in COLUMNS
        if all(name in part for part in parts)
    }
    add(Path(out), runs, joined)
    said = f"{out}: {len(joined['bits']):,} rows of {len(runs)} runs, code {code}"
    return f"{said}; as arms of another study:\n{arms_of(runs, out)}"


def arms_of(runs: Iterable[str], path: str) -> str:
    """YAML that names the recorded runs of a file as arms of a study."""
    arms = [{"name": run, "recorded": path, "run": run} for run in runs]
    return "\n".join(["arms:", *(f"  - {flow(arm)}" for arm in arms)])


def _stream(study: Study, path: str, row: Row, start: str, code: str, about: About) -> Columns:
    """The rows of one start of an arm, all seeds; its number of classes is put into ``about``."""
    run = row.cold if start == THETA0 else row.warm
    assert isinstance(run, Run), "recorded rows are left out"
    arrays, made = read_codes(study.name, run.id, path)
    about["classes"] = int(arrays["classes"])
    shape = (len(made["seeds"]), row.k)
    columns = {
        "run": np.full(shape, row.arm, dtype=object),
        "start": np.full(shape, start, dtype=object),
        "seed": np.broadcast_to(np.array(made["seeds"])[:, None], shape),
        "position": np.broadcast_to(np.arange(row.k), shape),
        "labels": arrays.get("labels", np.ones(shape, dtype=np.int64))[:, : row.k],
        "bits": arrays[f"bits/{code}"][:, : row.k],
        "index": arrays["index"][:, : row.k],
    }
    return {name: column.ravel() for name, column in columns.items()}
