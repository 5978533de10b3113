"""Sequences of tasks: the tasks, a network's states after each, and what is coded from these.

No torch here: every job reads the config anew.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lit.errors import InputError, nearest
from lit.study.label_transforms import Transform


@dataclass(frozen=True)
class Task:
    """One task of a sequence: ``n`` training examples from the back of a data set's pool."""

    name: str
    dataset: str
    labels: Transform
    n: int


@dataclass(frozen=True)
class Stage:
    """A network after the tasks up to a position: a start state M, as Pretraining is one.

    Attributes:
        sequence: Name of the sequence.
        tasks: All of its tasks, in this chain's order.
        order: Number of the order.
        position: The last task learned.
        model: Name of the network.
        algorithm: Name of the algorithm.
        several: Whether each task has a head of its own.
        all_at_hand: Whether the examples of all tasks so far are trained on.
    """

    sequence: str
    tasks: tuple[Task, ...]
    order: int
    position: int
    model: str
    algorithm: str
    several: bool
    all_at_hand: bool

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
        return None if self.position == 0 else self.at(self.position - 1)

    def at(self, position: int) -> "Stage":
        """The same chain after another task."""
        return Stage(**vars(self) | {"position": position})

    def chain(self) -> "list[Stage]":
        """Itself, after all before it."""
        return [self.at(position) for position in range(self.position + 1)]

    def needed(self) -> list[Task]:
        """Tasks that training must know of: with several heads all, else those so far."""
        return list(self.tasks if self.several else self.tasks[: self.position + 1])

    def trained_on(self) -> list[bool]:
        """Of the tasks needed, whose examples are trained on."""
        return [
            i == self.position or (self.all_at_hand and i < self.position)
            for i, _ in enumerate(self.needed())
        ]

    def place_of(self, dataset: str, labels: Transform) -> int:
        """Position of the task with these data and labels."""
        return next(
            i
            for i, task in enumerate(self.tasks)
            if (task.dataset, task.labels) == (dataset, labels)
        )


@dataclass(frozen=True)
class Cell:
    """What a row of a sequence is about: task ``j``, coded from the state after task ``t``.

    Attributes:
        order: Number of the order.
        t, j: Positions in it, from 0; j = t + 1 is the task that comes next.
        task: Name of task j.
        head: ``keep``, ``new`` or ``only``, see :class:`lit.study.config.Run`.
    """

    order: int
    t: int
    j: int
    task: str
    head: str


def is_stage(source: str) -> bool:
    """Whether a source's name is that of a stage of a sequence."""
    return re.search(r"--order\d+\.task\d+$", source) is not None


def views_of(
    entry: Mapping[str, Any], datasets: Mapping[str, Any], where: str
) -> dict[str, dict[str, Any]]:
    """Data sets that a sequence's shorthand makes.

    Raises:
        InputError: a shorthand of unknown data, or with a key that is missing or belongs to
            another.
    """
    short = entry["tasks"]
    if isinstance(short, list):
        return {}
    _check_short(short, datasets, f"{where}.tasks")
    if short["how"] == "split":
        return {}
    spec = {"kind": "view", "of": short["of"], "keep": short["how"]}
    return {name: spec | drawn for name, drawn in _variants(short)}


def tasks_of(entry: Mapping[str, Any]) -> list[Task]:
    """Tasks of a sequence in the order of the config."""
    short = entry["tasks"]
    if isinstance(short, list):
        return [Task(task["name"], task["data"], task.get("labels"), task["n"]) for task in short]
    if short["how"] == "split":
        kind = "only" if short.get("numbers") == "kept" else "classes"
        return [
            Task("-".join(map(str, part)), short["of"], {kind: part}, short["n"])
            for part in short["classes"]
        ]
    return [
        Task(name.removeprefix(f"{short['of']}."), name, None, short["n"])
        for name, _ in _variants(short)
    ]


def _variants(short: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Names and options of the views of a shorthand."""
    if short["how"] == "permuted":
        first = short.get("first", 0)
        yield from (
            (f"{short['of']}.permuted-{i}", {"draw": i})
            for i in range(first, first + short["count"])
        )
    else:
        yield from (
            (f"{short['of']}.rotated-{angle % 360:g}", {"angle": angle})
            for angle in short["angles"]
        )


def check_sequence(entry: Mapping[str, Any], datasets: Mapping[str, Any], where: str) -> None:
    """Refuse tasks of unknown data, two of one name or of one content, and orders that are none.

    Raises:
        InputError: naming key and remedy.
    """
    tasks = tasks_of(entry)
    for i, task in enumerate(tasks):
        if task.dataset not in datasets:
            raise InputError(
                f"{where}.tasks[{i}].data: no data set is named {task.dataset!r};"
                f" {nearest(task.dataset, datasets)}"
            )
        for other in tasks[:i]:
            if other.name == task.name or (other.dataset, other.labels) == (
                task.dataset,
                task.labels,
            ):
                alike = f"{other.name!r} and {task.name!r} are alike"
                raise InputError(
                    f"{where}.tasks: {alike}; give each a name, and data or labels, of its own"
                )
    for i, order in enumerate(entry.get("orders", [])):
        if sorted(order) != list(range(len(tasks))):
            raise InputError(
                f"{where}.orders[{i}]: found {order}; name each of the tasks 0..{len(tasks) - 1}"
                " once"
            )


def _check_short(short: Mapping[str, Any], datasets: Mapping[str, Any], where: str) -> None:
    if short["of"] not in datasets:
        raise InputError(
            f"{where}.of: no data set is named {short['of']!r}; {nearest(short['of'], datasets)}"
        )
    wanted = {"permuted": "count", "rotated": "angles", "split": "classes"}[short["how"]]
    if wanted not in short:
        raise InputError(f"{where}: how: {short['how']} needs {wanted}; write it")
    known = {
        "of",
        "how",
        "n",
        wanted,
        *({"permuted": ["first"], "split": ["numbers"]}.get(short["how"], [])),
    }
    if odd := sorted(set(short) - known):
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
