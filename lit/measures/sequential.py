"""Where along a stream one code overtakes another: bounds that hold at every number of labels at
once. No I/O, no torch."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from jaxtyping import Float64, Int64
from scipy import special
from scipy.optimize import elementwise

ERROR = 0.05  # probability that any bound fails, of any pair, at any number of labels


@dataclass(frozen=True)
class Lead:
    """One arm is surely ahead of another after so many labels.

    Attributes:
        low, high: Bounds of the bits that ``arm`` was expected to save against ``over``, 0 < low.
    """

    arm: str
    over: str
    labels: int
    low: float
    high: float

    @property
    def bits(self) -> float:
        """Bits saved, mean over seeds."""
        return (self.low + self.high) / 2


def leads(
    bits: Mapping[str, Float64[np.ndarray, "S k"]], ends: Int64[np.ndarray, " E"], most: float
) -> list[Lead]:
    """Where any arm is surely ahead of any other: where the bounds of what it saves exclude 0.

    All bounds of all pairs hold together with a probability of at least 0.95, each pair having an
    equal share of the error (Bonferroni).

    Args:
        bits: Of each label, by arm. All arms code the same labels.
        ends: Numbers of labels after which to look, ascending.
        most: Bits that no label can exceed.

    Returns:
        Pair by pair, each in the order of ``ends``.
    """
    pairs = list(combinations(bits, 2))
    moments = [_moments(bits[b] - bits[a], ends, most) for a, b in pairs]
    sums, squares = np.stack(moments, axis=1)
    seeds = len(next(iter(bits.values())))
    low, high = _bounds(sums, squares, seeds, most, ERROR / len(pairs))
    found = []
    for i, j in np.argwhere((low > 0) | (high < 0)):
        (a, b), labels = pairs[i], int(ends[j])
        if low[i, j] > 0:
            found.append(Lead(a, b, labels, float(low[i, j]), float(high[i, j])))
        else:
            found.append(Lead(b, a, labels, float(-high[i, j]), float(-low[i, j])))
    return found


def overtakings(found: Iterable[Lead]) -> list[tuple[Lead, Lead]]:
    """Each lead of an arm whose rival had the last lead before it, and that last one."""
    last: dict[frozenset[str], Lead] = {}
    changes = []
    for lead in found:
        pair = frozenset((lead.arm, lead.over))
        before = last.get(pair, lead)
        if before.arm != lead.arm:
            changes.append((lead, before))
        last[pair] = lead
    return changes


def confidence_sequence(
    values: Float64[np.ndarray, "S k"], ends: Int64[np.ndarray, " E"], most: float, error: float
) -> tuple[Float64[np.ndarray, " E"], Float64[np.ndarray, " E"]]:
    """Bounds of the sum of what the values so far were expected to be, mean over seeds.

    Expected is a value before it is drawn, given everything before it; what that is may change
    from value to value. With a probability of at least ``1 - error`` the bounds hold at all
    positions together, so one may look as often as one likes. The empirical-Bernstein confidence
    sequence of Choe and Ramdas (2023, arXiv:2110.00115) with values centred at 0, and a
    gamma-exponential mixture of scale rho = most^2 (Howard et al. 2021, proposition 9).

    Seeds take turns at each position, so S of them narrow the bounds. Their draws must be
    independent given what is fixed.

    Args:
        values: By seed and position, such as differences of bits.
        ends: Positions to give bounds for: after so many values.
        most: What no value can exceed in size, known beforehand.
        error: Probability that a bound fails, both sides together.

    Returns:
        Lower and upper bounds, in the unit of the values.

    Raises:
        ValueError: a value beyond ``most``.
    """
    return _bounds(*_moments(values, ends, most), len(values), most, error)


def _moments(
    values: Float64[np.ndarray, "S k"], ends: Int64[np.ndarray, " E"], most: float
) -> tuple[Float64[np.ndarray, " E"], Float64[np.ndarray, " E"]]:
    """Sums of values and of their squares up to each end, all seeds together."""
    largest = np.abs(values).max()
    if largest > most:
        raise ValueError(f"a value of size {largest:g} is beyond the most, {most:g}")
    sums, squares = values.sum(axis=0), np.square(values).sum(axis=0)
    return sums.cumsum()[ends - 1], squares.cumsum()[ends - 1]


def _bounds(
    sums: Float64[np.ndarray, "*P E"],
    squares: Float64[np.ndarray, "*P E"],
    seeds: int,
    most: float,
    error: float,
) -> tuple[Float64[np.ndarray, "*P E"], Float64[np.ndarray, "*P E"]]:
    """As far from the sums as the e-value of either side does not exceed 2 / error."""
    wanted = np.log(2 / error)

    def excess(reach: np.ndarray, squares: np.ndarray) -> np.ndarray:
        return log_e_value(reach, squares) - wanted

    scaled = (squares / most**2,)
    around = elementwise.bracket_root(excess, 0.0, wanted, xmin=0.0, args=scaled)
    reach = most * elementwise.find_root(excess, around.bracket, args=scaled).x
    return (sums - reach) / seeds, (sums + reach) / seeds


def log_e_value(
    sums: Float64[np.ndarray, "*P E"], squares: Float64[np.ndarray, "*P E"]
) -> Float64[np.ndarray, "*P E"]:
    """Natural logarithm of the e-value against "so far at most 0 was expected".

    It is the capital of who began with 1 and bets on each value, in parts that stake from nothing
    to everything. Under that hypothesis it ever reaches 1 / error with a probability of at most
    ``error``.

    Args:
        sums: Sum of values of at least -1 each; not below 0.
        squares: Sum of their squares.
    """
    shape, rate = squares + 1, sums + squares + 1
    below = np.log(special.gammainc(shape, rate) / -np.expm1(-1))
    return below + special.gammaln(shape) - shape * np.log(rate) + rate - 1
