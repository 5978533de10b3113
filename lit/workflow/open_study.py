"""From what Snakemake read to a plan: the first thing that every snakemake process does."""

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from lit.study.config import load_study
from lit.study.config_files import Origin, check_name
from lit.study.installation import check_installation
from lit.workflow.plan import Plan

PROJECT = Path(__file__).resolve().parents[2]


def open_study(
    config: Mapping[str, Any],
    files: Iterable[str | Path],
    overrides: Mapping[str, Any],
    first: bool,
) -> tuple[Plan, list[str]]:
    """The plan of a study, and the runs that audit is to decode (``--config decode=...``).

    Args:
        config: What Snakemake put together from files and overrides.
        files: The config's files.
        overrides: What ``--config`` sets.
        first: Whether this is the process that a user started, and none of its jobs.

    Raises:
        InputError: naming the file and line, the key or path, and the remedy.
    """
    config, overrides = dict(config), dict(overrides)
    decode, _ = config.pop("decode", False), overrides.pop("decode", None)
    origin = Origin.read(files, overrides)
    study = load_study(origin.apply(config), origin)
    plan = Plan(study)
    if first:
        check_installation(sys.executable, str(PROJECT))
        check_name(study.name, files, plan.paths.origin())
    return plan, plan.codes.decoded_runs(decode)
