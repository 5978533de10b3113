"""Plain fine-tuning: go on with the new task's examples and nothing else, the lower bound."""

from torch import nn

from lit.continual.lesson import Carried, Lesson, Options, begin, train
from lit.training.state import State

KIND: dict[str, bool] = {}


def plain(
    net: nn.Module, start: State, lesson: Lesson, carried: Carried, options: Options
) -> tuple[State, Carried]:
    """Train on a task; nothing is carried."""
    return train(begin(net, start, lesson, options), lesson, options), {}
