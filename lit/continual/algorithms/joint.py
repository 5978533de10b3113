"""Joint training: from theta0 on the examples of all tasks so far at once, the upper bound.

It needs all data at hand.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import nn

from lit.continual.lesson import Carried, Lesson, Options, begin, joined, train
from lit.training.state import Examples, State

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
    sizes = np.cumsum([0, *(len(lesson.examples.x) for lesson in lessons)])
    index = torch.cat(
        [lesson.examples.index + int(size) for lesson, size in zip(lessons, sizes, strict=False)],
        dim=1,
    )
    label = torch.cat([lesson.examples.label for lesson in lessons], dim=1)
    examples = Examples(joined([lesson.examples.x for lesson in lessons]), index, label)
    task = torch.cat([lesson.task for lesson in lessons], dim=1)
    return replace(
        lessons[-1], examples=examples, task=task, n=sum(lesson.n for lesson in lessons), before=[]
    )
