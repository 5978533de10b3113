"""What a study consists of: start states M, the codes that are compared, rows of its table."""

import dataclasses
import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from lit.study import label_transforms
from lit.study.arm_names import belongs
from lit.study.codes import NETWORK, headline
from lit.study.kinds import Analysis, Learner, codes_next_tokens, kind_of
from lit.study.label_transforms import Transform
from lit.study.learners import RECORDED, entry_of, names_of
from lit.study.schedule import Schedule
from lit.study.sequences import Cell, Stage

SUFFIXES = {"keep": "", "new": ".new-head", "only": ".frozen"}


@dataclass(frozen=True)
class Pretraining:
    """A start state M, trained on ``n`` examples."""

    dataset: str
    labels: Transform
    model: str
    n: int | None  # None for ready weights as they are
    stop: str  # early or memorise
    before: "Pretraining | None" = None  # None where it starts from theta0 or ready weights
    head: str = "keep"  # what becomes of the output layer of before; else new

    @property
    def id(self) -> str:
        labels = label_transforms.name(self.labels)
        parts = [self.dataset, labels, self.model, self.size, self.stop, *self._after]
        return "--".join(parts)

    @property
    def size(self) -> str:
        return "pretrained" if self.n is None else f"n{self.n}"

    @property
    def origin(self) -> str:
        """Data set, labels, size and stop, as they stand in the names of what starts from it."""
        labels = label_transforms.name(self.labels)
        return ".".join([self.dataset, labels, self.size, self.stop, *self._after])

    @property
    def _after(self) -> list[str]:
        return [f"after{SUFFIXES[self.head]}.{self.before.origin}"] if self.before else []

    def chain(self) -> "list[Pretraining]":
        """Itself, after all that it was trained on before."""
        return [*(self.before.chain() if self.before else []), self]


@dataclass(frozen=True)
class Run:
    """One prequential code: a stream, a learner, and the state it starts from."""

    target: str
    labels: Transform
    model: str
    learner: str  # several are joined by +
    source: Pretraining | Stage | None = None  # M, or None for theta0
    head: str = "keep"  # what becomes of M's output layer; else new, or only: nothing else trains
    side: str = "front"  # the coded stream; back is a source set coded from theta0 for K(M_n)

    @property
    def id(self) -> str:
        labels = label_transforms.name(self.labels)
        parts = [self.target, labels, self.model, self.learner, self._start]
        return "--".join(parts if self.side == "front" else [*parts, "source-set"])

    @property
    def parts(self) -> "list[Run]":
        """The run under each of its learners alone, which have the blocks."""
        return [dataclasses.replace(self, learner=name) for name in names_of(self.learner)]

    @property
    def n(self) -> int | None:
        """Examples that M was trained on; 0 for theta0, None for ready weights."""
        return self.source.n if self.source else 0

    @property
    def trained_on(self) -> str:
        """The data set that M was trained on last; of theta0, the target."""
        return self.source.dataset if self.source else self.target

    @property
    def start(self) -> str:
        """What it starts from, in the words of the tables."""
        return self.source.id if self.source else "theta0"

    @property
    def _start(self) -> str:
        source = self.source
        if source is None:
            return "theta0"
        origin, own = source.origin, (source.dataset, source.labels) == (self.target, self.labels)
        if isinstance(source, Pretraining) and source.before is None and own:
            origin = f"{source.size}.{source.stop}"
        return f"from.{origin}{SUFFIXES[self.head]}"


@dataclass(frozen=True)
class RecordedRun:
    """A code of a stream that was recorded elsewhere, see docs/recorded.md."""

    path: str  # of its file, or of a folder of them
    run: str  # its name there
    start: str  # theta0, or the name of an M there
    target: str
    model: str
    classes: int
    n: int | None  # examples that M was trained on; 0 for theta0, None where it is not known
    trained_on: str
    labels = None  # as they were recorded
    learner = RECORDED
    source = None  # its M is not at hand
    parts: ClassVar[list[Run]] = []  # it has no blocks
    head = "keep"

    @property
    def id(self) -> str:
        return f"{self.run}--{self.start}"


