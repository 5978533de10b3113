"""``continue``: every block's model goes on from the previous block's, on the whole prefix. Its jobs are a chain.

A model that has seen all labels cannot be judged by any of them. So two chains run side by side: one that never sees
what is held out chooses steps and temperature, and the one that codes takes as many steps on everything.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from torch import nn

from lit.coding.channel import Coded, Span, Task
from lit.coding.experts import expand
from lit.coding.learners import restart
from lit.coding.learners.restart import by_seed, code_block, train_blocks
from lit.training.state import State

KIND = {"chain": True, "holds_out": True}
CHAINS = ("models", "searched")


@dataclass(frozen=True)
class Options(restart.Options):
    """Options of ``continue``.

    Attributes:
        shrink: Share of its way from the start state that a model keeps when it goes on (Ash and Adams 2020,
            arXiv:1910.08475): one that goes on from all of it grows ever surer, of what it has not seen too.
    """

    shrink: float = 0.4


def continue_(
    net: nn.Module, task: Task, start: State, span: Span, options: Options, before=None
) -> Coded:
    """Code a span of the stream, with the same experts as ``restart``.

    Args:
        net: The architecture.
        task: Streams of S seeds.
        start: S start states, theta0 or M.
        span: Blocks to code; the stream's first is coded by the start state itself.
        options: Options.
        before: What the job before left in ``after``; None at the front of the stream.
    """
    variants = expand(options, task.warm)
    size, starts = len(task.seeds), start.select(task.rows(len(variants)))
    models = searched = starts
    if before is not None:
        models, searched = (_state(before, chain).to(start.scale.device) for chain in CHAINS)
    coded = Coded(*np.zeros((2, size), dtype=np.int64))
    for i, (begin, end) in enumerate(span.blocks):
        if begin > 0:
            models, searched = (
                _between(starts, chain, options.shrink) for chain in (models, searched)
            )
            found = train_blocks(net, task, models, [(begin, end)], variants, searched)
            models, searched = found.state, found.searched or searched
            coded.trained += by_seed(found.trained, size)
            coded.scored += by_seed(found.scored, size)
        code_block(net, task, start, models, list(variants), (begin, end), span.next_end(i), coded)
    for chain, state in zip(CHAINS, (models, searched), strict=True):
        coded.after |= {f"{chain}/{name}": array for name, array in state.arrays().items()}
    return coded


def _between(start: State, state: State, share: float) -> State:
    """Weights this share of the way from the start to a state; counters and temperature are the state's."""
    tensors = {
        k: start.tensors[k].lerp(v, share) if v.is_floating_point() else v
        for k, v in state.tensors.items()
    }
    return State(tensors, state.scale)


def _state(before: Mapping[str, np.ndarray], chain: str) -> State:
    return State.from_arrays(
        {k.removeprefix(f"{chain}/"): v for k, v in before.items() if k.startswith(f"{chain}/")}
    )
