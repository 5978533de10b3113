"""``replay``: one pass over the stream, training on a mixture of new examples and of all that was coded before.

Bornschein, Li, Hutter 2023 (arXiv:2210.07931): score a few examples with averaged weights, take one step of the
temperature, then train on them and on examples drawn uniformly from the past. One run gives the whole curve; its
jobs are a chain.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from lit.coding.channel import Coded, Span, Task
from lit.coding.experts import Variants, expand
from lit.logs import Progress
from lit.rng import generator
from lit.training.stack import Stack
from lit.training.state import State, score

KIND = {"chain": True}
AVERAGING = 20.0  # weights are averaged over the last twentieth of the steps
CALIBRATION = 4.0  # the temperature follows about the last quarter of the stream
CALIBRATION_PRIOR = (
    5.0  # curvature at the beginning, in nats: small steps while few labels are known
)


@dataclass(frozen=True)
class Options(Variants):
    """Options of ``replay``; the defaults were chosen on Fashion-MNIST, MNIST and diamonds, k = 1797, mlp.

    Attributes:
        effort: About ``2 effort sqrt(k)`` steps are taken in all: ``effort / sqrt(t)`` an example after t of them.
        densest: At most this many steps an example, which holds at the front of the stream.
        round: About this many steps between two scorings.
        settle: After t examples the learning rate is ``lr / sqrt(1 + t / settle)``: what is known better is changed less.
    """

    lr: float = 4e-3
    weight_decay: float = 0.3
    effort: float = 40.0
    densest: float = 4.0
    round: int = 8
    settle: float = 2000.0


def replay(
    net: nn.Module, task: Task, start: State, span: Span, options: Options, before=None
) -> Coded:
    """Code a span of the stream, with the experts ``start``, ``model``, those of the grid, and ``gentle``.

    Args:
        net: The architecture.
        task: Streams of S seeds.
        start: S start states, theta0 or M.
        span: Blocks to code; models learn within a block too, round by round.
        options: Options.
        before: What the job before left in ``after``; None at the front of the stream.
    """
    variants = expand(options, task.warm)
    count, size = len(variants), len(task.seeds)
    rows = task.rows(count)
    keys = [(seed,) for _ in variants for seed in task.seeds]
    stack = Stack(
        net, start.select(rows), [v for v in variants.values() for _ in task.seeds], keys, AVERAGING
    )
    temperature = _Temperature(stack.average)
    if before is not None:
        stack.restore(before)
        temperature = _Temperature(
            stack.average, torch.from_numpy(before["calibration"]).to(start.scale.device)
        )
    examples = task.examples.select(rows)
    coded = Coded(*np.zeros((2, size), dtype=np.int64))
    progress = Progress(f"replay {span.start}-{span.stop}, {len(rows)} models")
    for block in span.blocks:
        for begin, end, steps in rounds(*block, options):
            logits = score(net, stack.average, examples, begin, end)
            by_variant = dict(zip(variants, logits.unflatten(0, (count, size)), strict=True))
            untouched = {"start": score(net, start, task.examples, begin, end)}
            task.channel.code(begin, end, untouched | by_variant)
            examples.label[:, begin:end] = task.examples.label[
                rows, begin:end
            ]  # from here on they are known
            temperature.step(logits, examples.label[:, begin:end], begin)
            positions = torch.from_numpy(_minibatches(task, begin, end, steps, options.batch)).to(
                rows.device
            )
            pace = 1 / math.sqrt(1 + begin / options.settle)
            for batch in positions:
                stack.step(examples, batch[rows], pace)
            coded.trained += steps * options.batch * count
            coded.scored += (end - begin) * (1 + count)
            progress.step(end - span.start, span.stop - span.start)
    coded.after = stack.arrays() | {"calibration": temperature.curvature.cpu().numpy()}
    return coded


def rounds(begin: int, end: int, options: Options) -> Iterator[tuple[int, int, int]]:
    """(begin, end, steps) of the rounds of one block: what is scored at once, and the steps taken after it.

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


def _minibatches(task: Task, begin: int, end: int, steps: int, size: int) -> np.ndarray:
    """(steps, S, size) positions: up to half of each minibatch are the newest examples, the rest all, drawn uniformly."""
    newest = np.arange(begin, end)[: size // 2]
    past = end + task.memory
    drawn = np.empty((steps, len(task.seeds), size), dtype=np.int64)
    drawn[..., : len(newest)] = newest
    for s, seed in enumerate(task.seeds):
        drawn[:, s, len(newest) :] = generator("replay", seed, begin).integers(
            0, past, (steps, size - len(newest))
        )
    remembered = drawn >= end
    drawn[remembered] += task.examples.index.shape[1] - past
    return drawn


class _Temperature:
    """Forward calibration: after each round one Newton step of the log inverse temperature, on fading statistics."""

    def __init__(self, average: State, curvature: Tensor | None = None):
        self.average = average
        self.curvature = torch.zeros_like(average.scale) if curvature is None else curvature

    def step(self, logits: Tensor, labels: Tensor, begin: int) -> None:
        """Follow logits (J, m, C), at the present temperature, of the labels (J, m) that were coded after ``begin``."""
        p = logits.softmax(-1)
        mean = (p * logits).sum(-1)
        slope = (mean - logits.gather(-1, labels[..., None])[..., 0]).sum(-1)
        self.curvature *= begin / (begin + CALIBRATION * logits.shape[1])
        self.curvature += ((p * logits.square()).sum(-1) - mean.square()).sum(-1)
        change = (-slope / (self.curvature + CALIBRATION_PRIOR)).clamp(-0.5, 0.5)
        self.average.scale.mul_(change.exp()).clamp_(0.02, 8.0)
