"""A study: from a validated config to the runs, sources and table rows that it consists of.

No torch here and nothing slow: every cluster job reads the config anew.
"""

import functools
import itertools
import json
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from lit.data import labels as label_transforms
from lit.data.labels import Transform
from lit.errors import InputError, nearest
from lit.study.arms import belongs
from lit.study.config_text import read_config
from lit.study.origin import Origin, Where, place
from lit.study.paths import group_name
from lit.study.schedule import Schedule
from lit.study.schema import SCHEMA, validate
from lit.study.sense import check_linear, check_tasks, check_training
from lit.study.sequences import (
    ALGORITHMS,
    Cell,
    Stage,
    cells_of,
    check_sequence,
    orders_of,
    tasks_of,
    views_of,
)

__all__ = ["SCHEMA"]
LEARNERS = ("restart", "continue", "replay", "probe")
CHAINS = ("continue", "replay")  # learners whose jobs each go on from the one before
# What planning can bear, and far more than a study needs.
LONGEST_NAME, MOST_BLOCKS = 200, 200_000
# Tables and figures of every study; analyses are files beside them.
TABLES = (
    "information_transfer",
    "information_transfer_by_seed",
    "code_lengths",
    "curves",
    "datasets",
    "provenance",
)
FIGURES = ("bits_per_label", "information_transfer", "memorised_information")
BACKBONES: dict[str, dict[str, Any]] = {
    "backbones": {},
    "twins": {"trained": False},
}  # of an arm's each: features they are
RESERVED = {*TABLES, *FIGURES}
SEQUENTIAL = (
    "forgetting",
    "retention",
)  # analyses of sequences; the others are of arms with a target
PARTS = {"head": "new", "features": "only"}  # of an arm's dissect: what becomes of M's head
SUFFIXES = {"keep": "", "new": ".new-head", "only": ".frozen"}


@dataclass(frozen=True)
class Source:
    """A trained start state M.

    Attributes:
        dataset, labels, n: What it was trained on; n is None for ready pretrained weights as they are.
        model: Name of the network.
        stop: ``early`` or ``memorise``.
        before: What it was trained on before that; None where it was trained from theta0 or from ready weights.
        head: ``keep`` or ``new``: what becomes of the output layer of ``before``.
    """

    dataset: str
    labels: Transform
    model: str
    n: int | None
    stop: str
    before: "Source | None" = None
    head: str = "keep"

    @property
    def id(self) -> str:
        parts = [self.dataset, label_transforms.name(self.labels), self.model, self.size, self.stop]
        return "--".join(
            parts
            + ([] if self.before is None else [f"after{SUFFIXES[self.head]}.{self.before.origin}"])
        )

    @property
    def size(self) -> str:
        return "pretrained" if self.n is None else f"n{self.n}"

    @property
    def origin(self) -> str:
        """Data set, labels, size and stop, as they stand in the names of what starts from it."""
        name = f"{self.dataset}.{label_transforms.name(self.labels)}.{self.size}.{self.stop}"
        return (
            name
            if self.before is None
            else f"{name}.after{SUFFIXES[self.head]}.{self.before.origin}"
        )

    def chain(self) -> "list[Source]":
        """Itself, after all that it was trained on before."""
        return [*([] if self.before is None else self.before.chain()), self]


@dataclass(frozen=True)
class Run:
    """One prequential code: a stream, a learner, and the state it starts from.

    Attributes:
        target, labels, model, learner: Names and label transform.
        source: The start state M, or None for theta0.
        head: ``keep``, ``new`` or ``only``: what becomes of M's output layer; ``only`` it is trained on.
        side: ``front``, the coded stream; ``back``, a source set coded from theta0 for K(M_n).
    """

    target: str
    labels: Transform
    model: str
    learner: str
    source: Source | Stage | None = None
    head: str = "keep"
    side: str = "front"

    @property
    def id(self) -> str:
        start = "theta0" if self.source is None else self._start(self.source)
        parts = [self.target, label_transforms.name(self.labels), self.model, self.learner, start]
        return "--".join(parts if self.side == "front" else [*parts, "source-set"])

    def _start(self, source: Source | Stage) -> str:
        origin = source.origin
        if isinstance(source, Source) and source.before is None and self._is_of(source):
            origin = f"{source.size}.{source.stop}"
        return f"from.{origin}{SUFFIXES[self.head]}"

    def _is_of(self, source: Source) -> bool:
        return source.dataset == self.target and source.labels == self.labels


