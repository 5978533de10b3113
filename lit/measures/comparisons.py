"""Several arms compared with each other: which are surely different, for all pairs at once."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from jaxtyping import Float64, Num

from lit.measures.intervals import Estimate, estimate
from lit.measures.samples import Sample

LEVEL = 0.05  # probability that any pair is told apart, where nothing differs


@dataclass(frozen=True)
class Pair:
    """What one arm has more than another: the estimate, and its p-value, adjusted (Holm)."""

    one: str
    other: str
    more: Estimate
    p: float

    @property
    def apart(self) -> bool:
        """Whether the two are told apart."""
        return self.p <= LEVEL


def compare_pairs(values: Mapping[str, Num[np.ndarray, " S"] | Sample]) -> list[Pair]:
    """All pairs of arms, by paired t-tests over seeds, adjusted for their number.

    With fewer than three seeds there are no tests, and no pair is told apart.
    """
    pairs = list(combinations(values, 2))
    found = [estimate(values[a] - values[b]) for a, b in pairs]  # type: ignore[operator]
    adjusted = holm(np.array([one.p for one in found])).tolist()
    return [Pair(*names, *rest) for names, *rest in zip(pairs, found, adjusted, strict=True)]


def not_told_from(name: str, pairs: Iterable[Pair]) -> list[str]:
    """Arms that cannot be told from one."""
    alike = [pair for pair in pairs if name in (pair.one, pair.other) and not pair.apart]
    return [pair.other if pair.one == name else pair.one for pair in alike]


def p_against(name: str, pairs: Iterable[Pair]) -> dict[str, float]:
    """Adjusted p-values of the comparisons with one arm, by the other; NaN for itself."""
    own = [pair for pair in pairs if name in (pair.one, pair.other)]
    others = {pair.other if pair.one == name else pair.one: pair.p for pair in own}
    return {name: math.nan, **others}


def holm(p: Float64[np.ndarray, " T"]) -> Float64[np.ndarray, " T"]:
    """P-values adjusted for how many there are (Holm 1979); NaN stays, and does not count."""
    order = np.argsort(p)  # NaN comes last
    count = np.count_nonzero(~np.isnan(p))
    worst = np.maximum.accumulate(p[order] * (count - np.arange(len(p))))
    adjusted = np.empty(len(p))
    adjusted[order] = np.minimum(worst, 1)
    return adjusted
