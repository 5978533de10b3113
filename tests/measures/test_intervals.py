"""Intervals hold the mean as often as they say, on simulated seeds."""

import numpy as np
import pytest
from scipy import stats

from lit.measures.intervals import estimate, ratio_of_means
from lit.measures.samples import sample

DRAWN = 2000


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


# Examples like these: data sets drawn anew, of which streams take a share f -----------------------

SIZE, MEAN = 100, 2.0  # examples of a data set; bits of one on average


def drawn(rng, share, seeds, exponential=False):
    """What seeds save on a data set: of an example as much as it has for all of them, and chance."""
    chance = rng.exponential if exponential else rng.normal
    k = round(share * SIZE)
    each, by_seed = (chance(size=size) for size in (SIZE, (seeds, k)))
    index = np.stack([rng.permutation(SIZE)[:k] for _ in range(seeds)])
    bits = each[index] + by_seed + (MEAN - 2 * exponential)
    return estimate(sample(bits, index, [(0, k)]))


def held(found, share):
    """Shares of intervals, about these and about examples like these, that hold what is true of examples like these."""
    truth = MEAN * round(share * SIZE)
    ends = np.array([[one.these.ci, one.like.ci] for one in found])
    return ((ends[:, :, 0] <= truth) & (truth <= ends[:, :, 1])).mean(axis=0)


@pytest.mark.parametrize("seeds", [3, 5, 10])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.8])
def test_intervals_about_examples_like_these_hold_in_95_of_100_data_sets(rng, share, seeds):
    """Those about these examples do not, once seeds share many: that is what the others are for."""
    these, like = held([drawn(rng, share, seeds) for _ in range(400)], share)
    assert 0.93 <= like <= 0.97
    if share >= 0.5:
        assert these < 0.93
    if share >= 0.5 and seeds == 10:
        assert these < 0.75


@pytest.mark.parametrize("seeds", [3, 10])
@pytest.mark.parametrize("share", [0.1, 0.8])
def test_of_a_skewed_distribution_88_of_100_hold(rng, share, seeds):
    found = [drawn(rng, share, seeds, exponential=True) for _ in range(150)]
    assert held(found, share)[1] >= 0.88


def test_an_interval_is_about_what_seeds_share():
    """Three seeds of totals 9, 6 and 9, each two of which share two of three examples: covariances 13, -7 and 4."""
    bits = np.array([[1.0, 2, 6], [5, 1, 0], [4, 3, 2]])
    found = estimate(sample(bits, np.array([[0, 1, 2], [2, 3, 0], [2, 3, 1]]), [(0, 3)]))
    # less their means seeds have -2, -1, 3 of 0, 1, 2; 3, -1, -2 of 2, 3, 0; and 1, 0, -1 of 2, 3, 1
    covariance = ((-2) * (-2) + 3 * 3 + 3 * 1 + (-1) * (-1) + 3 * 1 + (-1) * 0) / 3
    own = stats.sem(bits.sum(axis=1)) ** 2
    assert found.shared == pytest.approx(2 / 3)
    assert found.these.se == pytest.approx(np.sqrt(own))
    assert found.like.se == pytest.approx(np.sqrt(own + covariance))
    freedom = 2 * ((own + covariance) / own) ** 2  # Satterthwaite's, the covariance being known
    student = stats.t(freedom, loc=8, scale=np.sqrt(own + covariance))
    wide, near = student.interval(0.95), stats.t(2, loc=8, scale=np.sqrt(own)).interval(0.95)
    assert found.like.ci == pytest.approx((min(wide[0], near[0]), max(wide[1], near[1])))
    p = max(2 * student.cdf(0), stats.ttest_1samp(bits.sum(axis=1), 0).pvalue)
    assert found.like.p == pytest.approx(p)
    assert found.about == "examples like these"
    assert (found.se, found.ci, found.p) == (found.like.se, found.like.ci, found.like.p)


@pytest.mark.parametrize(("common", "about"), [(1, "these examples"), (2, "examples like these")])
def test_a_tenth_of_common_examples_is_still_these(rng, common, about):
    index = np.stack([np.arange(10), np.arange(10) + 10 - common])
    found = estimate(sample(rng.normal(size=(2, 10)), index, [(0, 10)]))
    assert found.shared == common / 10
    assert found.about == about
    assert found.se == (found.these if common == 1 else found.like).se


def test_where_shared_examples_disagree_nothing_is_added():
    """What one seed saves on an example another loses: the covariance is below 0, and taken as 0."""
    bits = np.array([[1.0, -1], [-1, 1.5], [0, 0.5]])
    one = sample(bits, np.tile([0, 1], (3, 1)), [(0, 2)])
    assert one.covariance < 0
    found = estimate(one)
    assert found.like == found.these
    assert found.about == "examples like these"


def test_examples_like_these_are_never_surer_than_these(rng):
    for _ in range(100):
        found = drawn(rng, 0.5, 3)
        assert found.like.ci[0] <= found.these.ci[0]
        assert found.like.ci[1] >= found.these.ci[1]
        assert found.like.p >= found.these.p
        assert found.like.se >= found.these.se


@pytest.mark.parametrize("seeds", [1, 2])
def test_fewer_than_three_seeds_have_no_interval_about_either(rng, seeds):
    found = drawn(rng, 0.5, seeds)
    for spread in (found.these, found.like):
        assert np.isnan([*spread.ci, spread.p]).all()
        assert np.isnan(spread.se) == (seeds == 1)


def test_ten_seeds_or_more_may_be_called_skewed():
    tail = np.array([0.0, 1, 0, 1, 0, 1, 0, 1, 0, 60])
    assert estimate(tail).skewed
    assert not estimate(tail[:9]).skewed
    assert not estimate(np.arange(10.0)).skewed
    assert not estimate(np.ones(10)).skewed


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
