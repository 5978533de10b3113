"""Means over seeds, and how sure they are. No I/O, no torch."""

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Num
from scipy import stats

RESAMPLES = 9999
FEWEST = 3  # seeds that have an interval


@dataclass(frozen=True, repr=False)
class Estimate:
    """Mean over S seeds in bits, its standard error (NaN with one) and 95 % interval (NaN below
    three)."""

    mean: float
    se: float
    ci: tuple[float, float]
    by_seed: Float64[np.ndarray, " S"]

    def __repr__(self) -> str:
        if len(self.by_seed) == 1:
            return f"Estimate({self.mean:.1f} bits; 1 seed, no standard error)"
        low, high = self.ci
        interval = "no interval" if math.isnan(low) else f"95 % interval {low:.1f} to {high:.1f}"
        mean = f"{self.mean:.1f} bits, s.e. {self.se:.1f}"
        return f"Estimate({mean}, {interval}; {len(self.by_seed)} seeds)"


def estimate(values: Num[np.ndarray, "..."]) -> Estimate:
    """Mean, standard error and Student's t interval of values by seed, S - 1 degrees of freedom.

    Values that are not finite have no interval, nor have fewer than three seeds: the t quantile of
    two is 12.7, and their spread says next to nothing.

    Raises:
        ValueError: not one value a seed.
    """
    values = np.asarray(values, dtype=np.float64)
    if values.ndim != 1 or not len(values):
        raise ValueError(
            f"values have shape {values.shape}; write one a seed, such as .total of code lengths"
        )
    mean = float(values.mean())
    if len(values) < 2 or not math.isfinite(mean):
        return Estimate(mean, math.nan, (math.nan, math.nan), values)
    se = float(stats.sem(values)) if np.ptp(values) else 0.0
    reach = se * quantile(len(values))
    return Estimate(mean, se, (mean - reach, mean + reach), values)


def quantile(seeds: int) -> float:
    """Of Student's t, so that it leaves out 2.5 % on each side; NaN below three seeds."""
    return float(stats.t.ppf(0.975, seeds - 1)) if seeds >= FEWEST else math.nan


def ratio_of_means(
    above: Num[np.ndarray, " S"], below: Num[np.ndarray, " S"]
) -> tuple[float, tuple[float, float]]:
    """mean(above) / mean(below) of paired values, and its 95 % interval (Fieller 1954).

    Equal arrays give exactly 1. It is NaN where mean(below) is not positive, a share of nothing; so
    is the interval where 0 lies within that of mean(below), and below three pairs.
    """
    if np.array_equal(above, below):
        return 1.0, (1.0, 1.0)
    if below.mean() <= 0:
        return math.nan, (math.nan, math.nan)
    a, b = above.mean(), below.mean()
    if len(below) < FEWEST:
        return float(a / b), (math.nan, math.nan)
    # Ratios r at which above - r below cannot be told from 0 lie between the roots of
    # (bb - sbb) r^2 - 2 (ab - sab) r + (aa - saa), each s a (co)variance of means times t^2.
    spread = np.cov(above, below) / len(below) * quantile(len(below)) ** 2
    square, cross, rest = b * b - spread[1, 1], a * b - spread[0, 1], a * a - spread[0, 0]
    if square <= 0:
        return float(a / b), (math.nan, math.nan)
    root = math.sqrt(max(cross * cross - square * rest, 0.0))
    return float(a / b), (float((cross - root) / square), float((cross + root) / square))


def probability_below_zero(values: Num[np.ndarray, " S"]) -> float:
    """Share of bootstrap samples whose mean is below 0, ties by half; NaN with one seed."""
    if len(values) < 2:
        return math.nan
    drawn = np.random.default_rng(0).integers(len(values), size=(RESAMPLES, len(values)))
    means = np.asarray(values, dtype=np.float64)[drawn].mean(axis=1)
    return float(np.mean(means < 0) + np.mean(means == 0) / 2)
