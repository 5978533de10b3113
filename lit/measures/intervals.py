"""Means over seeds, and how sure they are. No I/O, no torch."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from jaxtyping import Float64, Num
from scipy import special

from lit.measures.samples import Sample

FEWEST = 3  # seeds that have an interval
FEWEST_FOR_SKEWNESS = 10
SKEWED = 0.01  # of values that are not skewed, the share that is called so
MOSTLY = 0.5  # share of common examples above which a notebook and check say so
SHARED = 0.1  # share of common examples above which an interval is about examples like these


@dataclass(frozen=True)
class Spread:
    """How sure a mean is: its standard error, 95 % interval, and the two-sided p-value of its being
    0. NaN where there is none."""

    se: float = math.nan
    ci: tuple[float, float] = (math.nan, math.nan)
    p: float = math.nan


@dataclass(frozen=True, repr=False)
class Estimate:
    """Mean over S seeds in bits, and how sure it is.

    There are two questions. About *these examples*: what would other seeds give on this data set?
    About *examples like these*: what would another data set of the same kind give? Seeds that code
    the same examples say little of the second.

    Attributes:
        mean: Over seeds.
        these, like: How sure it is about these examples, and about examples like these.
        sample: What it is of, with the examples that seeds share, where they are known.
        of: How it was measured, as far as that is known: what two must share to be subtracted.
        one_draw: Whether all seeds' M's were trained on the same examples, so that no interval
            knows what others would have taught.
    """

    mean: float
    these: Spread
    like: Spread
    sample: Sample
    of: Mapping[str, Any] = field(default_factory=dict)
    one_draw: bool = False

    def __sub__(self, other: "Estimate") -> "Estimate":
        """The difference of two, paired by seed, with an interval of its own.

        Where both are of the same examples, those that seeds share count once.

        Raises:
            ValueError: the two have other seeds, or were measured in other ways; it says which.
        """
        if not isinstance(other, Estimate):
            return NotImplemented
        if len(self.by_seed) != len(other.by_seed):
            found = f"{len(self.by_seed)} and {len(other.by_seed)}"
            raise ValueError(f"two estimates of {found} seeds have no pairs; take equal seeds")
        for name in self.of:  # in their order, so that the error is the same in every session
            if name in other.of and self.of[name] != other.of[name]:
                raise ValueError(
                    f"of two estimates {name} is {self.of[name]} and {other.of[name]}, so that they"
                    f" do not compare; measure both with the same {name}"
                )
        one_draw = self.one_draw or other.one_draw
        difference = estimate(self.sample - other.sample)
        return replace(difference, of=dict(self.of), one_draw=one_draw)

    @property
    def by_seed(self) -> Float64[np.ndarray, " S"]:
        """The S values."""
        return self.sample.by_seed

    @cached_property
    def shared(self) -> float:
        """Share of a seed's examples that another codes too; NaN where it is not known."""
        return self.sample.shared

    @property
    def about(self) -> str:
        """What the interval is about: examples, or groups, like these, where seeds share more than
        a tenth of them."""
        return f"{self.sample.units} like these" if self.shared > SHARED else "these examples"

    @property
    def skewed(self) -> bool:
        """Whether the values are surely skewed, from ten seeds on (D'Agostino 1970, at 1 %).

        The interval is then too short on the side of the long tail: at 10 seeds of an exponential
        distribution, 90 of 100 hold.
        """
        if len(self.by_seed) < FEWEST_FOR_SKEWNESS or not np.ptp(self.by_seed):
            return False
        from scipy import stats  # which takes most of a second to load

        return bool(stats.skewtest(self.by_seed).pvalue < SKEWED)

    @property
    def _shown(self) -> Spread:
        return self.like if self.shared > SHARED else self.these

    @property
    def se(self) -> float:
        """Standard error, see :attr:`about`; NaN with one seed."""
        return self._shown.se

    @property
    def ci(self) -> tuple[float, float]:
        """95 % interval, see :attr:`about`; NaN below three seeds."""
        return self._shown.ci

    @property
    def p(self) -> float:
        """Two-sided p-value of the mean being 0, see :attr:`about`; NaN below three seeds."""
        return self._shown.p

    def __repr__(self) -> str:
        if len(self.by_seed) == 1:
            return f"Estimate({self.mean:.1f} bits; 1 seed, no standard error)"
        low, high = self.ci
        interval = "no interval" if math.isnan(low) else f"95 % interval {low:.1f} to {high:.1f}"
        mean = f"{self.mean:.1f} bits, s.e. {self.se:.1f}"
        about = self.about
        if self.shared > MOSTLY:
            about += f", as seeds code mostly the same: f = {self.shared:.2f}"
        if self.one_draw:
            about += "; of one draw of M's examples"
        code = f"; code {self.of['code']}" if "code" in self.of else ""
        return f"Estimate({mean}, {interval}; {len(self.by_seed)} seeds; {about}{code})"


