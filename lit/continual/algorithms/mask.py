"""Masking: hide a task's classes by lowering their biases in the output layer, and change no more.

The first task is learned. It is no forgetting, but what measures of forgetting by accuracy take
for it: the network then hardly ever names these classes, and knows them as before.
"""

from dataclasses import dataclass

from torch import nn

from lit.continual import lesson as common
from lit.continual.lesson import Carried, Lesson, begin, train
from lit.errors import InputError
from lit.networks.output_layer import find_head
from lit.training.state import State

KIND: dict[str, bool] = {}


@dataclass(frozen=True)
class Options(common.Options):
    """Options of ``mask``.

    Attributes:
        by: Nats that the logits of hidden classes are lowered by.
    """

    by: float = 20.0


def mask(
    net: nn.Module, start: State, lesson: Lesson, carried: Carried, options: Options
) -> tuple[State, Carried]:
    """Train on the first task, hide the classes of a later one; nothing is carried.

    Raises:
        InputError: an output layer without a bias.
    """
    if lesson.position == 0:
        return train(begin(net, start, lesson, options), lesson, options), {}
    name = f"{find_head(net)[0]}.bias"
    if name not in start.tensors:
        raise InputError(
            f"algorithm mask: the output layer has no {name}, which it lowers; take a model whose"
            " output layer has a bias"
        )
    bias = start.tensors[name].detach().clone()
    for row, label in zip(bias, lesson.examples.label[:, : lesson.n], strict=True):
        row[label[label >= 0].unique()] -= options.by
    return State(start.tensors | {name: bias}, start.scale), {}
