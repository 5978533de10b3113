"""Every HDF5 file that a study asks for, and what it has to be made with and from."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from lit.workflow.job_code import job_code
from lit.workflow.refuse_stale import ExpectedFile
from lit.workflow.study_jobs import StudyJobs


def all_paths(jobs: StudyJobs) -> Iterator[str]:
    """Every file, after those that it is made from."""
    specs = jobs.study.datasets
    used = sorted(jobs.data.used(), key=lambda name: "of" in specs[name])
    yield from map(jobs.data.file, used)
    yield from jobs.sources.all_files()
    for run in jobs.study.runs:  # learners that several have, each once
        yield from jobs.codes.blocks(run)
        yield jobs.paths.codelengths(run)


def expected_files(jobs: StudyJobs, paths: Iterable[str]) -> Iterator[ExpectedFile]:
    """What files have to be, by their paths; those that are no result files are left out."""
    return (file for path in paths if (file := expected_file(jobs, path)))


def expected_file(jobs: StudyJobs, path: str) -> ExpectedFile | None:
    """What a file has to be; None of what is no result file of the study."""
    # Storage may keep copies of the results' folder in deeper ones.
    folder, *names = path.rpartition(f"{jobs.paths.root}/")[2].removesuffix(".h5").split("/")
    inputs: Mapping[str, str | list[str]]
    match folder:
        case "data" | "views" | "features":
            (name,) = names
            kind, settings, code = "dataset", jobs.data.settings(name), jobs.data.code(name)
            inputs = jobs.data.inputs(name)
        case "models":
            name, group = names[0], names[1].removeprefix("seeds-")
            kind, code = "source", jobs.sources.code(name)
            settings, inputs = jobs.sources.settings(name, group), jobs.sources.inputs(name, group)
        case "blocks":
            run, group = names[0], names[1].removeprefix("seeds-")
            start, stop = map(int, names[2].split("-"))
            kind, code = "block", jobs.codes.block_code(run)
            settings = jobs.codes.block_settings(run, group, start, stop)
            inputs = jobs.codes.block_inputs(run, group, start)
        case "codelengths" if names[0] in jobs.study.recorded:
            kind, code = "codelengths", job_code("read_recording", {})
            settings, inputs = jobs.codes.recorded_settings(names[0]), {}
        case "codelengths":
            (run,) = names
            kind, code = "codelengths", job_code("merge_blocks", {})
            settings, inputs = jobs.codes.merge_settings(run), jobs.codes.merge_inputs(run)
        case _:
            return None
    return ExpectedFile(path, kind, settings, code, _by_role(inputs))


def _by_role(inputs: Mapping[str, str | list[str]]) -> dict[str, list[str]]:
    """Inputs as lists, without the roles that no file has."""
    listed = {role: [paths] if isinstance(paths, str) else paths for role, paths in inputs.items()}
    return {role: paths for role, paths in listed.items() if paths}


def audit_settings(jobs: StudyJobs, decode: Iterable[str] = ()) -> dict[str, Any]:
    """For audit and publish: every file that the study asks for, and what it is made from.

    Args:
        jobs: Of the study; users' files are to be looked at by content.
        decode: Runs that are to be decoded.
    """
    paths, results = jobs.paths, jobs.results
    decoded = set(decode)
    return {
        "root": paths.root,
        "published": paths.published(),
        "checked": paths.checked(),
        "origin": paths.origin(),
        "files": [vars(file) for file in expected_files(jobs, all_paths(jobs))],
        "derived": results.files(),
        "made_from": results.table_inputs(),
        "analyses": {
            name: {
                "settings": results.analysis_settings(name),
                "made_from": results.analysis_inputs(name),
            }
            for name in results.analyses
        },
        "figures": {name: results.figure_settings(name) for name in results.figures},
        "proofs": [
            {
                "path": paths.decoded(run, group, "json"),
                "code_file": paths.decoded(run, group, "code"),
                "inputs": _by_role(jobs.codes.decode_inputs(run, group)),
                "wanted": run in decoded,
            }
            for run in jobs.study.coded
            for group in jobs.groups
        ],
        "tables": results.table_settings(),
        "config": jobs.study.config,
    }