def estimate(values: Num[np.ndarray, "..."] | Sample) -> Estimate:
    """Mean of values by seed, and how sure it is.

    About these examples: Student's t of S - 1 degrees of freedom. About examples like these: the
    variance s^2 / S of the mean, and besides the covariance of seeds that share examples (not below
    0), which s^2 does not hold; degrees of freedom by Satterthwaite (1946), as though the
    covariance, of many examples, were known; and never surer than about these examples. Plain
    arrays have no shared examples.

    Values that are not finite have no interval, nor have fewer than three seeds: the t quantile of
    two is 12.7, and their spread says next to nothing.

    Raises:
        ValueError: not one value a seed.
    """
    by_seed = values.by_seed if isinstance(values, Sample) else np.asarray(values, dtype=float)
    if by_seed.ndim != 1 or not len(by_seed):
        raise ValueError(
            f"values have shape {by_seed.shape}; write one a seed, such as .total of code lengths"
        )
    one = values if isinstance(values, Sample) else Sample(by_seed)
    mean, freedom = float(by_seed.mean()), len(by_seed) - 1
    if not freedom or not math.isfinite(mean):
        return Estimate(mean, Spread(), Spread(), one)
    # Equal values have no spread, which rounding may not make one.
    own = float(by_seed.var(ddof=1)) / len(by_seed) if np.ptp(by_seed) else 0.0
    both = own + max(one.covariance, 0.0)
    these = like = _spread(mean, own, freedom)
    if both > own:
        wide = _spread(mean, both, freedom * (both / own) ** 2 if own else math.inf)
        # Below three seeds there are no ends and no p, NaN, which these keep as they come first.
        low, high = min(these.ci[0], wide.ci[0]), max(these.ci[1], wide.ci[1])
        like = Spread(wide.se, (low, high), max(these.p, wide.p))
    return Estimate(mean, these, like, one)


def _spread(mean: float, variance: float, df: float) -> Spread:
    """Of a mean with this variance, by Student's t."""
    se = math.sqrt(variance)
    if df < FEWEST - 1:
        return Spread(se)
    reach = se * quantile(df)
    p = 2 * float(special.stdtr(df, -abs(mean) / se)) if se else float(mean == 0)
    return Spread(se, (mean - reach, mean + reach), p)


def quantile(df: float) -> float:
    """Of Student's t, so that it leaves out 2.5 % on each side; NaN below three seeds."""
    return float(special.stdtrit(df, 0.975)) if df >= FEWEST - 1 else math.nan


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
    spread = np.cov(above, below) / len(below) * quantile(len(below) - 1) ** 2
    square, cross, rest = b * b - spread[1, 1], a * b - spread[0, 1], a * a - spread[0, 0]
    if square <= 0:
        return float(a / b), (math.nan, math.nan)
    root = math.sqrt(max(cross * cross - square * rest, 0.0))
    return float(a / b), (float((cross - root) / square), float((cross + root) / square))
