"""A study: from a validated config to the runs, sources and table rows that it consists of.

No torch here and nothing slow: every cluster job reads the config anew.
"""

import functools
import itertools
import math
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from jsonschema.validators import extend

from lit import labels as label_transforms
from lit.errors import InputError, nearest
from lit.labels import Transform
from lit.paths import group_name
from lit.schedule import Schedule

SCHEMA = Path(__file__).resolve().parent.parent / "config" / "schemas" / "config.schema.yaml"
LEARNERS = ("restart", "continue", "replay", "probe")
CHAINS = ("continue", "replay")  # learners whose jobs each go on from the one before
# What planning can bear, and far more than a study needs.
DEEPEST, MOST_VALUES, LARGEST_INTEGER, LONGEST_TEXT = 20, 50_000, 2**53, 1000
LONGEST_NAME, MOST_BLOCKS = 200, 200_000


@dataclass(frozen=True)
class Source:
    """A trained start state M.

    Attributes:
        dataset, labels, n: What it was trained on; n is None for ready pretrained weights as they are.
        model: Name of the network.
        stop: ``early`` or ``memorise``.
    """

    dataset: str
    labels: Transform
    model: str
    n: int | None
    stop: str

    @property
    def id(self) -> str:
        size = "pretrained" if self.n is None else f"n{self.n}"
        return "--".join([self.dataset, label_transforms.name(self.labels), self.model, size, self.stop])


@dataclass(frozen=True)
class Run:
    """One prequential code: a stream, a learner, and the state it starts from.

    Attributes:
        target, labels, model, learner: Names and label transform.
        source: The start state M, or None for theta0.
        head: ``keep`` or ``new``: what becomes of M's output layer.
        side: ``front``, the coded stream; ``back``, a source set coded from theta0 for K(M_n).
    """

    target: str
    labels: Transform
    model: str
    learner: str
    source: Source | None = None
    head: str = "keep"
    side: str = "front"

    @property
    def id(self) -> str:
        start = "theta0" if self.source is None else self._start(self.source)
        parts = [self.target, label_transforms.name(self.labels), self.model, self.learner, start]
        return "--".join(parts if self.side == "front" else [*parts, "source-set"])

    def _start(self, source: Source) -> str:
        size = "pretrained" if source.n is None else f"n{source.n}"
        own = source.dataset == self.target and source.labels == self.labels
        origin = "" if own else f"{source.dataset}.{label_transforms.name(source.labels)}."
        return f"from.{origin}{size}.{source.stop}" + ("" if self.head == "keep" else ".new-head")


@dataclass(frozen=True)
class Row:
    """One row of the main table: an arm at one n."""

    arm: str
    cold: Run
    warm: Run
    source_cold: Run | None
    k: int
    learner: str

    @property
    def n(self) -> int | None:
        return self.warm.source.n if self.warm.source else 0


@dataclass(frozen=True)
class Study:
    """A whole study.

    Attributes:
        config: The validated config.
        schedule: The stream's blocks.
        groups: Seed groups; each is one job.
        rows: Rows of the main table.
        runs: Every run by its id.
        lengths: Examples that each run codes, by its id.
        sources: Every source by its id.
    """

    config: Mapping[str, Any]
    schedule: Schedule
    groups: list[list[int]]
    rows: list[Row]
    runs: dict[str, Run] = field(default_factory=dict)
    lengths: dict[str, int] = field(default_factory=dict)
    sources: dict[str, Source] = field(default_factory=dict)

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

    def spans(self, run: str) -> list[tuple[int, int]]:
        """Jobs ``(start, stop)`` of a run."""
        return self.schedule.jobs(self.lengths[run])

    def learner(self, name: str) -> dict[str, Any]:
        """Kind and options of a learner's name."""
        return _learner(self.config, name)

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


