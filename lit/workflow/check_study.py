"""A study's file, checked as far as no data are needed."""

from collections.abc import Mapping
from typing import Any

from lit.analyses import check_analysis
from lit.errors import InputError
from lit.study.config import load_study
from lit.study.config_files import Origin
from lit.study.config_text import read_config
from lit.study.locate import naming_lines
from lit.workflow.plan import Plan


def check_study(path: str) -> tuple[Plan, Origin, str, list[str]]:
    """The plan of a study and where its values are written; how many rows and codes it has; and
    which code of the user's own it would run, a line each.

    Raises:
        InputError: naming the file, the line and the remedy.
    """
    config, text = read_config(path)
    origin = Origin([text])
    study = load_study(config, origin)
    plan = Plan(study)
    with naming_lines(config, origin):
        for name, entry in plan.results.analyses.items():
            if entry["kind"] == "python":  # nothing of the user's own is run here
                continue
            settings = plan.results.analysis_settings(name)
            check_analysis(name, entry, settings["rows"], settings["datasets"])
        own = _own_code(config, plan)
    counts = f"{len(study.rows)} rows of the main table, from {len(study.runs)} code lengths"
    return plan, origin, f"{path}: {counts}, in results/{study.name}/", own


def _own_code(config: Mapping[str, Any], plan: Plan) -> list[str]:
    """Entries whose code is the user's own.

    Raises:
        InputError: no module is found there.
    """
    said = []
    for part in ("datasets", "models", "learners", "algorithms", "analyses"):
        own = {
            name: spec for name, spec in config.get(part, {}).items() if spec["kind"] == "python"
        }
        for name, spec in own.items():
            if plan.shared.with_code(part, name, spec)["factory_digest"] is None:
                raise InputError(
                    f"{part}.{name}: factory: no module of {spec['factory']!r} is found from here;"
                    ' write "module:function" with module.py in this folder or in PYTHONPATH'
                )
            said.append(f"{part}.{name} runs code: {spec['factory']}")
    return said
