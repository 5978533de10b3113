"""``restart``: every block's model is trained anew from the start state, on the whole prefix.

Blier and Ollivier 2018 (arXiv:1802.07044), with early stopping and temperature from a validation
split of the prefix. Blocks do not depend on each other, so each can be a job of its own.
"""

from dataclasses import dataclass

from torch import nn

from lit.coding.block_training import BlockTraining, by_seed, train_blocks
from lit.coding.blocks import code_block, groups
from lit.coding.channel import Coded, Span, Stream
from lit.coding.experts import expand
from lit.files.result_files import Arrays
from lit.training.state import State

KIND = {"holds_out": True}
# Of the models that are trained side by side. Stacking more brings no speed, and each weight takes
# ten floats.
MOST_WEIGHTS = 2**25


@dataclass(frozen=True)
class Options(BlockTraining):
    """Options of ``restart``."""


def restart(
    net: nn.Module,
    stream: Stream,
    start: State,
    span: Span,
    options: Options,
    before: Arrays | None = None,
) -> Coded:
    """Code a span: experts ``start``, ``model``, those of the grid, and ``gentle``."""
    variants = expand(options, stream.warm)
    size = len(stream.seeds)
    weights = size * len(variants) * sum(v[0].numel() for v in start.tensors.values())
    at_once = max(MOST_WEIGHTS // weights, 1)
    coded = Coded.nothing(size)
    for first in range(0, len(span.blocks), at_once):
        blocks = span.blocks[first : first + at_once]
        trained = [block for block in blocks if block[0] > 0]
        starts = start.select(stream.rows(len(trained) * len(variants)))
        models = train_blocks(net, stream, starts, trained, variants)
        coded.trained += by_seed(models.trained, size)
        coded.scored += by_seed(models.scored, size)
        states = iter(groups(models.state, size * len(variants)))
        for i, block in enumerate(blocks, first):
            state = next(states) if block[0] > 0 else start.select(stream.rows(len(variants)))
            code_block(net, stream, start, state, list(variants), block, span.next_end(i), coded)
    return coded
