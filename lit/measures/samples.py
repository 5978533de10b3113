"""Bits by seed, and what seeds have in common because they draw their examples from one data set.

A seed's total is a sum over the examples that it codes. Where two seeds code the same example, and
it saves many bits for both, their totals vary together: less by chance than they seem to.
"""

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Bool, Float64, Int64


@dataclass(frozen=True)
class Part:
    """What the examples of one data set add to each seed's total.

    Attributes:
        apart: Bits of each example beyond the mean of its block; 0 where it was not coded.
        coded: Whether it was.
    """

    apart: Float64[np.ndarray, "S N"]
    coded: Bool[np.ndarray, "S N"]


@dataclass(frozen=True)
class Sample:
    """A quantity in bits of S seeds; sums and differences of it keep track of shared examples."""

    by_seed: Float64[np.ndarray, " S"]
    parts: Mapping[str, Part] = field(default_factory=dict)

    def __add__(self, other: "Sample") -> "Sample":
        return self._joined(other, 1)

    def __sub__(self, other: "Sample") -> "Sample":
        return self._joined(other, -1)

    def _joined(self, other: "Sample", sign: int) -> "Sample":
        parts = dict(self.parts)
        for data, part in other.parts.items():
            mine = parts.get(data, Part(np.zeros((len(self.by_seed), 0)), part.coded[:, :0]))
            width = max(mine.coded.shape[1], part.coded.shape[1])
            apart = _wider(mine.apart, width) + sign * _wider(part.apart, width)
            coded = _wider(mine.coded, width) | _wider(part.coded, width)
            parts[data] = Part(apart, coded)
        return Sample(self.by_seed + sign * other.by_seed, parts)

    @property
    def covariance(self) -> float:
        """Of the totals of two seeds, due to the examples that both code, in bits squared.

        The mean over pairs of seeds of the products of what a shared example adds to either; with
        streams of k of N examples it is f k c on average, f = k / N, and c the covariance of an
        example's bits between seeds.
        """
        seeds = len(self.by_seed)
        if seeds < 2:
            return 0.0
        found = [
            float((p.apart.sum(axis=0) ** 2).sum() - (p.apart**2).sum())
            for p in self.parts.values()
        ]
        return sum(found) / (seeds * (seeds - 1))

    @property
    def shared(self) -> float:
        """Share of a seed's examples that another codes too, f; the largest of several data sets.

        NaN where it is not known, or with one seed.
        """
        if len(self.by_seed) < 2:
            return math.nan
        found = [_overlap(part.coded) for part in self.parts.values()]
        return max(found, default=math.nan)


def sample(
    bits: Float64[np.ndarray, "S k"],
    index: Int64[np.ndarray, "S k"],
    blocks: Int64[np.ndarray, "B 2"] | Sequence[tuple[int, int]],
    data: str = "",
) -> Sample:
    """The sum of a stream's bits, or of their differences, by seed.

    Args:
        bits: Of each label, in coding order.
        index: Rows of the data set.
        blocks: Their (start, stop), up to k or beyond: early labels save more than late ones,
            whatever they are of, so that the mean of a block says nothing of its examples.
        data: The data set's name, where quantities of several are put together.
    """
    seeds, k = bits.shape
    apart, coded = np.zeros((seeds, index.max() + 1)), np.zeros((seeds, index.max() + 1), bool)
    rows = np.arange(seeds)[:, None]
    coded[rows, index[:, :k]] = True
    for start, stop in blocks:
        here = slice(start, min(stop, k))
        if here.start < here.stop:
            apart[rows, index[:, here]] = bits[:, here] - bits[:, here].mean(axis=1, keepdims=True)
    return Sample(bits.sum(axis=1), {data: Part(apart, coded)})


def _wider(array: np.ndarray, width: int) -> np.ndarray:
    return np.pad(array, ((0, 0), (0, width - array.shape[1])))


def _overlap(coded: Bool[np.ndarray, "S N"]) -> float:
    """Mean over pairs of seeds of the share of examples that both code."""
    both = [(a & b).sum() for a, b in itertools.combinations(coded, 2)]
    return float(np.mean(both) / coded.sum(axis=1).mean())
