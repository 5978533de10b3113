"""One job of a sequence: train the S models on a task, from the file of the task before to the
file of this one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Int64
from torch import nn

from lit.continual.algorithms import get_algorithm
from lit.continual.lesson import Carried, Lesson
from lit.data.dataset import Dataset
from lit.data.labels import Transform, transform_labels
from lit.data.streams import part_of
from lit.errors import InputError
from lit.files import store
from lit.files.result_files import Arrays
from lit.networks.build import build_theta0
from lit.networks.pretrained import build_pretrained
from lit.training.scoring import trained_arrays
from lit.training.state import Examples, State, as_arrays, as_tensors, prefixed, under

CARRIED, MOMENTS = "carried/", "moments/"


@dataclass(frozen=True)
class TaskData:
    """A task's training examples: ``n`` of them from the back of each seed's pool.

    Attributes:
        data: Its data set; None where this job does not train on it.
        classes: Classes of the data set; None where it need not know them either.
        labels: Transform of its labels.
        n: Training examples.
    """

    data: Dataset | None
    classes: int | None
    labels: Transform
    n: int

    @property
    def width(self) -> int:
        """Classes of the task."""
        assert self.classes is not None
        return transform_labels(np.empty(0, dtype=np.int64), self.classes, self.labels, 0)[1]


def read_tasks(settings: Mapping[str, Any], paths: Sequence[str]) -> list[TaskData]:
    """Tasks of :meth:`lit.workflow.plan.Plan.source_settings`, from their data files in the order
    of :meth:`lit.workflow.source_jobs.SourceJobs.data`."""
    files, tasks = iter(paths), []
    for task in settings["tasks"]:
        data, classes = None, None
        if task["train"]:
            data = store.read_dataset(next(files), task["dataset"])
            classes = data.classes
        elif settings["several"]:
            classes = store.attributes(next(files))["classes"]
        tasks.append(TaskData(data, classes, task["labels"], task["n"]))
    return tasks


def heads_of(tasks: Sequence[TaskData], position: int, several: bool) -> Int64[np.ndarray, "T 2"]:
    """Outputs begin..end of each task: beside each other with several heads, else the same ones."""
    if not several:
        return np.tile([0, tasks[position].width], (len(tasks), 1))
    widths = [task.width for task in tasks]
    stop = np.cumsum(widths)
    return np.stack([stop - widths, stop], axis=1)


def train_task(
    spec: Mapping[str, Any],
    tasks: Sequence[TaskData],
    position: int,
    several: bool,
    algorithm: Mapping[str, Any],
    seeds: list[int],
    device: torch.device,
    before: Arrays | None = None,
) -> dict[str, np.ndarray]:
    """Train M on the task at ``position`` of a sequence.

    Args:
        spec: The model's entry; its weights, if any, are where the first task starts.
        tasks: Tasks of the sequence, in order: with several heads all of them, else up to this one.
            Those before it have their data where the algorithm trains on them too.
        position: The task to be learned.
        several: Whether each task has a head of its own.
        algorithm: Kind and options.
        seeds: S seeds.
        device: Where to train.
        before: Arrays of the task before; None at the first.

    Returns:
        The arrays of :data:`lit.files.result_files.SOURCE`, those of sequences among them.

    Raises:
        InputError: a user's algorithm that fails or returns what is no state of the network.
    """
    heads = heads_of(tasks, position, several)
    own = tasks[position]
    assert own.data is not None
    build = build_pretrained if spec.get("weights") else build_theta0
    nets = [build(spec, own.data.form(int(heads.max())), seed) for seed in seeds]
    untrained = State.of(nets).to(device)
    start = untrained if before is None else State.from_arrays(before).to(device)
    carried, moments = (
        as_tensors(under(prefix, before or {}), device) for prefix in (CARRIED, MOMENTS)
    )
    *earlier, (lesson, index) = [
        _lesson(task, task.data, i, heads, untrained, seeds)
        for i, task in enumerate(tasks[: position + 1])
        if task.data is not None
    ]
    lesson.before.extend(one for one, _ in earlier)
    lesson.moments.update(moments)
    net = nets[0].to(device)
    state, carried = _learn(algorithm, net, start, lesson, carried)
    handed_on = prefixed(CARRIED, carried) | prefixed(MOMENTS, lesson.moments)
    outputs = slice(*heads[position].tolist())
    return (
        trained_arrays(net, state, lesson.examples, lesson.n, outputs)
        | {"index": index, "classes": np.array(own.width), "heads": heads}
        | as_arrays(handed_on)
    )


def _lesson(
    task: TaskData, data: Dataset, i: int, heads: np.ndarray, untrained: State, seeds: list[int]
) -> tuple[Lesson, np.ndarray]:
    """A task's training examples alone, on the device, and where in the data set they are."""
    device = untrained.scale.device
    index, label, _ = part_of(data, task.labels, seeds, "back")
    if task.n > (there := index.shape[1]):
        raise InputError(f"task {i}: n = {task.n:,}, but it has {there:,} examples; write fewer")
    index, label = index[:, : task.n], label[:, : task.n] + heads[i, 0]
    x = torch.from_numpy(data.x[index.ravel()]).to(device)
    rows = torch.arange(len(x), device=device).view(index.shape)
    examples = Examples(x, rows, torch.from_numpy(label).to(device))
    place = torch.full_like(rows, i)
    return Lesson(examples, place, heads, i, index.shape[1], seeds, untrained), index


def _learn(
    algorithm: Mapping[str, Any], net: nn.Module, start: State, lesson: Lesson, carried: Carried
) -> tuple[State, Carried]:
    """Call the algorithm; of a user's own, say what is wrong with what it returns."""
    learn, options = get_algorithm(algorithm)
    if algorithm["kind"] != "python":
        return learn(net, start, lesson, carried, options)
    where = f"algorithm {algorithm['factory']!r}"
    wrong = []
    try:
        state, carried = learn(net, start, lesson, carried, options)
        for name, tensor in start.tensors.items():
            found = state.tensors[name]
            if found.shape != tensor.shape or not found.isfinite().all():
                wrong.append(name)
        seeds = {len(value) for value in carried.values()} - {len(lesson.seeds)}
    except Exception as error:  # the user's own code: whatever it raises, say whose it is
        raise InputError(f"{where} failed: {error!r}") from error
    if wrong or seeds:
        raise InputError(
            f"{where} must return a State of finite tensors shaped like the one it was given, and a"
            f" mapping of tensors with a row a seed; wrong are {wrong or 'the carried ones'}"
        )
    return state, carried