@dataclass(frozen=True)
class Row:
    """One row of the main table: an arm at one n, or one cell of a sequence."""

    arm: str
    cold: Run | RecordedRun
    warm: Run | RecordedRun
    source_cold: Run | None
    k: int
    learner: str
    cell: Cell | None = None

    @property
    def n(self) -> int | None:
        return self.warm.n

    @property
    def is_recorded(self) -> bool:
        """Whether its codes were recorded elsewhere: their bits are known, and no more."""
        return isinstance(self.warm, RecordedRun)


@dataclass(frozen=True)
class Study:
    """A whole study; runs and sources are known by their ids."""

    config: Mapping[str, Any]  # as validated
    datasets: Mapping[str, Mapping[str, Any]]  # with what arms and sequences make of the config's
    schedule: Schedule  # of the stream's blocks
    groups: list[list[int]]  # of seeds; each is one job
    rows: list[Row]  # of the main table
    runs: dict[str, Run | RecordedRun] = field(default_factory=dict)
    parts: dict[str, Run] = field(default_factory=dict)  # runs under one learner each
    lengths: dict[str, int] = field(default_factory=dict)  # examples that runs and parts code
    sources: dict[str, Pretraining | Stage] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.config["study"]

    @property
    def seeds(self) -> list[int]:
        return [seed for group in self.groups for seed in group]

    @functools.cached_property
    def coded(self) -> dict[str, Run]:
        """Runs that are coded here."""
        return {name: run for name, run in self.runs.items() if isinstance(run, Run)}

    @functools.cached_property
    def recorded(self) -> dict[str, RecordedRun]:
        """Runs that were recorded elsewhere."""
        return {name: run for name, run in self.runs.items() if isinstance(run, RecordedRun)}

    @property
    def device(self) -> str:
        return self.config.get("device", "auto")

    @functools.cached_property
    def largest_group(self) -> int:
        return max(map(len, self.groups))

    def analysed(self, name: str) -> list[Row]:
        """Rows of an analysis' arms: cells where it is of sequences, else the other rows."""
        entry = self.config["analyses"][name]
        arms, sequential = entry.get("arms"), kind_of(Analysis, entry).sequential
        rows = [row for row in self.rows if (row.cell is not None) == sequential]
        return [row for row in rows if arms is None or any(belongs(row.arm, arm) for arm in arms)]

    def spans(self, part: str) -> list[tuple[int, int]]:
        """Jobs ``(start, stop)`` of a run under one learner."""
        return self.schedule.jobs(self.lengths[part])

    def learner(self, name: str) -> dict[str, Any]:
        return entry_of(self.config, "learners", name)

    def algorithm(self, name: str) -> dict[str, Any]:
        return entry_of(self.config, "algorithms", name)

    def is_chain(self, part: str) -> bool:
        """Whether each job of a run under one learner goes on from the one before."""
        return kind_of(Learner, self.learner(self.parts[part].learner)).chain

    def remembers(self, part: str) -> bool:
        """Whether the learner trains on the source's examples too."""
        entry = self.parts[part]
        return entry.source is not None and self.learner(entry.learner).get("memory") == "source"

    @functools.cached_property
    def code(self) -> str:
        """Which of the three codes the main table shows first."""
        coded = {run.target for run in self.coded.values()}
        follows = any(codes_next_tokens(self.datasets[name]) for name in coded)
        return self.config.get("code", headline(follows))

    def code_of(self, rows: list[Row], said: str | None = None) -> str:
        """The code that some rows are shown by: recorded ones have but one."""
        return NETWORK if any(row.is_recorded for row in rows) else said or self.code

    @property
    def threads(self) -> int:
        return self.config.get("threads", 1)

    def pairs(self) -> list[tuple[str, str]]:
        """(data set, model) pairs that are built, for checking them before anything is trained."""
        used = [(run.target, run.model) for run in self.coded.values()]
        used += [(source.dataset, source.model) for source in self.sources.values()]
        return list(dict.fromkeys(used))


def taken_from(spec: Mapping[str, Any]) -> dict[str, Any]:
    """What features take from a backbone, for :func:`lit.networks.features.extract_features`."""
    return {key: spec[key] for key in ("trained", "layer", "pooling", "precision") if key in spec}