@dataclass(frozen=True)
class Row:
    """One row of the main table: an arm at one n, or one cell of a sequence."""

    arm: str
    cold: Run
    warm: Run
    source_cold: Run | None
    k: int
    learner: str
    cell: Cell | None = None

    @property
    def n(self) -> int | None:
        return self.warm.source.n if self.warm.source else 0


@dataclass(frozen=True)
class Study:
    """A whole study.

    Attributes:
        config: The validated config.
        datasets: Its data sets, the features that arms ask for with ``each``, and the views that sequences are made of.
        schedule: The stream's blocks.
        groups: Seed groups; each is one job.
        rows: Rows of the main table.
        runs: Every run by its id.
        lengths: Examples that each run codes, by its id.
        sources: Every source by its id.
    """

    config: Mapping[str, Any]
    datasets: Mapping[str, Mapping[str, Any]]
    schedule: Schedule
    groups: list[list[int]]
    rows: list[Row]
    runs: dict[str, Run] = field(default_factory=dict)
    lengths: dict[str, int] = field(default_factory=dict)
    sources: dict[str, Source | Stage] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.config["study"]

    @property
    def seeds(self) -> list[int]:
        return [seed for group in self.groups for seed in group]

    @property
    def device(self) -> str:
        return self.config.get("device", "auto")

    @functools.cached_property
    def largest_group(self) -> int:
        """Seeds in the largest group."""
        return max(len(group) for group in self.groups)

    def analysed(self, name: str) -> list[Row]:
        """Rows of an analysis' arms: cells of sequences for those that are of sequences, other rows for the others."""
        entry = self.config["analyses"][name]
        arms, sequential = entry.get("arms"), entry["kind"] in SEQUENTIAL
        rows = [row for row in self.rows if (row.cell is not None) == sequential]
        return [row for row in rows if arms is None or any(belongs(row.arm, arm) for arm in arms)]

    def spans(self, run: str) -> list[tuple[int, int]]:
        """Jobs ``(start, stop)`` of a run."""
        return self.schedule.jobs(self.lengths[run])

    def learner(self, name: str) -> dict[str, Any]:
        """Kind and options of a learner's name."""
        return _learner(self.config, name)

    def algorithm(self, name: str) -> dict[str, Any]:
        """Kind and options of an algorithm's name."""
        return _algorithm(self.config, name)

    def is_chain(self, run: str) -> bool:
        """Whether each job of a run goes on from the one before."""
        return self.learner(self.runs[run].learner)["kind"] in CHAINS

    def remembers(self, run: str) -> bool:
        """Whether a run's learner trains on the source's examples too."""
        entry = self.runs[run]
        return entry.source is not None and self.learner(entry.learner).get("memory") == "source"

    @property
    def threads(self) -> int:
        return self.config.get("threads", 1)

    def targets(self) -> list[str]:
        return list(dict.fromkeys(row.cold.target for row in self.rows))

    def pairs(self) -> list[tuple[str, str]]:
        """(data set, model) pairs that are built, for checking them before anything is trained."""
        used = [(run.target, run.model) for run in self.runs.values()]
        used += [(source.dataset, source.model) for source in self.sources.values()]
        return list(dict.fromkeys(used))


