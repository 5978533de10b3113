"""Bits by seed, and what seeds have in common because they draw their examples from one data set.

A seed's total is a sum over the examples that it codes. Where two seeds code the same example, and
it saves many bits for both, their totals vary together: less by chance than they seem to.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float64, Int64
from scipy.sparse import csr_array


@dataclass(frozen=True)
class Part:
    """What the examples of one data set add to each seed's total.

    Attributes:
        apart: (S, N) bits of each example, or group, beyond the mean of its block.
        coded: (S, N) ones where it was coded.
    """

    apart: csr_array
    coded: csr_array


@dataclass(frozen=True)
class Sample:
    """A quantity in bits of S seeds; sums and differences of it keep track of shared examples.

    ``units`` is what seeds may share: ``examples``, or the ``groups`` that these come in.
    """

    by_seed: Float64[np.ndarray, " S"]
    parts: Mapping[str, Part] = field(default_factory=dict)
    units: str = "examples"

    def __add__(self, other: "Sample") -> "Sample":
        return self._joined(other, 1)

    def __sub__(self, other: "Sample") -> "Sample":
        return self._joined(other, -1)

    def __rmul__(self, factor: float) -> "Sample":
        parts = {d: Part(factor * part.apart, part.coded) for d, part in self.parts.items()}
        return Sample(factor * self.by_seed, parts, self.units)

    def _joined(self, other: "Sample", sign: int) -> "Sample":
        parts = dict(self.parts)
        for data, theirs in other.parts.items():
            mine = parts.get(data, Part(0 * theirs.apart, 0 * theirs.coded))
            width = max(mine.coded.shape[1], theirs.coded.shape[1])
            apart = _wider(mine.apart, width) + sign * _wider(theirs.apart, width)
            coded = _wider(mine.coded, width).maximum(_wider(theirs.coded, width))
            parts[data] = Part(apart, coded)
        units = self.units if self.parts else other.units
        return Sample(self.by_seed + sign * other.by_seed, parts, units)

    @property
    def covariance(self) -> float:
        """Of the totals of two seeds, due to the examples that both code, in bits squared.

        The mean over pairs of seeds of the products of what a shared example adds to either; with
        streams of k of N examples it is f k c on average, f = k / N, and c the covariance of an
        example's bits between seeds. 0 with one seed.
        """
        return sum(_between(part.apart) for part in self.parts.values())

    @property
    def shared(self) -> float:
        """Share of a seed's examples that another codes too, f; the largest of several data sets.

        NaN where it is not known, or with one seed.
        """
        if len(self.by_seed) < 2:
            return math.nan
        found = [_between(p.coded) / p.coded.sum(axis=1).mean() for p in self.parts.values()]
        return float(max(found, default=math.nan))


def sample(
    bits: Float64[np.ndarray, "S k"],
    index: Int64[np.ndarray, "S m"] | None,
    blocks: Int64[np.ndarray, "B 2"] | Sequence[tuple[int, int]],
    data: str = "",
    group: Int64[np.ndarray, "S m"] | None = None,
) -> Sample:
    """The sum of a stream's bits, or of their differences, by seed.

    Args:
        bits: Of each label, in coding order.
        index: Examples of these labels and perhaps of later ones; None where it is not known what
            seeds share.
        blocks: Their (start, stop), up to k or beyond: early labels save more than late ones,
            whatever they are of, so that the mean of a block says nothing of its examples.
        data: The data set's name, where quantities of several are put together.
        group: Of the same examples, where they come in groups: two seeds that code one person's
            rows have that person in common.
    """
    index, units = (index, "examples") if group is None else (group, "groups")
    if index is None:
        return Sample(bits.sum(axis=1))
    seeds, k = bits.shape
    apart = bits.copy()
    for start, stop in blocks:
        here = apart[:, start : min(stop, k)]
        if here.size:
            here -= here.mean(axis=1, keepdims=True)
    places = np.repeat(np.arange(seeds), k), index[:, :k].ravel()
    shape = (seeds, int(index.max()) + 1)
    coded = csr_array((np.ones(seeds * k), places), shape).sign()  # a group's counts are summed
    part = Part(csr_array((apart.ravel(), places), shape), coded)
    return Sample(bits.sum(axis=1), {data: part}, units)


def _wider(array: csr_array, width: int) -> csr_array:
    found = array.copy()
    found.resize(array.shape[0], width)
    return found


def _between(array: csr_array) -> float:
    """Mean over pairs of rows of their inner product; 0 with one row."""
    # Only columns that are there: a transposed array has room for each, and ids may be large.
    there, column = np.unique(array.indices, return_inverse=True)
    rows = array.shape[0]
    narrow = csr_array((array.data, column, array.indptr), (rows, len(there)))
    products = (narrow @ narrow.T).toarray()
    return float((products.sum() - products.trace()) / max(rows * (rows - 1), 1))
