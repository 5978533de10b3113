"""Learning while coding: a block in rounds, each scored before its labels are trained on.

Bornschein, Li, Hutter 2023 (arXiv:2210.07931): score a few examples with averaged weights, take one
step of the temperature, then train on them and on examples drawn uniformly from the past.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float64, Int64
from torch import Tensor, nn

from lit.coding.channel import Coded, Predictions, Stream
from lit.files.result_files import Arrays
from lit.rng import generator
from lit.training.batch_norm import renew_statistics
from lit.training.options import Descent
from lit.training.scoring import score
from lit.training.stack import Stack
from lit.training.state import State
from lit.training.temperature import one_behind_another

AVERAGING = 20.0  # weights are averaged over the last twentieth of the steps
CALIBRATION = 4.0  # the temperature follows about the last quarter of the stream
CALIBRATION_PRIOR = 5.0  # curvature at first, in nats: small steps while few labels are known


@dataclass(frozen=True)
class Rounds:
    """Options of learners that learn while they code.

    Attributes:
        effort: About ``2 effort sqrt(k)`` steps are taken in all: ``effort / sqrt(t)`` an example
            after t of them.
        densest: At most this many steps an example, which holds at the front of the stream.
        round: About this many steps between two scorings.
        settle: After t examples the learning rate is ``lr / sqrt(1 + t / settle)``: what is known
            better is changed less.
    """

    effort: float = 40.0
    densest: float = 4.0
    round: int = 8
    settle: float = 2000.0


def rounds(begin: int, end: int, options: Rounds) -> Iterator[tuple[int, int, int]]:
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


class Learning:
    """Models of variants x seeds, in this order, that learn while they code.

    Attributes:
        average: The averaged weights, and the temperatures, as they are now.
    """

    def __init__(
        self,
        net: nn.Module,
        stream: Stream,
        starts: State,
        variants: Mapping[str, Descent],
        keys: Sequence[tuple[int, ...]],
        options: Rounds,
        known: int = 0,
    ):
        """Begin at the states of all models.

        Args:
            net: The architecture.
            stream: Streams of S seeds.
            starts: Where each model starts.
            variants: How each expert is trained, by its name.
            keys: Integers that name each model's random draws.
            options: Pace of the rounds.
            known: How many examples the start states were trained on: weights are averaged as if
                rounds had brought them there.
        """
        self.net, self.stream, self.options = net, stream, options
        self.variants = variants
        self.rows = stream.rows(len(variants))
        taken = sum(steps for *_, steps in rounds(0, known, options))
        descents = [v for v in variants.values() for _ in stream.seeds]
        self.stack = Stack(net, starts, descents, keys, AVERAGING, taken)
        self.temperature = _Temperature(self.stack.average)
        self.examples = stream.examples.select(self.rows)

    @property
    def average(self) -> State:
        return self.stack.average

    def restore(self, arrays: Arrays) -> None:
        """Go on where :meth:`arrays` was taken."""
        self.stack.restore(arrays)
        curvature = torch.from_numpy(arrays["calibration"]).to(self.average.scale.device)
        self.temperature = _Temperature(self.average, curvature)

    def arrays(self) -> dict[str, np.ndarray]:
        """All that is needed to go on later, for the store."""
        return self.stack.arrays() | {"calibration": self.temperature.curvature.cpu().numpy()}

    def code(
        self, block: tuple[int, int], others: Callable[[int, int], Predictions], coded: Coded
    ) -> Iterator[int]:
        """Code a block round by round; yields the end of each.

        Args:
            block: (begin, end).
            others: Predictions of further experts for the labels begin..end.
            coded: What was trained on and scored by the models is added to it.
        """
        size, count = len(self.stream.seeds), len(self.variants)
        total = self.examples.index.shape[1]
        for begin, end, steps in rounds(*block, self.options):
            sent = self.stream.channel.code(begin, end, lambda *at: others(*at) | self._own(*at))
            self._learn(begin, end, steps, torch.cat([sent[name] for name in self.variants]))
            coded.trained += steps * self.stack.descents[0].batch * count
            known = np.r_[:end, total - self.stream.memory : total]
            seen = [known] * (count * size)
            renewed = renew_statistics(self.net, self.average, self.examples, seen)
            coded.scored += (end - begin) * count + renewed.reshape(count, size).sum(0)
            yield end

    def _own(self, begin: int, end: int) -> Predictions:
        """Of the models as they are now, by their names."""
        logits = score(self.net, self.average, self.examples, begin, end)
        parts = logits.split(len(self.stream.seeds))
        return dict(zip(self.variants, parts, strict=True))

    def _learn(self, begin: int, end: int, steps: int, logits: Float64[Tensor, "J m *T C"]) -> None:
        """Take the steps of a round whose labels are known from here on."""
        known = self.stream.examples.label[self.rows, begin:end]
        self.examples.label[:, begin:end] = known
        self.temperature.step(logits, known, begin)
        positions = _minibatches(self.stream, begin, end, steps, self.stack.descents[0].batch)
        pace = 1 / math.sqrt(1 + begin / self.options.settle)
        for batch in torch.from_numpy(positions).to(self.rows.device):
            self.stack.step(self.examples, batch[self.rows], pace)


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
        self, logits: Float64[Tensor, "J m *T C"], labels: Int64[Tensor, "J m *T"], begin: int
    ) -> None:
        """Follow logits, at the present temperature, of the labels of the examples from ``begin``
        on."""
        fade = begin / (begin + CALIBRATION * logits.shape[1])
        logits, labels, _ = one_behind_another(logits, labels)
        p = logits.softmax(-1)
        mean = (p * logits).sum(-1)
        of_label = logits.gather(-1, labels[..., None])[..., 0]
        slope = (mean - of_label).sum(-1)
        self.curvature *= fade
        self.curvature += ((p * logits.square()).sum(-1) - mean.square()).sum(-1)
        change = (-slope / (self.curvature + CALIBRATION_PRIOR)).clamp(-0.5, 0.5)
        self.average.scale.mul_(change.exp()).clamp_(0.02, 8.0)
