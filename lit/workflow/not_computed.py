"""What a study's file asks for beyond the results that are there."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from lit.analyses.words import in_order, size
from lit.errors import InputError
from lit.study.config import read_study
from lit.study.entities import Study
from lit.tables.agreement import MAIN
from lit.tables.reading import read_table
from lit.workflow.forecast import find_finished
from lit.workflow.plan import Plan

BY_SEED = MAIN.replace(".csv", "_by_seed.csv")


def not_computed(path: str, folder: Path) -> str:
    """Of a study's file: what its tables lack, or that they are of other settings; else nothing."""
    plan = Plan(read_study(path))
    table, run = folder / BY_SEED, f"run it: python -m lit run {path}"
    missing = lacking(plan.study, read_table(table)) if table.is_file() else []
    if missing:
        return f"{path} also asks for {in_order(missing)}; not computed yet, {run}"
    if left := _jobs_left(plan):
        return f"{path} has {left:,} jobs left, so that these numbers may be out of date; {run}"
    return ""


def lacking(study: Study, by_seed: pd.DataFrame) -> list[str]:
    """Seeds, arms, and sizes of known arms that a study has and its table by seed has not."""
    seeds = [seed for seed in study.seeds if seed not in set(by_seed["seed"])]
    said = [f"{'seed' if len(seeds) == 1 else 'seeds'} {_names(seeds)}"] if seeds else []
    columns = (by_seed[name].astype(object) for name in ("arm", "n", "k"))
    there = {(arm, None if pd.isna(n) else n, k) for arm, n, k in zip(*columns, strict=True)}
    known, sizes = {arm for arm, *_ in there}, {(arm, n) for arm, n, _ in there}
    if arms := dict.fromkeys(row.arm for row in study.rows if row.arm not in known):
        said.append(f"{'arm' if len(arms) == 1 else 'arms'} {_names(arms)}")
    return said + [
        f"arm {row.arm} with {f'k = {row.k:,}' if (row.arm, row.n) in sizes else size(row.n)}"
        for row in study.rows
        if row.arm in known and row.cell is None and (row.arm, row.n, row.k) not in there
    ]


def _names(values: Iterable[Any]) -> str:
    return ", ".join(map(str, values))


def _jobs_left(plan: Plan) -> int:
    """Jobs that are not done as the study asks for now; 0 where its data cannot be looked at."""
    try:
        files = [job[2:] for job in json.loads(plan.forecast_settings())["jobs"]]
    except (InputError, OSError):
        return 0
    return len(files) - len(find_finished(files))
