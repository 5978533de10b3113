"""Gradient ascent: unlearn a task's examples by steps up their loss, each as far as chance.

The first task is learned. Of each later one, an example whose loss is below that of chance, log C,
is made dearer, the others are left alone, so that the network does not diverge:

    maximise mean over the minibatch of min(loss, log C)

Ascent on what is to be forgotten is the simplest approximate unlearning (Thudi et al. 2022,
arXiv:2109.13398); unbounded it ruins the network.
"""

import math

from torch import Tensor, nn
from torch.nn import functional as F

from lit.continual.lesson import Carried, Lesson, Options, begin, train
from lit.training.stack import Hooks
from lit.training.state import State

KIND: dict[str, bool] = {}


def ascent(
    net: nn.Module, start: State, lesson: Lesson, carried: Carried, options: Options
) -> tuple[State, Carried]:
    """Train on the first task, unlearn a later one; nothing is carried."""
    first, last = lesson.heads[lesson.position].tolist()

    def climb(x: Tensor, positions: Tensor, logits: Tensor) -> Tensor:
        label = lesson.examples.labels(positions)
        own = logits[..., first:last].flatten(0, -2)
        away = F.cross_entropy(
            own, label.flatten() - first, ignore_index=-1 - first, reduction="none"
        )
        # the step itself adds the mean loss, which is taken away again
        return -(away + away.clamp(max=math.log(last - first))).sum() / label[0].numel()

    hooks = Hooks(loss=climb) if lesson.position else None
    return train(begin(net, start, lesson, options), lesson, options, hooks), {}
