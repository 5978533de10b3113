"""Joint training: from theta0 on the examples of all tasks so far at once, the upper bound.

It needs all data at hand.
"""

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import nn

from lit.continual.lesson import Carried, Lesson, Options, begin, joined, train
from lit.training.state import State

KIND = {"all_at_hand": True}


def joint(
    net: nn.Module, start: State, lesson: Lesson, carried: Carried, options: Options
) -> tuple[State, Carried]:
    """Train on a task and all before; the state after the task before is not used.

    Nothing is carried.
    """
    whole = together([*lesson.before, lesson])
    return train(begin(net, lesson.untrained, whole, options), whole, options), {}


def together(lessons: Sequence[Lesson]) -> Lesson:
    """Several lessons as one, in their order; what it is called is the last one's."""
    examples = joined([lesson.examples for lesson in lessons])
    task = torch.cat([lesson.task for lesson in lessons], dim=1)
    n = sum(lesson.n for lesson in lessons)
    return replace(lessons[-1], examples=examples, task=task, n=n, before=[])