def load_study(config: Mapping[str, Any], where: str = "config") -> Study:
    """Validate a config and expand it.

    Args:
        config: The mapping read from YAML.
        where: How errors name the file.

    Raises:
        InputError: naming the key and the remedy.
    """
    validate(config, where)
    if config["study"].lower() == "published":
        raise InputError(f"{where}: study: results/published/ holds published studies; choose another name")
    groups = _seed_groups(config["seeds"], where)
    stream = {key: value for key, value in config["stream"].items() if key != "k"}
    blocks = tuple(stream.pop("blocks", ()))
    if list(blocks) != sorted(blocks):
        raise InputError(f"{where}: stream.blocks: boundaries must increase")
    _check_datasets(config, where)
    for part in ("datasets", "models", "learners"):  # file systems may not tell apart what differs in case alone
        _check_unique([name.lower() for name in config.get(part, {})], f"{where}: {part}: but for upper case, two are named")
    rows = [row for i, arm in enumerate(config["arms"]) for row in _rows(config, arm, f"{where}: arms[{i}] ({arm['name']})")]
    _check_unique([arm["name"] for arm in config["arms"]], f"{where}: arms: two arms are named")
    study = Study(config, Schedule(**stream, blocks=blocks), groups, rows)
    for row in rows:
        for run, length in ((row.cold, row.k), (row.warm, row.k), (row.source_cold, row.n or 0)):
            if run is not None:
                study.runs[run.id] = run
                study.lengths[run.id] = max(length, study.lengths.get(run.id, 0))
        if row.warm.source is not None:
            study.sources[row.warm.source.id] = row.warm.source
    _check_size(study, where)
    return study


def _check_size(study: Study, where: str) -> None:
    """Refuse names that no file system takes, and more blocks than anyone can schedule, before they are listed."""
    for name in (*study.runs, *study.sources, *map(group_name, study.groups)):
        if len(name) > LONGEST_NAME:
            raise InputError(
                f"{where}: a result file would be called {name[:60]!r}..., {len(name)} characters; at most {LONGEST_NAME} are"
                " allowed: choose shorter names, fewer classes, or seed groups of consecutive seeds"
            )
    left = MOST_BLOCKS // len(study.groups)
    for k in study.lengths.values():
        left -= 1 + sum(1 for _ in itertools.islice(study.schedule.inner(k), left + 1))
        if left < 0:
            raise InputError(
                f"{where}: the study has more than {MOST_BLOCKS:,} blocks over all runs and seed groups;"
                " choose a larger stream.growth, fewer boundaries, or fewer arms, n and seed groups"
            )


def _rows(config: Mapping[str, Any], arm: Mapping[str, Any], where: str) -> Iterator[Row]:
    target, model, learner = arm["target"], arm["model"], arm.get("learner", LEARNERS[0])
    origin, labels = arm.get("source", target), arm.get("labels")
    for key, name, known in (
        ("target", target, config["datasets"]),
        ("source", origin, config["datasets"]),
        ("model", model, config["models"]),
        ("learner", learner, dict.fromkeys(LEARNERS) | config.get("learners", {})),
    ):
        if name not in known:
            raise InputError(f"{where}: {key}: no {key} is named {name!r}; {nearest(name, known)}")
    source_labels = arm.get("source_labels", labels if origin == target else None)
    if origin == target and not _same_classes(labels, source_labels):
        raise InputError(f"{where}: source_labels keeps other classes than labels; name the data set twice for that")
    pretrained = bool(config["models"][model].get("weights"))
    sizes = arm.get("n")
    if sizes is None and not pretrained:
        raise InputError(f"{where}: n is missing; write n: [0, 256, 1024], the numbers of examples that M is trained on")
    stop = arm.get("stop", "memorise" if label_transforms.are_random(source_labels) else "early")
    entry = _learner(config, learner)
    if entry["kind"] == "probe" and config["models"][model]["kind"] != "linear":
        raise InputError(f"{where}: learner {learner!r} is a probe, which solves a linear model; write model: a linear one")
    if entry.get("memory") == "source" and pretrained and sizes is None:
        raise InputError(f"{where}: learner {learner!r} has memory: source, but the examples behind weights are not at hand")
    cold = Run(target, labels, model, _cold_learner(config, learner))
    for n in sizes if isinstance(sizes, list) else [sizes]:
        source = None if n == 0 else Source(origin, source_labels, model, n, stop)
        warm = cold if source is None else Run(target, labels, model, learner, source, arm.get("head", "keep"))
        source_cold = None
        if source is not None and n is not None and config.get("train_set_information", True):
            source_cold = Run(origin, source_labels, model, cold.learner, side="back")
        yield Row(arm["name"], cold, warm, source_cold, arm.get("k", config["stream"]["k"]), learner)


