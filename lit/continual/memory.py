"""The memory of earlier tasks: a reservoir of examples.

Vitter 1985, algorithm R: whatever the number of examples seen, each is in it with equal
probability.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Int64
from torch import Tensor

from lit.continual import lesson as common
from lit.continual.lesson import Carried, Lesson, joined
from lit.rng import generator
from lit.training.stack import Positions
from lit.training.state import Examples


@dataclass(frozen=True)
class Options(common.Options):
    """Options of algorithms that keep examples.

    Attributes:
        memory: Examples that are kept.
        replayed: Of them in each minibatch (``agem`` computes its second gradient on these); 0 for
            as many as new ones.
    """

    memory: int = 500
    replayed: int = 0


def remember(lesson: Lesson, carried: Carried) -> Lesson:
    """The lesson with the memory's examples after its own."""
    if not carried:
        return lesson
    x, label = carried["x"].flatten(0, 1), carried["label"]
    rows = torch.arange(len(x), device=x.device).view(label.shape)
    examples = joined([lesson.examples, Examples(x, rows, label)])
    task = torch.cat([lesson.task, carried["task"]], dim=1)
    return replace(lesson, examples=examples, task=task)


def draws(lesson: Lesson, carried: Carried, size: int) -> Callable[[int], Positions] | None:
    """Positions (S, size) of remembered examples, drawn uniformly; None before there are any."""
    if not carried:
        return None
    known = carried["label"].shape[1]
    rngs = [generator("remembered", seed, lesson.position) for seed in lesson.seeds]

    def draw(step: int) -> Tensor:
        drawn = np.stack([rng.integers(0, known, size) for rng in rngs])
        return torch.from_numpy(lesson.n + drawn).to(lesson.task.device)

    return draw


def keep(whole: Lesson, carried: Carried, capacity: int) -> Carried:
    """The memory after a lesson, to which its own examples came one by one.

    Returns:
        ``x``, ``label`` and ``task`` (S, m, ...), and how many were ``seen`` (S,).
    """
    seen = int(carried["seen"][0]) if carried else 0
    rngs = [generator("reservoir", seed, whole.position) for seed in whole.seeds]
    chosen = np.stack([reservoir(seen, whole.n, capacity, rng) for rng in rngs])
    old = whole.examples.label.shape[1] - whole.n
    places = np.where(chosen < old, chosen + whole.n, chosen - old)
    positions = torch.from_numpy(places).to(whole.task.device)
    return stored(whole, positions, seen + whole.n)


def stored(whole: Lesson, positions: Positions, seen: int) -> Carried:
    """The examples at these positions (S, m), as :func:`keep` says; ``seen`` came by so far."""
    return {
        "x": whole.examples.x[whole.examples.index.gather(1, positions)],
        "label": whole.examples.labels(positions),
        "task": whole.task.gather(1, positions),
        "seen": torch.full((len(whole.seeds),), seen),
    }


def reservoir(
    seen: int, new: int, capacity: int, rng: np.random.Generator
) -> Int64[np.ndarray, " m"]:
    """What a reservoir of ``capacity`` places holds after ``new`` examples, ``seen`` before them.

    Returns:
        For each of m = min(seen + new, capacity) places what was there (below min(seen, capacity)),
        or that many plus the number of the new example.
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
