"""Training of the models that code blocks, on all examples before the block."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int64
from torch import nn

from lit.coding.channel import Stream
from lit.coding.experts import Variants
from lit.training.descent import Fitted
from lit.training.fitting import fit
from lit.training.options import Training
from lit.training.state import State


@dataclass(frozen=True)
class BlockTraining(Training, Variants):
    """Options of learners that train a model to the end for each block."""


def train_blocks(
    net: nn.Module,
    stream: Stream,
    starts: State,
    blocks: list[tuple[int, int]],
    variants: Mapping[str, BlockTraining],
    searched: State | None = None,
) -> Fitted:
    """Models of blocks x variants x seeds, in this order, each trained on its block's prefix.

    Args:
        net: The architecture.
        stream: Streams of S seeds.
        starts: Where each model starts.
        blocks: (begin, end) of each; none may begin at 0.
        variants: Options by expert.
        searched: As for :func:`lit.training.fitting.fit`.
    """
    order = [
        (begin, v, seed) for begin, _ in blocks for v in variants.values() for seed in stream.seeds
    ]
    if not order:
        return Fitted.untrained(starts)
    return fit(
        net,
        starts,
        stream.examples.select(stream.rows(len(blocks) * len(variants))),
        sizes=[begin for begin, _, _ in order],
        keys=[(seed, begin) for begin, _, seed in order],
        trainings=[v for _, v, _ in order],
        memory=stream.remembered,
        searched=searched,
        what=f"blocks {blocks[0][0]}-{blocks[-1][1]}, {len(order)} models",
    )


def by_seed(work: Int64[np.ndarray, " J"], size: int) -> Int64[np.ndarray, " S"]:
    """Sums over the models of each of ``size`` seeds."""
    return work.reshape(-1, size).sum(axis=0)
