"""Synaptic Intelligence: a weight matters as much as its path through training lowered the loss.

Zenke, Poole, Ganguli 2017 (arXiv:1703.04200), eqs. 3 to 5: while a task is trained, w_p sums -g_p
(change of theta_p), with g the gradient of the task's own loss; after it, Omega_p grows by max(w_p,
0) / ((theta_p's whole change)^2 + damping), and

    loss + strength sum_p Omega_p (theta_p - theta*_p)^2

holds weights at theta*, those after the task before, as the springs of ``ewc`` do. The change of
theta_p is all of a step's, what the springs and weight decay move included, as in the authors' code
(github.com/ganguli-lab/pathint); the paper does without the max, which keeps springs from pushing.
"""

from dataclasses import dataclass

import torch
from torch import nn

from lit.continual import lesson as common
from lit.continual.lesson import Carried, Lesson, begin, train
from lit.continual.springs import Springs
from lit.training.stack import Flat, Hooks
from lit.training.state import State

KIND: dict[str, bool] = {}


@dataclass(frozen=True)
class Options(common.Options):
    """Options of ``si``.

    Attributes:
        strength: Of the pull.
        damping: Keeps weights that hardly moved from mattering without bound.
    """

    strength: float = 1000.0
    damping: float = 0.1


class Path:
    """What each weight's path has lowered the loss by, step by step."""

    def __init__(self, weights: Flat):
        self.last = weights.clone()
        self.slope = torch.zeros_like(weights)
        self.lowered = torch.zeros_like(weights)

    def before(self, weights: Flat, gradient: Flat) -> None:
        """The gradient of the task's own loss, at the weights before the step."""
        self.slope.copy_(gradient)

    def after(self, weights: Flat) -> None:
        """The weights after the step."""
        self.lowered -= self.slope * (weights - self.last)
        self.last.copy_(weights)


def si(
    net: nn.Module, start: State, lesson: Lesson, carried: Carried, options: Options
) -> tuple[State, Carried]:
    """Train on a task; ``importance`` and ``anchor`` (S, P) are carried."""
    stack = begin(net, start, lesson, options)
    first = stack.weights.detach().clone()
    path = Path(first)
    importance = carried.get("importance", torch.zeros_like(first))
    anchor = carried.get("anchor", first)

    held = Springs(importance, importance * anchor, 2 * options.strength, options)

    def before(weights: Flat, gradient: Flat) -> None:
        path.before(weights, gradient)
        held.before(weights, gradient)

    def after(weights: Flat) -> None:
        held.after(weights)
        path.after(weights)

    state = train(stack, lesson, options, Hooks(gradient=before, after=after))
    moved = (path.last - first).square()
    return state, {
        "importance": importance + path.lowered.clamp(min=0) / (moved + options.damping),
        "anchor": path.last,
    }
