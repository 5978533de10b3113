"""``replay``: one pass over the stream, training on new examples and on all that was coded before.

Bornschein, Li, Hutter 2023 (arXiv:2210.07931), see :mod:`lit.coding.rounds`. One run gives the
whole curve; its jobs are a chain.
"""

from dataclasses import dataclass

from torch import nn

from lit.coding.channel import Coded, Predictions, Span, Stream
from lit.coding.experts import Variants, expand
from lit.coding.rounds import Learning, Rounds
from lit.files.result_files import Arrays
from lit.logs import Progress
from lit.training.scoring import score
from lit.training.state import State

KIND = {"chain": True}


@dataclass(frozen=True)
class Options(Rounds, Variants):
    """Options of ``replay``.

    The defaults were chosen on Fashion-MNIST, MNIST and diamonds, k = 1797, mlp.
    """

    lr: float = 4e-3
    weight_decay: float = 0.3


def replay(
    net: nn.Module,
    stream: Stream,
    start: State,
    span: Span,
    options: Options,
    before: Arrays | None = None,
) -> Coded:
    """Code a span: experts ``start``, ``model``, those of the grid, and ``gentle``."""
    variants = expand(options, stream.warm)
    starts = start.select(stream.rows(len(variants)))
    keys = [(seed,) for _ in variants for seed in stream.seeds]
    models = Learning(net, stream, starts, variants, keys, options)
    if before is not None:
        models.restore(before)
    coded = Coded.nothing(len(stream.seeds))
    progress = Progress(f"replay {span.start}-{span.stop}, {len(keys)} models")

    def untouched(begin: int, end: int) -> Predictions:
        return {"start": score(net, start, stream.examples, begin, end)}

    for block in span.blocks:
        coded.scored += block[1] - block[0]
        for end in models.code(block, untouched, coded):
            progress.step(end - span.start, span.stop - span.start)
    coded.after = models.arrays()
    return coded
