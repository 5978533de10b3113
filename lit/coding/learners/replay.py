"""``replay``: one pass over the stream, training on new examples and on all that was coded before.

Bornschein, Li, Hutter 2023 (arXiv:2210.07931): score a few examples with averaged weights, take one
step of the temperature, then train on them and on examples drawn uniformly from the past. One run
gives the whole curve; its jobs are a chain.
"""

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float64, Int64
from torch import Tensor, nn

from lit.coding.channel import Coded, Span, Stream
from lit.coding.experts import Variants, expand
from lit.files.result_files import Arrays
from lit.logs import Progress
from lit.rng import generator
from lit.training.adamw import Stack
from lit.training.scoring import score
from lit.training.state import State

KIND = {"chain": True}
AVERAGING = 20.0  # weights are averaged over the last twentieth of the steps
CALIBRATION = 4.0  # the temperature follows about the last quarter of the stream
CALIBRATION_PRIOR = 5.0  # curvature at first, in nats: small steps while few labels are known


@dataclass(frozen=True)
class Options(Variants):
    """Options of ``replay``.

    The defaults were chosen on Fashion-MNIST, MNIST and diamonds, k = 1797, mlp.

    Attributes:
        effort: About ``2 effort sqrt(k)`` steps are taken in all: ``effort / sqrt(t)`` an example
            after t of them.
        densest: At most this many steps an example, which holds at the front of the stream.
        round: About this many steps between two scorings.
        settle: After t examples the learning rate is ``lr / sqrt(1 + t / settle)``: what is known
            better is changed less.
    """

    lr: float = 4e-3
    weight_decay: float = 0.3
    effort: float = 40.0
    densest: float = 4.0
    round: int = 8
    settle: float = 2000.0


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
    rows = stream.rows(len(variants))
    keys = [(seed,) for _ in variants for seed in stream.seeds]
    descents = [v for v in variants.values() for _ in stream.seeds]
    stack = Stack(net, start.select(rows), descents, keys, AVERAGING)
    temperature = _Temperature(stack.average)
    if before is not None:
        stack.restore(before)
        curvature = torch.from_numpy(before["calibration"]).to(start.scale.device)
        temperature = _Temperature(stack.average, curvature)
    examples = stream.examples.select(rows)
    coded = Coded.nothing(len(stream.seeds))
    progress = Progress(f"replay {span.start}-{span.stop}, {len(rows)} models")
    for begin, end, steps in itertools.chain(*(rounds(*block, options) for block in span.blocks)):
        logits = score(net, stack.average, examples, begin, end)
        parts = logits.unflatten(0, (len(variants), len(stream.seeds)))
        untouched = {"start": score(net, start, stream.examples, begin, end)}
        stream.channel.code(begin, end, untouched | dict(zip(variants, parts, strict=True)))
        # from here on the labels are known
        examples.label[:, begin:end] = stream.examples.label[rows, begin:end]
        temperature.step(logits, examples.label[:, begin:end], begin)
        positions = _minibatches(stream, begin, end, steps, options.batch)
        pace = 1 / math.sqrt(1 + begin / options.settle)
        for batch in torch.from_numpy(positions).to(rows.device):
            stack.step(examples, batch[rows], pace)
        coded.trained += steps * options.batch * len(variants)
        coded.scored += (end - begin) * (1 + len(variants))
        progress.step(end - span.start, span.stop - span.start)
    coded.after = stack.arrays() | {"calibration": temperature.curvature.cpu().numpy()}
    return coded


def rounds(begin: int, end: int, options: Options) -> Iterator[tuple[int, int, int]]:
    """(begin, end, steps) of a block's rounds: what is scored at once, and the steps after it.

    They depend on the block alone, so that a longer stream repeats the rounds of a shorter one.
    """
    owed = 0.0
    while begin < end:
        density = min(options.densest, options.effort / math.sqrt(begin + 1))
        stop = min(end, begin + max(1, round(options.round / density)))
        owed += density * (stop - begin)
        yield begin, stop, round(owed)
        owed -= round(owed)
        begin = stop


def _minibatches(
    stream: Stream, begin: int, end: int, steps: int, size: int
) -> Int64[np.ndarray, "steps S B"]:
    """Positions: up to half of a minibatch the newest examples, the rest drawn from all."""
    newest = np.arange(begin, end)[: size // 2]
    past = end + stream.memory
    drawn = np.empty((steps, len(stream.seeds), size), dtype=np.int64)
    drawn[..., : len(newest)] = newest
    for s, seed in enumerate(stream.seeds):
        drawn[:, s, len(newest) :] = generator("replay", seed, begin).integers(
            0, past, (steps, size - len(newest))
        )
    remembered = drawn >= end
    drawn[remembered] += stream.examples.index.shape[1] - past
    return drawn


class _Temperature:
    """Forward calibration: after each round one Newton step of the log inverse temperature.

    It follows statistics that fade.
    """

    def __init__(self, average: State, curvature: Tensor | None = None):
        self.average = average
        self.curvature = torch.zeros_like(average.scale) if curvature is None else curvature

    def step(
        self, logits: Float64[Tensor, "J m C"], labels: Int64[Tensor, "J m"], begin: int
    ) -> None:
        """Follow logits, at the present temperature, of the labels coded after ``begin``."""
        p = logits.softmax(-1)
        mean = (p * logits).sum(-1)
        slope = (mean - logits.gather(-1, labels[..., None])[..., 0]).sum(-1)
        self.curvature *= begin / (begin + CALIBRATION * logits.shape[1])
        self.curvature += ((p * logits.square()).sum(-1) - mean.square()).sum(-1)
        change = (-slope / (self.curvature + CALIBRATION_PRIOR)).clamp(-0.5, 0.5)
        self.average.scale.mul_(change.exp()).clamp_(0.02, 8.0)
