"""Experience replay: some examples of earlier tasks are kept and trained on beside the new ones.

Each minibatch of new examples is joined by as many drawn uniformly from the memory (Chaudhry et al. 2019, arXiv:1902.10486).
The memory is a reservoir (Vitter 1985, algorithm R): whatever the number of examples seen, each is in it with equal
probability.
"""

from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor, nn

from lit.continual import algorithms
from lit.continual.algorithms import Carried, Lesson, begin, joined, train
from lit.rng import generator
from lit.training.state import Examples, State

KIND: dict[str, bool] = {}


@dataclass(frozen=True)
class Options(algorithms.Options):
    """Options of ``replay``.

    Attributes:
        memory: Examples that are kept.
        replayed: Of them in each minibatch; 0 for as many as new ones.
    """

    memory: int = 500
    replayed: int = 0


def replay(
    net: nn.Module, start: State, lesson: Lesson, carried: Carried, options: Options
) -> tuple[State, Carried]:
    """Train on a task and the memory; ``x``, ``label`` and ``task`` (S, m, ...) and ``seen`` (S,) are carried."""
    whole, draw = (
        remember(lesson, carried),
        draws(lesson, carried, options.replayed or options.batch),
    )
    return train(begin(net, start, lesson, options), whole, options, more=draw), keep(
        whole, carried, options.memory
    )


def remember(lesson: Lesson, carried: Carried) -> Lesson:
    """The lesson with the memory's examples after its own."""
    if not carried:
        return lesson
    seeds, size = carried["label"].shape
    rows = torch.arange(seeds * size, device=lesson.task.device).view(seeds, size) + len(
        lesson.examples.x
    )
    x = joined([lesson.examples.x, carried["x"].flatten(0, 1)])
    index, label, task = (
        torch.cat([own, kept], dim=1)
        for own, kept in (
            (lesson.examples.index, rows),
            (lesson.examples.label, carried["label"]),
            (lesson.task, carried["task"]),
        )
    )
    return replace(lesson, examples=Examples(x, index, label), task=task)


def draws(lesson: Lesson, carried: Carried, size: int):
    """(S, size) positions of remembered examples by step, drawn uniformly; None while nothing is remembered."""
    if not carried:
        return None
    known = carried["label"].shape[1]
    rngs = [generator("remembered", seed, lesson.position) for seed in lesson.seeds]

    def draw(step: int) -> Tensor:
        drawn = np.stack([rng.integers(0, known, size) for rng in rngs])
        return torch.from_numpy(lesson.n + drawn).to(lesson.task.device)

    return draw


def keep(whole: Lesson, carried: Carried, capacity: int) -> Carried:
    """The memory after a lesson, to which its own examples came one by one."""
    seen = int(carried["seen"][0]) if carried else 0
    rngs = [generator("reservoir", seed, whole.position) for seed in whole.seeds]
    chosen = np.stack([reservoir(seen, whole.n, capacity, rng) for rng in rngs])
    old = whole.examples.label.shape[1] - whole.n
    positions = torch.from_numpy(np.where(chosen < old, chosen + whole.n, chosen - old)).to(
        whole.task.device
    )
    return {
        "x": whole.examples.x[whole.examples.index.gather(1, positions)],
        "label": whole.examples.label.gather(1, positions),
        "task": whole.task.gather(1, positions),
        "seen": torch.full((len(whole.seeds),), seen + whole.n),
    }


def reservoir(seen: int, new: int, capacity: int, rng: np.random.Generator) -> np.ndarray:
    """What a reservoir holds after ``new`` further examples.

    Args:
        seen: Examples that it was offered before, of which it holds min(seen, capacity).
        new: Examples that it is offered now.
        capacity: Places.
        rng: Draws the places.

    Returns:
        (min(seen + new, capacity),) for each place what was there (below min(seen, capacity)), or that many plus the number
        of the new example.
    """
    held = min(seen, capacity)
    places = [*range(held)]
    drawn = rng.integers(0, np.arange(seen + 1, seen + new + 1))
    for i, place in enumerate(drawn.tolist()):
        if len(places) < capacity:
            places.append(held + i)
        elif place < capacity:
            places[place] = held + i
    return np.array(places, dtype=np.int64)
