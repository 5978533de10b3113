"""The code of a job: its digest, and that a job has the code that it was planned with.

A rule's script imports the module of a kind (a learner, a loader, ...) by its name. Which kind,
its settings say: so planning and the job itself work out one digest.

To work it out takes half a second. Every file of ours is compared first, which takes a hundredth:
where no file is another than when the jobs were planned, the code is the planned one.
"""

import importlib.util
import json
import os
from collections.abc import Mapping
from typing import Any

from lit.coding.learners import module_name as learner_module
from lit.data.loaders import module_name as loader_module
from lit.errors import InputError
from lit.files import provenance

PLANNED = "LIT_PLANNED_CODE"  # environment variable: our_files() of planning, as JSON
CITATION = "./CITATION.cff"
NAMED = 3  # files that a message names


def job_code(rule: str, settings: Any) -> str:
    """Digest of a job's code: the script of its rule, and what that imports by name or reads."""
    return provenance.code_digest(rule, *_by_name(rule, settings))


def _by_name(rule: str, settings: Any) -> list[str]:
    match rule:
        case "prepare_dataset":
            return [loader_module(settings["spec"]["kind"])]
        case "train_task":
            return [f"lit.continual.algorithms.{settings['algorithm']['kind']}"]
        case "code_block":
            return [learner_module(settings["learner"]["kind"])]
        case "decode_run":
            return [learner_module(c["learner"]["kind"]) for c in settings["coders"].values()]
        case "analyse":
            return [f"lit.analyses.{settings['options']['kind']}"]
        case "plot_figure":  # an analysis may draw its figure itself
            return [f"{room}.{settings['kind']}" for room in ("lit.figures", "lit.analyses")]
        case "write_report":  # every analysis describes its table
            kinds = {entry["kind"] for entry in settings.get("analyses", {}).values()}
            return [*page_files(), *(f"lit.analyses.{kind}" for kind in sorted(kinds))]
        case "publish":
            return [CITATION]
    return []


def page_files() -> list[str]:
    """Templates, styles and scripts that the report page is made of."""
    root = provenance.ROOT
    folders = (root / "lit/report/templates", root / "lit/report/vendor")
    files = (path for folder in folders for path in sorted(folder.iterdir()) if path.is_file())
    return [str(path.relative_to(root)) for path in files]


def our_files() -> dict[str, str]:
    """Digest of the content of each file that a job's code may be made of, by path."""
    root = provenance.ROOT
    paths = [root / CITATION, *(root / name for name in page_files())]
    for folder in ("lit", "workflow_scripts"):
        paths += (root / folder).rglob("*.py")
    files = sorted(path for path in paths if path.is_file())
    return {str(path.relative_to(root)): provenance.file_digest(path) for path in files}


def check_code(rule: str, settings: Any, planned: str) -> None:
    """Check that a job has the code that it was planned with, once all of it is imported.

    Args:
        rule: Of the job.
        settings: Of the job.
        planned: Digest of its code when the jobs were planned.

    Raises:
        InputError: it has other code.
    """
    named = [name for name in _by_name(rule, settings) if "/" not in name]
    for name in list(filter(importlib.util.find_spec, named))[:1]:
        importlib.import_module(name)
    before: Mapping[str, str] = json.loads(os.environ.get(PLANNED, "{}"))
    now = our_files()
    if now == before:
        return
    try:
        code = job_code(rule, settings)
    except SyntaxError:  # an edit that is not finished
        code = ""
    if code != planned:
        changed = [path for path in {**before, **now} if before.get(path) != now.get(path)]
        others = f" and {len(changed) - NAMED} more" if len(changed) > NAMED else ""
        what = f": {', '.join(changed[:NAMED])}{others}" if before else ""
        raise InputError(
            f"{rule}: the project's own code was changed after the jobs were planned{what}. Nothing"
            " was written. Run the same snakemake command again, which plans with what is there now"
        )
