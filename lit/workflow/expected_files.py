"""Every HDF5 file that a study asks for, and what it has to be made with and from."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from lit.workflow.job_code import job_code
from lit.workflow.refuse_stale import ExpectedFile, mark
from lit.workflow.study_jobs import StudyJobs

# What a file is, by the folder that it is in.
KINDS = {
    "data": "dataset",
    "views": "dataset",
    "features": "dataset",
    "models": "source",
    "blocks": "block",
    "codelengths": "codelengths",
}


def all_paths(jobs: StudyJobs) -> Iterator[str]:
    """Every file, after those that it is made from."""
    specs = jobs.study.datasets
    used = sorted(jobs.data.used(), key=lambda name: "of" in specs[name])
    yield from map(jobs.data.file, used)
    yield from jobs.sources.all_files()
    for run in jobs.study.runs:
        yield from jobs.codes.blocks(run)
        yield jobs.paths.codelengths(run)


def expected_files(jobs: StudyJobs, paths: Iterable[str]) -> Iterator[ExpectedFile]:
    """What files have to be, by their paths; those that are no result files are left out."""
    for path in paths:
        folder, *names = _folder_and_names(jobs, path)
        if folder in KINDS:
            made_with = _made_with(jobs, folder, *names)
            yield ExpectedFile(path, KINDS[folder], *made_with, made_from(jobs, path))


def expected_mark(jobs: StudyJobs, path: str) -> str | None:
    """What has to have made a file, in a word; None of what is no result file of the study."""
    folder, *names = _folder_and_names(jobs, path)
    return mark(*_made_with(jobs, folder, *names)) if folder in KINDS else None


def made_from(jobs: StudyJobs, path: str) -> dict[str, list[str]]:
    """Files that a result file is made from, by role."""
    return _named(_made_from(jobs, *_folder_and_names(jobs, path)))


def _folder_and_names(jobs: StudyJobs, path: str) -> list[str]:
    """A file's folder and its names in there; storage may keep copies of it in deeper folders."""
    return path.rpartition(f"{jobs.paths.root}/")[2].removesuffix(".h5").split("/")


def _made_with(
    jobs: StudyJobs, folder: str, name: str, group: str = "", span: str = ""
) -> tuple[dict[str, Any], str]:
    """Settings of a file's job, as its file has them, and the digest of the job's code."""
    group = group.removeprefix("seeds-")
    if folder == "models":
        settings, code = jobs.sources.settings(name, group), jobs.sources.code(name)
    elif folder == "blocks":
        start, stop = map(int, span.split("-"))
        settings = jobs.codes.block_settings(name, group, start, stop)
        code = jobs.codes.block_code(name)
    elif folder == "codelengths":
        settings, code = jobs.codes.merge_settings(name), job_code("merge_blocks", {})
    else:
        settings, code = jobs.data.settings(name), jobs.data.code(name)
    return settings, code


def _made_from(
    jobs: StudyJobs, folder: str, name: str, group: str = "", span: str = ""
) -> Mapping[str, str | list[str]]:
    """Files that a file is made from, by role."""
    group = group.removeprefix("seeds-")
    if folder == "models":
        return jobs.sources.inputs(name, group)
    if folder == "blocks":
        return jobs.codes.block_inputs(name, group, int(span.partition("-")[0]))
    if folder == "codelengths":
        return jobs.codes.merge_inputs(name)
    return jobs.data.inputs(name)


def _named(inputs: Mapping[str, str | list[str]]) -> dict[str, list[str]]:
    """Inputs as lists, without the roles that no file has."""
    listed = {role: [paths] if isinstance(paths, str) else paths for role, paths in inputs.items()}
    return {role: paths for role, paths in listed.items() if paths}


def audit_settings(jobs: StudyJobs, decode: Iterable[str] = ()) -> dict[str, Any]:
    """For audit and publish: every file that the study asks for, and what it is made from.

    Args:
        jobs: Of the study; users' files are to be looked at by content.
        decode: Runs that are to be decoded.
    """
    paths = jobs.paths
    results = jobs.results
    decoded = set(decode)
    proofs = [
        {
            "path": paths.decoded(run, group, "json"),
            "code_file": paths.decoded(run, group, "code"),
            "inputs": _named(jobs.codes.decode_inputs(run, group)),
            "wanted": run in decoded,
        }
        for run in jobs.study.runs
        for group in jobs.groups
    ]
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
        "proofs": proofs,
        "tables": results.table_settings(),
        "config": jobs.study.config,
    }