def load_study(config: Mapping[str, Any], where: Where = "config") -> Study:
    """Validate a config and expand it.

    Args:
        config: The mapping read from YAML.
        where: How errors name the file, or the origin that knows its lines.

    Raises:
        InputError: naming the key and the remedy.
    """
    validate(config, where)
    if config["study"].lower() == "published":
        raise InputError(
            f"{where}: study: results/published/ holds published studies; choose another name"
        )
    groups = _seed_groups(config["seeds"], where)
    stream = {key: value for key, value in config["stream"].items() if key != "k"}
    blocks = tuple(stream.pop("blocks", ()))
    if list(blocks) != sorted(blocks):
        raise InputError(f"{where}: stream.blocks: boundaries must increase")
    full = {**config, "datasets": _all_datasets(config, where)}
    _check_datasets(full, where)
    for name, entry in full.get("sequences", {}).items():
        at = f"{place(where, ('sequences', name))}: sequences.{name}"
        check_sequence(entry, full["datasets"], at)
        check_tasks(tasks_of(entry), at)
    for part in (
        "datasets",
        "models",
        "learners",
        "analyses",
        "sequences",
        "algorithms",
    ):  # file systems may not tell apart what differs in case alone
        _check_unique(
            [name.lower() for name in full.get(part, {})],
            f"{where}: {part}: but for upper case, two are named",
        )
    arms = [
        (one, f"{place(where, ('arms', i))}: arms[{i}] ({one['name']})")
        for i, arm in enumerate(config["arms"])
        for one in _each(arm)
    ]
    _check_unique([arm["name"] for arm, _ in arms], f"{where}: arms: two arms are named")
    _check_unique(
        [arm["name"].lower() for arm, _ in arms],
        f"{where}: arms: but for upper case, two are named",
    )
    rows = [
        row for arm, at in arms for row in (_cells if "sequence" in arm else _rows)(full, arm, at)
    ]
    study = Study(config, full["datasets"], Schedule(**stream, blocks=blocks), groups, rows)
    for row in rows:
        for run, length in ((row.cold, row.k), (row.warm, row.k), (row.source_cold, row.n or 0)):
            if run is not None:
                _put(study.runs, run, where)
                study.lengths[run.id] = max(length, study.lengths.get(run.id, 0))
        for source in row.warm.source.chain() if row.warm.source is not None else []:
            _put(study.sources, source, where)
    _check_size(study, where)
    check_training(study, where)
    for name in config.get("analyses", {}):
        _check_analysis(study, name, f"{place(where, ('analyses', name))}: analyses.{name}")
    return study


def _check_analysis(study: Study, name: str, where: str) -> None:
    if name.lower() in RESERVED:
        raise InputError(f"{where}: every study has a table or figure of this name; choose another")
    entry, arms = study.config["analyses"][name], list(dict.fromkeys(row.arm for row in study.rows))
    for key, asked in (
        ("arms", entry.get("arms", [])),
        ("reference", [entry["reference"]] if "reference" in entry else []),
    ):
        for arm in asked:
            if not any(belongs(known, arm) for known in arms):
                raise InputError(f"{where}.{key}: no arm is named {arm!r}; {nearest(arm, arms)}")
    if not study.analysed(name):
        of = (
            "sequences; name such arms"
            if entry["kind"] in SEQUENTIAL
            else "arms with a target, of which it finds none"
        )
        raise InputError(f"{where}: {entry['kind']} is about {of}")
    if "reference" in entry and entry["reference"] not in {row.arm for row in study.analysed(name)}:
        raise InputError(
            f"{where}.arms: the reference {entry['reference']!r} is not among them; add it"
        )


def _put(known: dict[str, Any], one: Any, where: Where) -> None:
    """Refuse names of data sets and models that would give two results one file."""
    if known.setdefault(one.id, one) != one:
        raise InputError(
            f"{where}: two results would both be called {one.id!r}; rename a data set or a model, without dots"
        )


def _check_size(study: Study, where: Where) -> None:
    """Refuse names that no file system takes, and more blocks than anyone can schedule, before they are listed."""
    for name in (*study.runs, *study.sources, *map(group_name, study.groups)):
        if len(name) > LONGEST_NAME:
            raise InputError(
                f"{where}: a result file would be called {name[:60]!r}..., {len(name)} characters; at most {LONGEST_NAME} are"
                " allowed: choose shorter names, or seed groups of consecutive seeds"
            )
    left = MOST_BLOCKS // len(study.groups)
    for k in study.lengths.values():
        left -= 1 + sum(1 for _ in itertools.islice(study.schedule.inner(k), left + 1))
        if left < 0:
            raise InputError(
                f"{where}: the study has more than {MOST_BLOCKS:,} blocks over all runs and seed groups;"
                " choose a larger stream.growth, fewer boundaries, or fewer arms, n and seed groups"
            )


