"""What the algorithms of continual learning have in common: a task, and training on it.

Every task is trained for a fixed number of passes. Early stopping would need held-out examples, and
whichever task they came from, the choice would favour it.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import torch
from jaxtyping import Int64, Shaped
from torch import Tensor, nn

from lit.errors import InputError
from lit.logs import Progress
from lit.training.batches import Batches
from lit.training.options import Descent
from lit.training.stack import Hooks, Logits, Positions, Stack
from lit.training.state import Examples, State, scaled

Carried = dict[str, Shaped[Tensor, "S ..."]]  # what an algorithm hands on to the next task


@dataclass(frozen=True)
class Options(Descent):
    """Options of every algorithm.

    Attributes:
        epochs: Passes over each task's examples.
        keep_moments: The optimiser goes on with its moments of the task before; else it begins
            anew with every task.
    """

    lr: float = 1e-3
    weight_decay: float = 0.0
    batch: int = 64
    epochs: float = 10.0
    keep_moments: bool = False

    def steps(self, n: int) -> int:
        """Steps that a task of n training examples takes."""
        return math.ceil(self.epochs * n / self.batch)


@dataclass(frozen=True)
class Lesson:
    """One task of a sequence, as an algorithm is given it.

    Attributes:
        examples: S models' examples; the first ``n`` are the task's training examples. A label is a
            place among the network's outputs.
        task: Position in the sequence of the task that an example belongs to.
        heads: Outputs begin..end of each task: all of them with a single head, a part of its own
            with several.
        position: Of this task in its sequence.
        n: Training examples.
        seeds: The S seeds, which key every random draw.
        untrained: theta0 of the S seeds.
        before: Lessons of the tasks before; only ``joint`` is given them.
        moments: What the optimiser had gathered after the task before, where it is kept;
            :func:`train` puts there what it has gathered after this one.
    """

    examples: Examples
    task: Int64[Tensor, "S M"]
    heads: Int64[np.ndarray, "T 2"]
    position: int
    n: int
    seeds: list[int]
    untrained: State
    before: list["Lesson"] = field(default_factory=list)
    moments: dict[str, Tensor] = field(default_factory=dict)

    def shown(self) -> Callable[[Positions, Logits], Logits] | None:
        """Hook that hides the outputs of other heads than an example's own; none with one head."""
        if (self.heads == self.heads[0]).all():
            return None
        outputs = np.arange(self.heads.max())
        hidden = (outputs < self.heads[:, :1]) | (outputs >= self.heads[:, 1:])  # (T, C)
        table = torch.from_numpy(hidden).to(self.task.device)
        return lambda positions, logits: logits.masked_fill(
            table[self.task.gather(1, positions)], -math.inf
        )


def begin(net: nn.Module, start: State, lesson: Lesson, options: Options) -> Stack:
    """The S models, ready to be trained on a lesson; theta0 has no moments to go on with."""
    keys = [(seed, lesson.position, 2) for seed in lesson.seeds]
    stack = Stack(net, start, [options] * len(keys), keys)
    if options.keep_moments and lesson.moments and start is not lesson.untrained:
        stack.resume(lesson.moments)
    return stack


def train(
    stack: Stack,
    lesson: Lesson,
    options: Options,
    hooks: Hooks | None = None,
    more: Callable[[int], Positions] | None = None,
) -> State:
    """Train a stack of :func:`begin` for ``epochs`` passes over the lesson's own n examples.

    Args:
        stack, lesson, options: What is trained, and on what.
        hooks: What the algorithm adds; its ``outputs`` is set here.
        more: Positions (S, R), also of other examples, that are added to the minibatch of a step.

    Returns:
        The S models after the last step, temperature 1.

    Raises:
        InputError: training that diverged.
    """
    hooks = replace(hooks or Hooks(), outputs=lesson.shown())
    steps = options.steps(lesson.n)
    batches = Batches([np.arange(lesson.n)] * len(lesson.seeds), stack.keys, options.batch)
    said = f"task {lesson.position + 1}, {lesson.n} examples, {len(lesson.seeds)} models"
    progress = Progress(said)
    for step in range(steps):
        positions = batches.next().to(lesson.task.device)
        if more is not None:
            positions = torch.cat([positions, more(step)], dim=1)
        stack.step(lesson.examples, positions, hooks=hooks)
        progress.step(step + 1, steps)
    if not stack.weights.isfinite().all():
        raise InputError(
            f"{said}: training diverged under {options.optimizer}; write a smaller lr, or a smaller"
            " strength of what is added to the loss"
        )
    if options.keep_moments:
        lesson.moments.update(stack.moments())
    tensors = {name: value.detach().clone() for name, value in stack.current.tensors.items()}
    return State(tensors, torch.ones_like(stack.average.scale))


def joined(parts: Sequence[Examples]) -> Examples:
    """Examples one after the other; where not all x are uint8, those that are become 0..1."""
    x = [part.x for part in parts]
    if len({each.dtype for each in x}) > 1:
        x = [scaled(each) for each in x]
    first = np.cumsum([0, *map(len, x)]).tolist()
    index = [part.index + begin for part, begin in zip(parts, first, strict=False)]
    label = [part.label for part in parts]
    return Examples(torch.cat(x), torch.cat(index, dim=1), torch.cat(label, dim=1))
