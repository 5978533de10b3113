"""Joint training: from theta0 on the examples of all tasks so far at once, the upper bound. It needs all data at hand."""

from torch import nn

from lit.continual.algorithms import Carried, Lesson, Options, begin, together, train
from lit.training.state import State

KIND = {"all_at_hand": True}


def joint(
    net: nn.Module, start: State, lesson: Lesson, carried: Carried, options: Options
) -> tuple[State, Carried]:
    """Train on a task and all before; the state after the task before is not used, and nothing is carried."""
    whole = together([*lesson.before, lesson])
    return train(begin(net, lesson.untrained, whole, options), whole, options), {}
