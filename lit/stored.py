"""Every HDF5 file that a study asks for, and what it has to be made with and from."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from lit.provenance import code_digest

if TYPE_CHECKING:
    from lit.plan import Plan


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
    yield from (plan.data(name) for name in sorted(plan.used(), key=lambda name: "of" in specs[name]))
    for source in plan.study.sources:
        yield from (plan.paths.source(source, group) for group in plan.groups)
    for run in plan.study.runs:
        yield from plan.blocks(run)
        yield plan.paths.codelengths(run)


def describe(plan: "Plan", path: str) -> Stored | None:
    """What a file has to be, by its path, which may lie deeper than here (where storage keeps copies); None of others."""
    parts = PurePosixPath(path).with_suffix("").parts
    kind, *names = parts[parts.index(plan.study.name, parts.index("results")) + 1 :]
    groups = {f"seeds-{group}": group for group in plan.groups}
    if kind in ("data", "views", "features"):
        return Stored(path, "dataset", *_dataset(plan, names[0]))
    if kind == "models":
        source, group = names[0], groups[names[1]]
        inputs = {"data": plan.source_data(source), "before": plan.source_before(source, group)}
        return Stored(path, "source", plan.source_settings(source, group), plan.source_code(source), _filled(inputs))
    if kind == "blocks":
        run, group, (start, stop) = names[0], groups[names[1]], map(int, names[2].split("-"))
        found = plan.block_settings(run, group, start, stop), plan.block_code(run), coded_from(plan, run, group, start)
        return Stored(path, "block", *found)
    if kind == "codelengths":
        run = names[0]
        inputs = {"blocks": plan.blocks(run), "sources": plan.chain_of(run), "data": plan.run_data(run)}
        return Stored(path, "codelengths", plan.merge_settings(run), code_digest("merge_blocks"), _filled(inputs))
    return None


def _dataset(plan: "Plan", name: str) -> tuple[str, str, dict[str, list[str]]]:
    spec = plan.study.datasets[name]
    settings = plan.feature_settings(name) if spec["kind"] == "features" else plan.dataset_settings(name)
    return settings, plan.data_code(name), {"data": [plan.data(spec["of"])]} if "of" in spec else {}


def coded_from(plan: "Plan", run_id: str, group: str, start: int = 0) -> dict[str, list[str]]:
    """Files that a seed group of a run is coded from, from ``start`` on, by role."""
    inputs = plan.block_inputs(run_id, group, start)
    return _filled({role: [paths] if isinstance(paths, str) else paths for role, paths in inputs.items()})


def _filled(inputs: dict[str, list[str]]) -> dict[str, list[str]]:
    return {role: paths for role, paths in inputs.items() if paths}
