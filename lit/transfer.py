"""Information Transfer from code lengths: paired differences by seed, with intervals. No I/O, no torch.

L_IT^k(M) = L_theta0(y_1:k | x_1:k) - L_M(y_1:k | x_1:k)   (arXiv:2009.07624)
K(M_n)    = L_theta0(y_1:n | x_1:n) - sum_i -log2 p_M(y_i | x_i)   over the n training examples
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy import stats

RESAMPLES = 9999


@dataclass(frozen=True)
class CodeLengths:
    """Code lengths of one stream for S seeds.

    Attributes:
        bits: (S, k) float64 bits of each label, in coding order, under the mixture of experts.
        seeds: The S seeds.
        classes: Number of classes.
        index: (S, k) rows of the data set in coding order.
        experts: (S, k) bits by expert's name.
    """

    bits: np.ndarray
    seeds: list[int]
    classes: int
    index: np.ndarray
    experts: dict[str, np.ndarray]

    @property
    def total(self) -> np.ndarray:
        """(S,) bits of the whole stream."""
        return self.bits.sum(axis=1)

    @property
    def uniform(self) -> float:
        """k log2 C, bits of the uniform code."""
        return self.bits.shape[1] * math.log2(self.classes)


@dataclass(frozen=True)
class Estimate:
    """Mean over seeds in bits, its standard error, and a 95 % bootstrap interval (NaN with one seed, or of NaN)."""

    mean: float
    se: float
    ci: tuple[float, float]
    by_seed: np.ndarray


def estimate(values: np.ndarray) -> Estimate:
    """Mean, standard error and bias-corrected accelerated bootstrap interval (SciPy) of values (S,) by seed.

    Values that hold NaN have no interval. Few seeds make a bootstrap interval too narrow; with five, 95 % covers rather less.
    """
    values = np.asarray(values, dtype=np.float64)
    mean = float(values.mean())
    if len(values) < 2 or math.isnan(mean):
        return Estimate(mean, math.nan, (math.nan, math.nan), values)
    se = float(stats.sem(values))
    if np.ptp(values) == 0:
        return Estimate(mean, se, (mean, mean), values)
    rng = np.random.default_rng(0)
    result = stats.bootstrap((values,), np.mean, n_resamples=RESAMPLES, method="BCa", rng=rng)
    interval = result.confidence_interval
    return Estimate(mean, se, (float(interval.low), float(interval.high)), values)


def ratio_of_means(above: np.ndarray, below: np.ndarray) -> tuple[float, tuple[float, float]]:
    """mean(above) / mean(below) of paired values (S,), and its 95 % percentile bootstrap interval.

    Equal arrays give exactly 1. It is NaN where mean(below) is not positive, a share of nothing; so is the interval where that
    holds for a bootstrap sample, and with one pair.
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


def probability_below_zero(values: np.ndarray) -> float:
    """Share of bootstrap samples of values (S,) by seed whose mean is below 0, ties by half; NaN with one seed."""
    if len(values) < 2:
        return math.nan
    drawn = np.random.default_rng(0).integers(len(values), size=(RESAMPLES, len(values)))
    means = np.asarray(values, dtype=np.float64)[drawn].mean(axis=1)
    return float(np.mean(means < 0) + np.mean(means == 0) / 2)


def information_transfer(cold: CodeLengths, warm: CodeLengths) -> Estimate:
    """L_IT in bits: the paired difference by seed of the same stream's code from theta0 and from M. Never clipped.

    Args:
        cold: Code lengths that start from theta0.
        warm: Code lengths that start from M.

    Raises:
        ValueError: the two did not code the same examples in the same order with the same seeds.
    """
    if cold.seeds != warm.seeds or not np.array_equal(cold.index, warm.index):
        raise ValueError("cold and warm must code the same examples in the same order with the same seeds")
    return estimate(cold.total - warm.total)


def train_set_information(cold_bits: np.ndarray, trained_bits: np.ndarray) -> np.ndarray:
    """(S,) K(M_n) in bits, from (S, n) bits of the training labels under the theta0 coder and under the trained M."""
    return cold_bits.sum(axis=1) - trained_bits.sum(axis=1)
