"""Experience replay: some examples of earlier tasks are kept and trained on beside the new ones.

Each minibatch of new examples is joined by as many drawn uniformly from the memory (Chaudhry et al.
2019, arXiv:1902.10486), which is a reservoir.
"""

from torch import nn

from lit.continual.lesson import Carried, Lesson, begin, train
from lit.continual.memory import Options, draws, keep, remember
from lit.training.state import State

KIND: dict[str, bool] = {}


def replay(
    net: nn.Module, start: State, lesson: Lesson, carried: Carried, options: Options
) -> tuple[State, Carried]:
    """Train on a task and the memory, which is carried, see :func:`lit.continual.memory.keep`."""
    whole = remember(lesson, carried)
    draw = draws(lesson, carried, options.replayed or options.batch)
    state = train(begin(net, start, lesson, options), whole, options, more=draw)
    return state, keep(whole, carried, options.memory)
