"""Sequences of tasks: the tasks, a network's states after each, and what is coded from these.

No torch here: every job reads the config anew.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from lit.errors import InputError, check_known
from lit.study import label_transforms
from lit.study.label_transforms import Transform

# Of shorthands, by how: the key that each needs, and those that it may have.
KEYS = {"permuted": ("count", "first"), "rotated": ("angles",), "split": ("classes", "numbers")}


@dataclass(frozen=True)
class Task:
    """One task of a sequence: ``n`` training examples from the back of a data set's pool."""

    name: str
    dataset: str
    labels: Transform
    n: int


@dataclass(frozen=True)
class Stage:
    """A network after the tasks up to a position: a start state M, as Pretraining is one."""

    sequence: str
    tasks: tuple[Task, ...]  # all of the sequence's, in this chain's order
    order: int  # number of the order
    position: int  # the last task learned
    model: str
    algorithm: str
    several: bool  # whether each task has a head of its own
    all_at_hand: bool  # whether the examples of all tasks so far are trained on

    @property
    def task(self) -> Task:
        return self.tasks[self.position]

    @property
    def dataset(self) -> str:
        return self.task.dataset

    @property
    def labels(self) -> Transform:
        return self.task.labels

    @property
    def n(self) -> int:
        return self.task.n

    @property
    def id(self) -> str:
        return f"{self.sequence}--{self.model}--{self.algorithm}--n{self.n}--{self._place}"

    @property
    def origin(self) -> str:
        """As it stands in the names of what starts from it."""
        return f"{self.sequence}.{self.algorithm}.{self._place}"

    @property
    def _place(self) -> str:
        return f"order{self.order}.task{self.position}"

    @property
    def before(self) -> "Stage | None":
        """After the task before; None at the first, which starts from theta0."""
        return replace(self, position=self.position - 1) if self.position else None

    def chain(self) -> "list[Stage]":
        """Itself, after all before it."""
        return [replace(self, position=position) for position in range(self.position + 1)]

    def needed(self) -> list[tuple[Task, bool]]:
        """Tasks that training must know of, and whether their examples are trained on.

        With several heads these are all tasks, else those so far.
        """
        tasks = self.tasks if self.several else self.tasks[: self.position + 1]
        first = 0 if self.all_at_hand else self.position
        return [(task, first <= i <= self.position) for i, task in enumerate(tasks)]

    def place_of(self, dataset: str, labels: Transform) -> int:
        """Position of the task with these data and labels."""
        return [(task.dataset, task.labels) for task in self.tasks].index((dataset, labels))


@dataclass(frozen=True)
class Cell:
    """What a row of a sequence is about: task ``j``, coded from the state after task ``t``."""

    order: int  # number of the order
    t: int  # position in it, from 0
    j: int  # likewise; t + 1 is the task that comes next
    task: str  # name of task j
    head: str  # as of :class:`lit.study.entities.Run`


def is_stage(source: str) -> bool:
    """Whether a source's name is that of a stage of a sequence."""
    return re.search(r"--order\d+\.task\d+$", source) is not None


def views_of(
    entry: Mapping[str, Any], datasets: Mapping[str, Any], where: str
) -> dict[str, dict[str, Any]]:
    """Data sets that a sequence's shorthand makes; refuses one of unknown data or with odd keys."""
    short = entry["tasks"]
    if isinstance(short, list):
        return {}
    _check_short(short, datasets, f"{where}.tasks")
    return {} if short["how"] == "split" else dict(_views(short))


def tasks_of(entry: Mapping[str, Any]) -> list[Task]:
    """Tasks of a sequence in the order of the config."""
    short = entry["tasks"]
    if isinstance(short, list):
        return [Task(task["name"], task["data"], task.get("labels"), task["n"]) for task in short]
    of, n = short["of"], short["n"]
    if short["how"] == "split":
        kind = "only" if short.get("numbers") == "kept" else "classes"
        parts = short["classes"]
        return [Task("-".join(map(str, part)), of, {kind: part}, n) for part in parts]
    return [Task(name.removeprefix(f"{of}."), name, None, n) for name, _ in _views(short)]


def _views(short: Mapping[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Names and entries of the views of a shorthand, where two may be alike."""
    of, how = short["of"], short["how"]
    spec = {"kind": "view", "of": of, "keep": how}
    if how == "rotated":
        angles = short["angles"]
        return [(f"{of}.rotated-{angle % 360:g}", spec | {"angle": angle}) for angle in angles]
    first = short.get("first", 0)
    draws = range(first, first + short["count"])
    return [(f"{of}.permuted-{draw}", spec | {"draw": draw}) for draw in draws]


def check_sequence(entry: Mapping[str, Any], datasets: Mapping[str, Any], where: str) -> None:
    """Refuse tasks of unknown data or one class, tasks that are alike, and orders that are none."""
    tasks = tasks_of(entry)
    for i, task in enumerate(tasks):
        check_known(f"{where}.tasks[{i}].data", "data set", task.dataset, datasets)
        kept = label_transforms.kept(task.labels)
        if kept and len(next(iter(kept.values()))) < 2:
            raise InputError(
                f"{where}: task {task.name!r} has one class, so that there is nothing to code; give"
                " it more, or write numbers: kept"
            )
        for other in tasks[:i]:
            same = (other.dataset, other.labels) == (task.dataset, task.labels)
            if same or other.name == task.name:
                alike = f"{other.name!r} and {task.name!r} are alike"
                remedy = "give each a name, and data or labels, of its own"
                raise InputError(f"{where}.tasks: {alike}; {remedy}")
    for i, order in enumerate(entry.get("orders", [])):
        if sorted(order) != list(range(len(tasks))):
            each = f"each of the tasks 0..{len(tasks) - 1} once"
            raise InputError(f"{where}.orders[{i}]: found {order}; name {each}")


def _check_short(short: Mapping[str, Any], datasets: Mapping[str, Any], where: str) -> None:
    check_known(f"{where}.of", "data set", short["of"], datasets)
    wanted, *optional = KEYS[short["how"]]
    if wanted not in short:
        raise InputError(f"{where}: how: {short['how']} needs {wanted}; write it")
    if odd := sorted(set(short) - {"of", "how", "n", wanted, *optional}):
        raise InputError(f"{where}.{odd[0]}: has no meaning with how: {short['how']}; take it out")


def orders_of(entry: Mapping[str, Any]) -> list[list[int]]:
    """Orders of a sequence's tasks; that of the config where none is written."""
    return entry.get("orders", [list(range(len(tasks_of(entry))))])


def cells_of(stage: Stage, dissect: list[str]) -> Iterator[tuple[Task, Cell]]:
    """What is coded after a task: each so far, the next, and at the last parts of the network."""
    last = stage.position == len(stage.tasks) - 1
    for j, task in enumerate(stage.tasks[: stage.position + 2]):
        for head in ("keep", *(dissect if last else [])):
            yield task, Cell(stage.order, stage.position, j, task.name, head)
