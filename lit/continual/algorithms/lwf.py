"""Learning without Forgetting: on the new task's inputs, keep saying what the network said before.

Li and Hoiem 2016 (arXiv:1606.09282), eqs. 2 and 3, as knowledge distillation (Hinton et al. 2015,
arXiv:1503.02531):

    loss + strength T^2 sum over earlier heads of KL(softmax(z_before / T) || softmax(z / T))

a mean over the minibatch. With a single head that one head is both old and new. Nothing of earlier
tasks is kept. With several, the new head is trained alone at first, so that what it lacks does not
spoil what the others share (section 3 of the paper, which does so until convergence).
"""

from dataclasses import dataclass, replace

import torch
from jaxtyping import Float32
from torch import Tensor, nn
from torch.nn import functional as F

from lit.continual import lesson as common
from lit.continual.lesson import Carried, Lesson, begin, train
from lit.networks.output_layer import head_keys
from lit.training.scoring import score_at
from lit.training.stack import Flat, Hooks, Stack
from lit.training.state import State

KIND: dict[str, bool] = {}


@dataclass(frozen=True)
class Options(common.Options):
    """Options of ``lwf``.

    Attributes:
        strength: Of the distillation.
        temperature: T, above 1 to weigh unlikely classes more.
        warm_up: Share of the steps, the first ones, in which a new head alone is trained; with a
            single head there are none.
    """

    strength: float = 1.0
    temperature: float = 2.0
    warm_up: float = 0.2


def lwf(
    net: nn.Module, start: State, lesson: Lesson, carried: Carried, options: Options
) -> tuple[State, Carried]:
    """Train on a task; nothing is carried but the state itself."""
    stack = begin(net, start, lesson, options)
    if lesson.position == 0:
        return train(stack, lesson, options), {}
    everything = torch.arange(lesson.n, device=lesson.task.device).expand(len(lesson.seeds), -1)
    said = score_at(net, start, lesson.examples, everything).float()  # (S, n, C)
    heads = sorted({(begin, end) for begin, end in lesson.heads[: lesson.position].tolist()})

    def distil(x: Tensor, positions: Tensor, logits: Tensor) -> Tensor:
        old = said.gather(1, positions[..., None].expand(-1, -1, said.shape[2]))
        parts = [
            distillation(logits[..., a:b], old[..., a:b], options.temperature) for a, b in heads
        ]
        return options.strength * torch.stack(parts).sum()

    hooks = Hooks(loss=distil)
    steps = round(options.warm_up * options.steps(lesson.n))
    if lesson.shown() is not None and steps:
        warm_up = WarmUp(stack, lesson, steps)
        hooks = replace(hooks, gradient=warm_up.before, after=warm_up.after)
    return train(stack, lesson, options, hooks), {}


class WarmUp:
    """In the first ``steps`` of a stack, all weights but those of a lesson's own head stand still.

    No gradient reaches them, so that the optimiser gathers nothing; and they are put back after a
    step, since weight decay and moments of the task before move weights without one.
    """

    def __init__(self, stack: Stack, lesson: Lesson, steps: int):
        self.stack, self.steps = stack, steps
        self.moving = torch.zeros_like(stack.start)  # 1 where weights are trained
        views = stack.layout.views(self.moving)
        for name in head_keys(stack.net):
            views[name][:, slice(*lesson.heads[lesson.position].tolist())] = 1

    def before(self, weights: Flat, gradient: Flat) -> None:
        if self.stack.steps < self.steps:
            gradient *= self.moving

    def after(self, weights: Flat) -> None:
        if self.stack.steps <= self.steps:  # one more was taken by now
            weights.copy_(torch.where(self.moving > 0, weights, self.stack.start))


def distillation(
    logits: Float32[Tensor, "S B C"], old: Float32[Tensor, "S B C"], temperature: float
) -> Float32[Tensor, ""]:
    """T^2 KL(softmax(old / T) || softmax(logits / T)) in nats, mean over B and summed over S."""
    now, then = ((z / temperature).log_softmax(-1) for z in (logits, old))
    divergence = F.kl_div(now, then, reduction="sum", log_target=True)
    return temperature**2 * divergence / logits.shape[1]
