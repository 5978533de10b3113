"""``continue``: every block's model goes on from the previous block's, on the whole prefix.

Its jobs are a chain. A model that has seen all labels cannot be judged by any of them. So two
chains run side by side: one that never sees what is held out chooses steps and temperature, and the
one that codes takes as many steps on everything.
"""

from dataclasses import dataclass

from torch import nn

from lit.coding.block_training import BlockTraining, by_seed, train_blocks
from lit.coding.blocks import code_block
from lit.coding.channel import Coded, Span, Stream
from lit.coding.experts import expand
from lit.files.result_files import Arrays
from lit.training.state import State, prefixed, under

KIND = {"chain": True, "holds_out": True}
CHAINS = ("models", "searched")
CHAINS = ("models/", "searched/")


@dataclass(frozen=True)
class Options(BlockTraining):
    """Options of ``continue``.

    Attributes:
        shrink: Share of its way from the start state that a model keeps when it goes on (Ash and
            Adams 2020, arXiv:1910.08475): one that goes on from all of it grows ever surer, of what
            it has not seen too.
    """

    shrink: float = 0.4


def continue_(
    net: nn.Module,
    stream: Stream,
    start: State,
    span: Span,
    options: Options,
    before: Arrays | None = None,
) -> Coded:
    """Code a span of the stream, with the same experts as ``restart``."""
    variants = expand(options, stream.warm)
    size = len(stream.seeds)
    starts = start.select(stream.rows(len(variants)))
    models = searched = starts
    if before is not None:
        models, searched = (
            State.from_arrays(under(chain, before)).to(start.scale.device) for chain in CHAINS
        )
    coded = Coded.nothing(size)
    for i, block in enumerate(span.blocks):
        if block[0] > 0:
            models = _between(starts, models, options.shrink)
            searched = _between(starts, searched, options.shrink)
            found = train_blocks(net, stream, models, [block], variants, searched)
            models = found.state
            searched = found.searched or searched
            coded.trained += by_seed(found.trained, size)
            coded.scored += by_seed(found.scored, size)
        code_block(net, stream, start, models, list(variants), block, span.next_end(i), coded)
    for chain, state in zip(CHAINS, (models, searched), strict=True):
        coded.after |= prefixed(chain, state.arrays())
    return coded


def _between(start: State, state: State, share: float) -> State:
    """Weights this share of the way from the start to a state, whose counters and temperature
    stay."""
    tensors = {
        k: start.tensors[k].lerp(v, share) if v.is_floating_point() else v
        for k, v in state.tensors.items()
    }
    return State(tensors, state.scale)
