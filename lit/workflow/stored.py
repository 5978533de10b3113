"""Every HDF5 file that a study asks for, and what it has to be made with and from."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lit.files.provenance import code_digest
from lit.workflow import stale

if TYPE_CHECKING:
    from lit.workflow.plan import Plan


@dataclass(frozen=True)
class Stored:
    """A result file as the study has it now.

    Attributes:
        path: Where it lies.
        kind: ``dataset``, ``source``, ``block`` or ``codelengths``.
        settings: Of its job, as JSON.
        code: Digest of its job's code.
        inputs: Files that it is made from, by role.
    """

    path: str
    kind: str
    settings: str
    code: str
    inputs: dict[str, list[str]]


def all_paths(plan: "Plan") -> Iterator[str]:
    """Every file, after those that it is made from."""
    specs = plan.study.datasets
    yield from (
        plan.data(name) for name in sorted(plan.used(), key=lambda name: "of" in specs[name])
    )
    for source in plan.study.sources:
        yield from (plan.paths.source(source, group) for group in plan.groups)
    for run in plan.study.runs:
        yield from plan.blocks(run)
        yield plan.paths.codelengths(run)


def describe(plan: "Plan", path: str) -> Stored | None:
    """What a file has to be, by its path; None of what is no result file of the study."""
    place = _place(plan, path)
    if place is None:
        return None
    kind = {"models": "source", "blocks": "block", "codelengths": "codelengths"}.get(
        place[0], "dataset"
    )
    return Stored(path, kind, *made_by(plan, *place), _filled(_made_from(plan, *place)))


def mark(plan: "Plan", path: str) -> str | None:
    """What has to have made a file, in a word, see :func:`lit.workflow.stale.mark`; None of what is no result file of the study."""
    place = _place(plan, path)
    if place is None:
        return None
    settings, code = made_by(plan, *place)
    return stale.mark(json.loads(settings), code)


def _place(plan: "Plan", path: str) -> tuple[str, ...] | None:
    """Folder and names by which a file is known; the path may lie deeper than here, where storage keeps copies."""
    folder, *names = path.rpartition(f"{plan.paths.root}/")[2].removesuffix(".h5").split("/")
    return (
        (folder, *names)
        if folder in ("data", "views", "features", "models", "blocks", "codelengths")
        else None
    )


def made_by(
    plan: "Plan", folder: str, name: str, group: str = "", span: str = ""
) -> tuple[str, str]:
    """Settings of a file's job, as JSON, and the digest of its code."""
    group = group.removeprefix("seeds-")
    if folder == "models":
        return plan.source_settings(name, group), plan.source_code(name)
    if folder == "blocks":
        start, stop = map(int, span.split("-"))
        return plan.block_settings(name, group, start, stop), plan.block_code(name)
    if folder == "codelengths":
        return plan.merge_settings(name), code_digest("merge_blocks")
    features = plan.study.datasets[name]["kind"] == "features"
    return plan.feature_settings(name) if features else plan.dataset_settings(name), plan.data_code(
        name
    )


def _made_from(
    plan: "Plan", folder: str, name: str, group: str = "", span: str = ""
) -> dict[str, list[str]]:
    """Files that a file is made from, by role; where there are none, the role may be there all the same."""
    group = group.removeprefix("seeds-")
    if folder == "models":
        return {"data": plan.source_data(name), "before": plan.source_before(name, group)}
    if folder == "blocks":
        return coded_from(plan, name, group, int(span.partition("-")[0]))
    if folder == "codelengths":
        return {
            "blocks": plan.blocks(name),
            "sources": plan.chain_of(name),
            "data": plan.run_data(name),
        }
    spec = plan.study.datasets[name]
    return {"data": [plan.data(spec["of"])]} if "of" in spec else {}


def coded_from(plan: "Plan", run_id: str, group: str, start: int = 0) -> dict[str, list[str]]:
    """Files that a seed group of a run is coded from, from ``start`` on, by role."""
    inputs = plan.block_inputs(run_id, group, start)
    return _filled(
        {role: [paths] if isinstance(paths, str) else paths for role, paths in inputs.items()}
    )


def _filled(inputs: dict[str, list[str]]) -> dict[str, list[str]]:
    return {role: paths for role, paths in inputs.items() if paths}
