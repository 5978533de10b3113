"""A study's file, checked as far as no data are needed."""

import shlex
from pathlib import Path

from lit.analyses import check_analysis
from lit.errors import InputError
from lit.files.provenance import ROOT
from lit.study.config import load_study
from lit.study.config_files import Origin
from lit.study.config_text import read_config
from lit.workflow.study_jobs import StudyJobs


def check_study(path: str) -> str:
    """How many runs a study has, which code of the user's own it would run, a line each, and the
    command that checks the rest.

    Raises:
        InputError: naming the file, the line and the remedy.
    """
    config, text = read_config(path)
    study = load_study(config, Origin([text]))
    jobs = StudyJobs(study)
    for name, entry in jobs.results.analyses.items():
        if entry["kind"] == "python":  # nothing of the user's own is run here
            continue
        settings = jobs.results.analysis_settings(name)
        check_analysis(name, entry, settings["rows"], settings["datasets"])
    said = [f"{path}: {len(study.runs)} runs in results/{study.name}/"]
    for part in ("datasets", "models", "learners", "algorithms", "analyses"):
        own = {
            name: spec for name, spec in config.get(part, {}).items() if spec["kind"] == "python"
        }
        for name, spec in own.items():
            if jobs.shared.with_code(part, name, spec)["factory_digest"] is None:
                raise InputError(
                    f"{part}.{name}: factory: no module of {spec['factory']!r} is found from here;"
                    ' write "module:function" with module.py in this folder or in PYTHONPATH'
                )
            said.append(f"{part}.{name} runs code: {spec['factory']}")
    snakefile = [] if Path("Snakefile").exists() else ["-s", str(ROOT / "Snakefile")]
    command = ["snakemake", *snakefile, "--cores", "1", "--configfile", path, "--", "plan"]
    said.append(
        "No data or weights were read. This checks them, and sizes, without computing anything:"
        f" {shlex.join(command)}"
    )
    return "\n".join(said)
