"""A-GEM: a step that would raise the loss on the memory is turned until it does not.

Chaudhry et al. 2019 (arXiv:1812.00420), eq. 11: with g the gradient on new examples and r that on a minibatch of remembered
ones, g is used where g.r >= 0, else g - (g.r / r.r) r. The memory is the reservoir of ``replay``, where the paper keeps a fixed
number for each task.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from lit.continual.algorithms import Carried, Lesson, begin, train
from lit.continual.algorithms import replay as memory
from lit.continual.algorithms.replay import draws, keep, remember
from lit.training.stack import Hooks
from lit.training.state import State

KIND: dict[str, bool] = {}


@dataclass(frozen=True)
class Options(memory.Options):
    """Options of ``agem``: those of ``replay``; ``replayed`` are the examples that r is computed on."""


def agem(
    net: nn.Module, start: State, lesson: Lesson, carried: Carried, options: Options
) -> tuple[State, Carried]:
    """Train on a task; the memory is carried."""
    whole, draw = (
        remember(lesson, carried),
        draws(lesson, carried, options.replayed or options.batch),
    )
    stack, shown = begin(net, start, lesson, options), Hooks(outputs=whole.shown())

    def turn(weights: Tensor, gradient: Tensor) -> None:
        gradient.copy_(project(gradient, stack.slope(whole.examples, draw(stack.steps), shown)))

    state = train(stack, whole, options, Hooks(gradient=turn if draw else None))
    return state, keep(whole, carried, options.memory)


def project(gradient: Tensor, reference: Tensor) -> Tensor:
    """(S, P) gradients, each turned until it is at a right angle to its reference where the two oppose each other."""
    rows = []
    for g, r in zip(
        gradient, reference, strict=True
    ):  # one by one: a sum over rows must not depend on their number
        along = torch.dot(g, r)
        rows.append(torch.where(along < 0, g - along / torch.dot(r, r).clamp(min=1e-30) * r, g))
    return torch.stack(rows)
