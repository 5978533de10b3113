"""Intervals hold the mean as often as they say, on simulated seeds."""

import numpy as np
import pytest
from scipy import stats

from lit.measures.intervals import estimate, ratio_of_means

DRAWN = 4000


def covered(values, truth):
    low, high = np.transpose([estimate(v).ci for v in values])
    return ((low <= truth) & (truth <= high)).mean()


@pytest.mark.parametrize("seeds", [3, 5, 10])
def test_an_interval_holds_the_mean_in_95_of_100_studies(rng, seeds):
    assert 0.935 < covered(rng.normal(100, 20, (DRAWN, seeds)), 100) < 0.965
    assert covered(rng.exponential(20, (DRAWN, seeds)), 20) > 0.86


def test_an_interval_is_that_of_scipy(rng):
    values = rng.normal(size=7)
    wanted = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    assert estimate(values).ci == pytest.approx((wanted.low, wanted.high))


def test_an_interval_of_a_ratio_holds_it_in_95_of_100_studies(rng):
    shared = rng.normal(0, 8, (DRAWN, 5))
    above = 60 + shared + rng.normal(0, 8, (DRAWN, 5))
    below = 100 + shared + rng.normal(0, 8, (DRAWN, 5))
    found = np.array([ratio_of_means(a, b)[1] for a, b in zip(above, below, strict=True)])
    assert np.isfinite(found).all()
    held = (found[:, 0] <= 0.6) & (found[:, 1] >= 0.6)
    assert 0.935 < held.mean() < 0.965


def test_a_share_of_what_may_be_nothing_has_no_interval(rng):
    below = np.array([10.0, -6.0, 9.0, -4.0, 8.0])
    share, interval = ratio_of_means(below / 2 + rng.normal(size=5), below)
    assert np.isfinite(share)
    assert np.isnan(interval).all()