def _learner(config: Mapping[str, Any], name: str) -> dict[str, Any]:
    return dict(config.get("learners", {}).get(name, {"kind": name}))


def _cold_learner(config: Mapping[str, Any], name: str) -> str:
    """The first learner that is the same from theta0, where what concerns M alone has no meaning: its runs are shared."""

    def cold(entry: Mapping[str, Any]) -> dict[str, Any]:
        return {key: value for key, value in entry.items() if key not in ("memory", "gentle")}

    named = {kind: {"kind": kind} for kind in LEARNERS} | config.get("learners", {})
    return next(other for other, entry in named.items() if cold(entry) == cold(named[name]))


def _same_classes(a: Transform, b: Transform) -> bool:
    return (a or {}).get("classes") == (b or {}).get("classes")


def _seed_groups(seeds: list[Any], where: str) -> list[list[int]]:
    if len({isinstance(s, list) for s in seeds}) > 1:
        raise InputError(f"{where}: seeds: write either numbers [0, 1] or groups [[0, 1], [2]], not both")
    groups = [list(s) if isinstance(s, list) else [s] for s in seeds]
    _check_unique([s for group in groups for s in group], f"{where}: seeds: given twice:")
    return groups


def _check_unique(names: list[Any], message: str) -> None:
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise InputError(f"{message} {twice[0]!r}; each must have a name of its own")


def _check_datasets(config: Mapping[str, Any], where: str) -> None:
    for name, spec in config["datasets"].items():
        if spec["kind"] != "features":
            continue
        for key, known in (("of", config["datasets"]), ("model", config["models"])):
            if spec[key] not in known:
                raise InputError(f"{where}: datasets.{name}.{key}: nothing is named {spec[key]!r}; {nearest(spec[key], known)}")
        if config["datasets"][spec["of"]]["kind"] == "features":
            raise InputError(f"{where}: datasets.{name}.of: {spec['of']!r} holds features already; name a data set")


@functools.cache
def _validator() -> Any:
    integer = Draft202012Validator.TYPE_CHECKER.redefine("integer", lambda _, v: isinstance(v, int) and not isinstance(v, bool))
    return extend(Draft202012Validator, type_checker=integer)(yaml.safe_load(SCHEMA.read_text()))


def validate(config: Mapping[str, Any], where: str = "config") -> None:
    """Check a config against the schema.

    Raises:
        InputError: the first violation, with the key's path, what was found and what to write.
    """
    _check_plain(config, where)
    errors = sorted(_validator().iter_errors(config), key=lambda e: (len(e.path), str(e.path)))
    if errors:
        raise InputError(f"{where}: {_clip(_explain(errors[0]))}")


