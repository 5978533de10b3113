"""A-GEM: a step that would raise the loss on the memory is turned until it does not.

Chaudhry et al. 2019 (arXiv:1812.00420), eq. 11: with g the gradient on new examples and r that on a
minibatch of remembered ones, g is used where g.r >= 0, else g - (g.r / r.r) r. The memory is a
reservoir, where the paper keeps a fixed number for each task.
"""

import torch
from torch import nn

from lit.continual.lesson import Carried, Lesson, begin, train
from lit.continual.memory import Options, draws, keep, remember
from lit.training.stack import Flat, Hooks
from lit.training.state import State

KIND: dict[str, bool] = {}


def agem(
    net: nn.Module, start: State, lesson: Lesson, carried: Carried, options: Options
) -> tuple[State, Carried]:
    """Train on a task; the memory is carried."""
    whole = remember(lesson, carried)
    draw = draws(lesson, carried, options.replayed or options.batch)
    stack = begin(net, start, lesson, options)
    shown = Hooks(outputs=whole.shown())

    def turn(weights: Flat, gradient: Flat) -> None:
        if draw is not None:
            reference = stack.slope(whole.examples, draw(stack.steps), shown)
            gradient.copy_(project(gradient, reference))

    state = train(stack, whole, options, Hooks(gradient=turn))
    return state, keep(whole, carried, options.memory)


def project(gradient: Flat, reference: Flat) -> Flat:
    """Gradients, each turned to a right angle to its reference where the two oppose each other."""
    rows = []
    # one by one: a sum over rows must not depend on their number
    for g, r in zip(gradient, reference, strict=True):
        along = torch.dot(g, r)
        rows.append(torch.where(along < 0, g - along / torch.dot(r, r).clamp(min=1e-30) * r, g))
    return torch.stack(rows)