def _each(arm: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """An arm, or with ``each`` one for every pair of classes, class that the source is without, or backbone."""
    one = {key: value for key, value in arm.items() if key != "each"}
    if "each" not in arm:
        yield one
        return
    ((how, classes),) = arm["each"].items()
    if how == "algorithms":
        for algorithm in classes:
            yield one | {"name": f"{arm['name']}.{algorithm}", "algorithm": algorithm}
    elif how == "pairs":
        for pair in itertools.combinations(classes, 2):
            yield one | {
                "name": f"{arm['name']}.{pair[0]}+{pair[1]}",
                "labels": {"classes": list(pair)},
            }
    elif how in BACKBONES:
        for backbone in classes:
            yield one | {
                "name": f"{arm['name']}.{backbone}",
                "target": _features_name(arm["target"], backbone, how),
            }
    else:
        for left_out in classes:
            yield one | {
                "name": f"{arm['name']}.{left_out}",
                "source_labels": {"without": [left_out]},
            }


def _features_name(target: str, backbone: str, how: str) -> str:
    return f"{target}.{backbone}" + (".random" if how == "twins" else "")


def _all_datasets(config: Mapping[str, Any], where: Where) -> dict[str, Any]:
    """The config's data sets, the features that arms ask for with ``each``, and the views that sequences are made of."""
    found = dict(config["datasets"])
    for sequence, entry in config.get("sequences", {}).items():
        for name, spec in views_of(
            entry, config["datasets"], f"{where}: sequences.{sequence}"
        ).items():
            if found.setdefault(name, spec) != spec:
                raise InputError(
                    f"{where}: sequences.{sequence} makes a view called {name!r}, but datasets has another; rename that"
                )
    for arm in config["arms"]:
        ((how, backbones),) = arm.get("each", {"": []}).items()
        for backbone in backbones if how in BACKBONES else []:
            at = f"{where}: arm {arm['name']!r}: each.{how}"
            if backbone not in config["models"]:
                raise InputError(
                    f"{at}: no model is named {backbone!r}; {nearest(backbone, config['models'])}"
                )
            if arm["target"] not in config["datasets"]:
                raise InputError(
                    f"{at}: no data set is named {arm['target']!r}, of which there could be features;"
                    f" {nearest(arm['target'], config['datasets'])}"
                )
            if how == "twins" and not config["models"][backbone].get("weights"):
                raise InputError(
                    f"{at}: model {backbone!r} has no weights, so it is random itself; give it weights, or leave it out"
                )
            name = _features_name(arm["target"], backbone, how)
            spec = {"kind": "features", "of": arm["target"], "model": backbone} | BACKBONES[how]
            if found.setdefault(name, spec) != spec:
                raise InputError(
                    f"{where}: arm {arm['name']!r} makes features called {name!r}, but datasets has others; rename those"
                )
    return found


def _rows(config: Mapping[str, Any], arm: Mapping[str, Any], where: str) -> Iterator[Row]:
    _check_arm(config, arm, where)
    target, model, learner = arm["target"], arm["model"], arm.get("learner", LEARNERS[0])
    origin, labels = arm.get("source", target), arm.get("labels")
    source_labels = arm.get("source_labels", labels if origin == target else None)
    stop = arm.get("stop", _stop(source_labels))
    before, head = None, "keep"
    for step in arm.get("before", []):
        before = Source(
            step["source"],
            step.get("labels"),
            model,
            step["n"],
            _stop(step.get("labels")),
            before,
            head,
        )
        head = step.get("head", "keep")
    cold = Run(target, labels, model, _cold_learner(config, learner))
    sizes, memorised = (
        arm.get("n"),
        arm.get("train_set_information", config.get("train_set_information", True)),
    )
    for n in sizes if isinstance(sizes, list) else [sizes]:
        source = None if n == 0 else Source(origin, source_labels, model, n, stop, before, head)
        warm = (
            cold
            if source is None
            else Run(target, labels, model, learner, source, arm.get("head", "keep"))
        )
        source_cold = None
        if source is not None and n is not None and before is None and memorised:
            source_cold = Run(origin, source_labels, model, cold.learner, side="back")
        yield Row(
            arm["name"], cold, warm, source_cold, arm.get("k", config["stream"]["k"]), learner
        )


def _cells(config: Mapping[str, Any], arm: Mapping[str, Any], where: str) -> Iterator[Row]:
    """Rows of a sequence: after each task, the stream of every task so far and of the next."""
    _check_sequence_arm(config, arm, where)
    entry, name, model, learner = (
        config["sequences"][arm["sequence"]],
        arm["algorithm"],
        arm["model"],
        arm.get("learner", LEARNERS[0]),
    )
    several, at_hand = (
        entry.get("heads", "single") == "multi",
        _algorithm(config, name)["kind"] == "joint",
    )
    parts, cold_learner = (
        [PARTS[part] for part in arm.get("dissect", [])],
        _cold_learner(config, learner),
    )
    for number, order in enumerate(orders_of(entry)):
        tasks = tuple(tasks_of(entry)[i] for i in order)
        last = Stage(arm["sequence"], tasks, number, len(tasks) - 1, model, name, several, at_hand)
        for stage in last.chain():
            for task, cell in cells_of(stage, parts):
                cold = Run(task.dataset, task.labels, model, cold_learner)
                warm = Run(task.dataset, task.labels, model, learner, stage, cell.head)
                yield Row(
                    arm["name"],
                    cold,
                    warm,
                    None,
                    arm.get("k", config["stream"]["k"]),
                    learner,
                    cell,
                )


def _check_sequence_arm(config: Mapping[str, Any], arm: Mapping[str, Any], where: str) -> None:
    if "algorithm" not in arm:
        raise InputError(
            f"{where}: algorithm is missing; write algorithm: plain, or each: {{algorithms: [plain, joint]}}"
        )
    known = {
        "sequence": config.get("sequences", {}),
        "algorithm": dict.fromkeys(ALGORITHMS) | config.get("algorithms", {}),
        "model": config["models"],
        "learner": dict.fromkeys(LEARNERS) | config.get("learners", {}),
    }
    for key, names in known.items():
        if (name := arm.get(key, LEARNERS[0])) not in names:
            raise InputError(f"{where}: {key}: no {key} is named {name!r}; {nearest(name, names)}")
    learner = arm.get("learner", LEARNERS[0])
    entry = _learner(config, learner)
    check_linear(learner, entry, config["models"][arm["model"]], where)
    if entry.get("memory") == "source":
        raise InputError(
            f"{where}: learner {learner!r} has memory: source, but M was trained on several tasks"
        )


def _algorithm(config: Mapping[str, Any], name: str) -> dict[str, Any]:
    return dict(config.get("algorithms", {}).get(name, {"kind": name}))


def _stop(labels: Transform) -> str:
    """How training ends by default."""
    return "memorise" if label_transforms.are_random(labels) else "early"


def _check_arm(config: Mapping[str, Any], arm: Mapping[str, Any], where: str) -> None:
    target, model, learner = arm["target"], arm["model"], arm.get("learner", LEARNERS[0])
    origin, labels, before = arm.get("source", target), arm.get("labels"), arm.get("before", [])
    for key, name, known in (
        ("target", target, config["datasets"]),
        ("source", origin, config["datasets"]),
        ("model", model, config["models"]),
        ("learner", learner, dict.fromkeys(LEARNERS) | config.get("learners", {})),
        *(("source", step["source"], config["datasets"]) for step in before),
    ):
        if name not in known:
            raise InputError(f"{where}: {key}: no {key} is named {name!r}; {nearest(name, known)}")
    if origin == target and label_transforms.kept(labels) != label_transforms.kept(
        arm.get("source_labels", labels)
    ):
        raise InputError(
            f"{where}: source_labels keeps other classes than labels; name the data set twice for that"
        )
    pretrained = bool(config["models"][model].get("weights"))
    sizes = arm.get("n")
    if sizes is None and not pretrained:
        raise InputError(
            f"{where}: n is missing; write n: [0, 256, 1024], the numbers of examples that M is trained on"
        )
    if before and (sizes is None or 0 in (sizes if isinstance(sizes, list) else [sizes])):
        raise InputError(
            f"{where}: before says what M was trained on earlier; write n, the examples after that, above 0"
        )
    entry = _learner(config, learner)
    check_linear(learner, entry, config["models"][model], where)
    if entry.get("memory") == "source" and (before or (pretrained and sizes is None)):
        behind = "what M was trained on before" if before else "weights"
        raise InputError(
            f"{where}: learner {learner!r} has memory: source, but the examples behind {behind} are not at hand"
        )


def _learner(config: Mapping[str, Any], name: str) -> dict[str, Any]:
    return dict(config.get("learners", {}).get(name, {"kind": name}))


def _cold_learner(config: Mapping[str, Any], name: str) -> str:
    """The first learner that is the same from theta0, where what concerns M alone has no meaning: its runs are shared."""

    def cold(entry: Mapping[str, Any]) -> dict[str, Any]:
        return {key: value for key, value in entry.items() if key not in ("memory", "gentle")}

    named = {kind: {"kind": kind} for kind in LEARNERS} | config.get("learners", {})
    return next(other for other, entry in named.items() if cold(entry) == cold(named[name]))


def _seed_groups(seeds: list[Any], where: Where) -> list[list[int]]:
    if len({isinstance(s, list) for s in seeds}) > 1:
        raise InputError(
            f"{where}: seeds: write either numbers [0, 1] or groups [[0, 1], [2]], not both"
        )
    groups = [list(s) if isinstance(s, list) else [s] for s in seeds]
    _check_unique([s for group in groups for s in group], f"{where}: seeds: given twice:")
    return groups


def _check_unique(names: list[Any], message: str) -> None:
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise InputError(f"{message} {twice[0]!r}; each must have a name of its own")


def taken_from(spec: Mapping[str, Any]) -> dict[str, Any]:
    """What a data set of features takes from its backbone: arguments of :func:`lit.networks.features.extract_features`."""
    return {key: spec[key] for key in ("trained", "layer", "precision") if key in spec}


def _check_datasets(config: Mapping[str, Any], origin: Where) -> None:
    """What is made from another data set: features of it, or a view."""
    for name, spec in config["datasets"].items():
        where = place(origin, ("datasets", name))
        for key, known in (("of", config["datasets"]), ("model", config["models"])):
            if key in spec and spec[key] not in known:
                raise InputError(
                    f"{where}: datasets.{name}.{key}: nothing is named {spec[key]!r}; {nearest(spec[key], known)}"
                )
        if spec.get("trained") is False and not config["models"][spec["model"]].get("weights"):
            raise InputError(
                f"{where}: datasets.{name}.trained: model {spec['model']!r} has no weights that could be left out; it is random"
            )
        for key, keep in (("draw", "permuted"), ("angle", "rotated")):
            if key in spec and spec.get("keep") != keep:
                raise InputError(
                    f"{where}: datasets.{name}.{key}: belongs to keep: {keep}; take it out"
                )
        if spec.get("keep") == "rotated" and "angle" not in spec:
            raise InputError(
                f"{where}: datasets.{name}: keep: rotated needs angle, in degrees; write angle: 45"
            )
        if "of" in spec and "of" in config["datasets"][spec["of"]]:
            raise InputError(
                f"{where}: datasets.{name}.of: {spec['of']!r} is made from another data set itself; name that one"
            )


def _check_analyses(study: Study) -> None:
    """What the check before the first job says of analyses; it takes pandas, which planning does without."""
    from lit.analyses import check_analysis
    from lit.workflow.plan import Plan

    plan = Plan(study)
    for name, entry in plan.analyses.items():
        settings = json.loads(plan.analysis_settings(name))
        check_analysis(name, entry, settings["rows"], settings["datasets"])


def main(path: str) -> None:
    """Check a study's file without running anything of it, and say which code it would run."""
    try:
        config, text = read_config(path)
        study = load_study(config, Origin([text]))
        _check_analyses(study)
    except InputError as error:
        sys.exit(f"Error: {error}")
    print(f"{path}: {len(study.runs)} runs in results/{study.name}/")
    for name, spec in study.config["models"].items():
        if spec["kind"] == "python":
            print(f"models.{name} runs code: {spec['factory']}")
    for name, spec in study.config.get("algorithms", {}).items():
        if spec["kind"] == "python":
            print(f"algorithms.{name} runs code: {spec['factory']}")


if __name__ == "__main__":
    main(sys.argv[1])
