"""Means over seeds, and how sure they are. No I/O, no torch."""

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Num
from scipy import stats

RESAMPLES = 9999


@dataclass(frozen=True, repr=False)
class Estimate:
    """Mean over S seeds in bits, its standard error and 95 % bootstrap interval (NaN with one)."""

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
    """Mean, standard error and bias-corrected accelerated bootstrap interval of values by seed.

    Values that are not finite have no interval. Few seeds make a bootstrap interval too narrow;
    with five, 95 % covers rather less.

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
    se = float(stats.sem(values))
    if np.ptp(values) == 0:
        return Estimate(mean, se, (mean, mean), values)
    rng = np.random.default_rng(0)
    result = stats.bootstrap((values,), np.mean, n_resamples=RESAMPLES, method="BCa", rng=rng)
    interval = result.confidence_interval
    return Estimate(mean, se, (float(interval.low), float(interval.high)), values)


def ratio_of_means(
    above: Num[np.ndarray, " S"], below: Num[np.ndarray, " S"]
) -> tuple[float, tuple[float, float]]:
    """mean(above) / mean(below) of paired values, and its 95 % percentile bootstrap interval.

    Equal arrays give exactly 1. It is NaN where mean(below) is not positive, a share of nothing; so
    is the interval where that holds for a bootstrap sample, and with one pair.
    """
    if np.array_equal(above, below):
        return 1.0, (1.0, 1.0)
    if below.mean() <= 0:
        return math.nan, (math.nan, math.nan)
    ratio = float(above.mean() / below.mean())
    drawn = np.random.default_rng(0).integers(len(below), size=(RESAMPLES, len(below)))
    means = below[drawn].mean(axis=1)
    if len(below) < 2 or means.min() <= 0:
        return ratio, (math.nan, math.nan)
    low, high = np.quantile(above[drawn].mean(axis=1) / means, [0.025, 0.975])
    return ratio, (float(low), float(high))


def probability_below_zero(values: Num[np.ndarray, " S"]) -> float:
    """Share of bootstrap samples whose mean is below 0, ties by half; NaN with one seed."""
    if len(values) < 2:
        return math.nan
    drawn = np.random.default_rng(0).integers(len(values), size=(RESAMPLES, len(values)))
    means = np.asarray(values, dtype=np.float64)[drawn].mean(axis=1)
    return float(np.mean(means < 0) + np.mean(means == 0) / 2)
