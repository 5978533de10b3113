"""``restart``: every block's model is trained anew from the start state, on the whole prefix, and
goes on learning within its block.

Blier and Ollivier 2018 (arXiv:1802.07044), with early stopping and temperature from a validation
split of the prefix; within the block as in ``replay``, see :mod:`lit.coding.rounds`. Blocks do not
depend on each other, so each can be a job of its own.
"""

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass

from torch import nn

from lit.coding.block_training import BlockTraining, by_seed, train_blocks
from lit.coding.blocks import code_block, groups
from lit.coding.channel import Coded, Predictions, Span, Stream
from lit.coding.experts import expand
from lit.coding.rounds import Learning, Rounds
from lit.files.result_files import Arrays
from lit.training.scoring import score
from lit.training.state import State

KIND = {"holds_out": True}
# Of the models that are trained side by side. Stacking more brings no speed, and each weight takes
# ten floats.
MOST_WEIGHTS = 2**25


@dataclass(frozen=True)
class Options(Rounds, BlockTraining):
    """Options of ``restart``.

    Those within blocks were chosen on Fashion-MNIST and MNIST, k = 1024, mlp.

    Attributes:
        within: Whether models learn within their blocks. The expert ``still`` is the ``model`` that
            the block began with.
        within_lr: Learning rate there, as a multiple of ``lr``.
        within_weight_decay: Weight decay there, of models that have any.
    """

    within: bool = True
    within_lr: float = 2.0
    within_weight_decay: float = 0.3


def restart(
    net: nn.Module,
    stream: Stream,
    start: State,
    span: Span,
    options: Options,
    before: Arrays | None = None,
) -> Coded:
    """Code a span: experts ``start``, ``model``, those of the grid, ``gentle``, and ``still``."""
    coded = Coded.nothing(len(stream.seeds))
    variants = expand(options, stream.warm)
    for i, state in enumerate(_fitted(net, stream, start, span, variants, coded)):
        block, ahead = span.blocks[i], span.next_end(i)
        if options.within:
            _learn(net, stream, start, state, variants, block, ahead, coded)
        else:
            code_block(net, stream, start, state, list(variants), block, ahead, coded)
    return coded


def _fitted(
    net: nn.Module,
    stream: Stream,
    start: State,
    span: Span,
    variants: dict[str, Options],
    coded: Coded,
) -> Iterator[State]:
    """Models of variants x seeds of each block, trained on what is before it."""
    size = len(stream.seeds)
    weights = size * len(variants) * sum(v[0].numel() for v in start.tensors.values())
    at_once = max(MOST_WEIGHTS // weights, 1)
    untrained = start.select(stream.rows(len(variants)))
    for first in range(0, len(span.blocks), at_once):
        blocks = span.blocks[first : first + at_once]
        trained = [block for block in blocks if block[0] > 0]
        starts = start.select(stream.rows(len(trained) * len(variants)))
        models = train_blocks(net, stream, starts, trained, variants)
        coded.trained += by_seed(models.trained, size)
        coded.scored += by_seed(models.scored, size)
        states = iter(groups(models.state, size * len(variants)))
        yield from (next(states) if begin > 0 else untrained for begin, _ in blocks)


def _learn(
    net: nn.Module,
    stream: Stream,
    start: State,
    state: State,
    variants: dict[str, Options],
    block: tuple[int, int],
    ahead: int,
    coded: Coded,
) -> None:
    """Code a block as :func:`lit.coding.blocks.code_block` does, but let the models learn."""
    begin, end = block
    still = groups(state, len(stream.seeds))[0]
    states = {"start": start, "still": still}

    def score_all(first: int, last: int) -> Predictions:
        return {n: score(net, state, stream.examples, first, last) for n, state in states.items()}

    fixed = score_all(begin, end)

    def others(first: int, last: int) -> Predictions:
        if stream.channel.label_by_label:
            return score_all(first, last)
        return {name: logits[:, first - begin : last - begin] for name, logits in fixed.items()}

    keys = [(seed, begin) for _ in variants for seed in stream.seeds]
    descents = {name: _within(variant) for name, variant in variants.items()}
    models = Learning(net, stream, state, descents, keys, variants["model"], begin)
    for _ in models.code(block, others, coded):
        pass
    stream.channel.code_ahead(end, ahead, lambda: score(net, still, stream.examples, end, ahead))
    coded.scored += (end - begin) * len(states) + ahead - end


def _within(options: Options) -> Options:
    """How a model that was trained with these options learns within its block."""
    return dataclasses.replace(
        options,
        lr=options.within_lr * options.lr,
        weight_decay=options.within_weight_decay if options.weight_decay else 0.0,
    )
