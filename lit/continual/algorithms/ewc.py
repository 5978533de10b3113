"""Elastic Weight Consolidation: weights that mattered for earlier tasks are held by springs.

Kirkpatrick et al. 2017 (arXiv:1612.00796), eq. 3, a spring for each earlier task i,

    loss + strength / 2 sum_i sum_p F_i,p (theta_p - theta_i,p)^2

with F the diagonal of the Fisher information of the task's own labels, F_p = E_x E_y~p(y|x) (d log
p(y|x) / d theta_p)^2, the mean over x of some training examples and the exact one over y.
``online``: one spring at the last state, whose F is ``decay`` times that before plus the new one
(Schwarz et al. 2018, arXiv:1805.06370, eq. 9).
"""

from dataclasses import dataclass

import torch
from torch import nn
from torch.func import functional_call

from lit.continual import lesson as common
from lit.continual.lesson import Carried, Lesson, begin, train
from lit.continual.springs import Springs
from lit.training.scoring import places_of
from lit.training.stack import Flat, Hooks, Stack
from lit.training.state import State

KIND: dict[str, bool] = {}


@dataclass(frozen=True)
class Options(common.Options):
    """Options of ``ewc``.

    Attributes:
        strength: Of the springs.
        fisher: Training examples that F is estimated on, at most; the first ones.
        online: One spring instead of one for each task.
        decay: Share of the older F that an online spring keeps.
    """

    strength: float = 1000.0
    fisher: int = 256
    online: bool = False
    decay: float = 1.0


def ewc(
    net: nn.Module, start: State, lesson: Lesson, carried: Carried, options: Options
) -> tuple[State, Carried]:
    """Train on a task; ``fisher/<i>`` and ``anchor/<i>`` (S, P) are carried; online, i is 0."""
    stack = begin(net, start, lesson, options)
    count = len(carried) // 2
    springs = [(carried[f"fisher/{i}"], carried[f"anchor/{i}"]) for i in range(count)]
    hooks = Hooks()
    if springs:
        stiffness = torch.stack([f for f, _ in springs]).sum(0)
        centre = torch.stack([f * a for f, a in springs]).sum(0)
        held = Springs(stiffness, centre, options.strength, options)
        hooks = Hooks(gradient=held.before, after=held.after)
    state = train(stack, lesson, options, hooks)
    found = fisher(net, stack, state, lesson, options.fisher)
    anchor = stack.layout.flatten(state.tensors)
    if options.online:
        found = found if not springs else options.decay * springs[0][0] + found
        return state, {"fisher/0": found, "anchor/0": anchor}
    return state, carried | {f"fisher/{count}": found, f"anchor/{count}": anchor}


def fisher(net: nn.Module, stack: Stack, state: State, lesson: Lesson, most: int) -> Flat:
    """Diagonal Fisher information of a lesson's own head, by example, in evaluation mode."""
    net.eval()
    positions = torch.arange(min(lesson.n, most), device=lesson.task.device)
    x = lesson.examples.inputs(positions.expand(len(lesson.seeds), -1))
    first, last = lesson.heads[lesson.position].tolist()
    each = torch.eye(last - first, device=x.device)
    total = {name: torch.zeros_like(state.tensors[name]) for name in stack.layout.shapes}
    for s in range(len(x)):
        tensors = {name: v[s] for name, v in state.tensors.items()}
        trained = {name: tensors[name].clone().requires_grad_() for name in stack.layout.shapes}
        values = tensors | trained
        values = {place: values[name] for place, name in places_of(net).items() if name in values}
        for one in x[s].split(1):
            logits = functional_call(net, values, (one,), tie_weights=False)
            log_p = logits[0, first:last].log_softmax(-1)
            slopes = torch.autograd.grad(
                log_p, list(trained.values()), each, is_grads_batched=True, allow_unused=True
            )
            for name, slope in zip(trained, slopes, strict=True):  # (C, ...)
                if slope is not None:
                    p = log_p.detach().exp()
                    total[name][s] += torch.einsum("c,c...->...", p, slope.square())
    return stack.layout.flatten(total) / x.shape[1]