def _check_plain(config: Any, where: str) -> None:
    """Refuse what is no plain data: what JSON cannot hold, cycles and repeats beyond measure, control characters."""
    todo: list[tuple[tuple[Any, ...], Any]] = [((), config)]
    for seen in itertools.count():
        if not todo:
            return
        path, value = todo.pop()
        if len(path) > DEEPEST or seen > MOST_VALUES:
            raise InputError(f"{where}: more than {DEEPEST} levels or {MOST_VALUES:,} values; write a smaller study")
        wrong = _not_plain(value)
        if wrong:
            raise InputError(f"{where}: {_key(path)}: found {_clip(repr(value), 80)}, {wrong}")
        if isinstance(value, Mapping):
            for key in value:
                if not isinstance(key, str) or _not_plain(key):
                    raise InputError(f"{where}: {_key(path)}: key {_clip(repr(key), 80)} is no plain text; write it in quotes")
            todo += [((*path, key), item) for key, item in value.items()]
        elif isinstance(value, list):
            todo += [((*path, i), item) for i, item in enumerate(value)]


def _not_plain(value: Any) -> str:
    if isinstance(value, str) and len(value) > LONGEST_TEXT:
        return f"a text of {len(value)} characters; at most {LONGEST_TEXT} are allowed"
    if isinstance(value, str) and any(unicodedata.category(c) in ("Cc", "Cs") for c in value):
        return "which has control characters; write plain text"
    if isinstance(value, float) and not math.isfinite(value):
        return "which is no number to compute with; write a finite one"
    if isinstance(value, int) and abs(value) > LARGEST_INTEGER:
        return f"an integer beyond {LARGEST_INTEGER}; write a smaller one"
    if value is not None and not isinstance(value, Mapping | list | str | int | float):
        return f"of type {type(value).__name__}; write text in quotes, a number, true, false, a list or a mapping"
    return ""


def _key(path: Iterable[Any]) -> str:
    """Where a value is: ``arms[0].name``."""
    return _clip("".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in path).lstrip(".") or "top level")


def _clip(text: str, most: int = 500) -> str:
    return text if len(text) <= most else f"{text[: most // 2]} ... {text[-most // 2 :]}"


def _explain(error: Any) -> str:
    key = _key(error.absolute_path)
    found = error.instance
    if error.validator == "additionalProperties":
        known = set(error.schema["properties"])
        unknown = [name for name in found if name not in known]
        return f"{key}: unknown key {unknown[0]!r}; {nearest(str(unknown[0]), known)}"
    if error.validator == "anyOf":
        deeper = [e for e in error.context if e.validator != "type" or _is_number_text(e.instance)]
        return _explain(deeper[0]) if deeper else f"{key}: found {found!r}; {_meaning(error)}"
    if error.validator == "required":
        missing = [name for name in error.validator_value if name not in found]
        return f"{key}: key {missing[0]!r} is missing"
    if error.validator == "type" and _is_number_text(found):
        return (
            f"{key}: found the text {found!r} where a number belongs; write {float(found):.10g} without quotes"
            " (YAML reads 1e-3 as text, 1.0e-3 as a number)"
        )
    if error.validator == "enum":
        values = [str(value) for value in error.validator_value]
        return f"{key}: found {found!r}; {nearest(str(found), values)} (known: {', '.join(values)})"
    if error.validator == "pattern":
        return f"{key}: {found!r} is not allowed here; {_meaning(error)}"
    return f"{key}: {error.message}; {_meaning(error)}"


def _meaning(error: Any) -> str:
    description = error.schema.get("description", "")
    return description[:1].lower() + description[1:] if description else "see config/README.md"


def main(path: str) -> None:
    """Check a study's file without running anything of it, and say which code it would run."""
    try:
        study = load_study(yaml.safe_load(Path(path).read_bytes()), path)
    except (InputError, OSError, yaml.YAMLError) as error:
        sys.exit(f"Error: {error}")
    print(f"{path}: {len(study.runs)} runs in results/{study.name}/")
    for name, spec in study.config["models"].items():
        if spec["kind"] == "python":
            print(f"models.{name} runs code: {spec['factory']}")


def _is_number_text(value: Any) -> bool:
    if not isinstance(value, str):
        return False
    try:
        return math.isfinite(float(value))
    except ValueError:
        return False


if __name__ == "__main__":
    main(sys.argv[1])
