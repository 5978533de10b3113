"""Relatives of L_IT against values worked out by hand, or by another formula."""

import math

import numpy as np
import pytest
from sklearn.isotonic import IsotonicRegression
from sklearn.metrics import mutual_info_score

from lit.measures import description_lengths
from lit.measures.intervals import estimate

BITS = np.array([[2.0, 2.0, 1.0, 2.0, 0.5, 0.5, 0.25, 0.75]])  # 9 bits in all


def test_compression():
    assert description_lengths.compression(
        BITS, 2.0 * BITS.shape[1] + np.zeros(len(BITS))
    ) == pytest.approx([16 / 9])


def test_sample_complexity():
    """The nearest non-increasing curve is 2, 2, 1.5, 1.5, 0.5, ..., 0.5."""
    found = [description_lengths.sample_complexity(BITS, eps) for eps in (2.5, 1.5, 1.4, 0.5, 0.1)]
    assert found == [0, 2, 4, 4, math.inf]


def test_sample_complexity_is_where_isotonic_regression_of_the_mean_falls_to_eps(rng):
    """Against scikit-learn's, on curves that fall in the first half; noise is larger than the fall."""
    for _ in range(50):
        bits = rng.exponential(np.where(np.arange(64) < rng.integers(1, 32), 2.0, 0.1), (3, 64))
        curve = IsotonicRegression(increasing=False).fit_transform(range(64), bits.mean(axis=0))
        found = description_lengths.sample_complexity(bits, 0.8)
        assert found == np.flatnonzero(curve <= 0.8)[0]


def test_the_last_quarter_is_one_piece():
    """Four cheap labels at the end are no sample complexity, and ten of the last 16 are."""
    bits = np.ones((2, 64))
    bits[:, 60:] = 0
    assert description_lengths.sample_complexity(bits, 0.5) == math.inf
    bits[:, 54:] = 0
    assert description_lengths.sample_complexity(bits, 0.5) == 48


def test_surplus_description_length():
    """Two alike seeds: 1 bit more than 1 of two labels, and half a bit of two more."""
    both = np.repeat(BITS, 2, axis=0)
    assert description_lengths.surplus_description_length(both, 1.0).tolist() == [3, 3]
    assert description_lengths.surplus_description_length(both, 0.0).tolist() == [9, 9]


def test_surplus_is_of_labels_that_the_other_seeds_choose():
    """Of its own choice each seed would have 2 and 1 bits; the other one's stops at 1 and 2."""
    bits = np.array([[2.0, 2, 0, 0], [2.0, 0, 0, 0]])
    assert description_lengths.surplus_description_length(bits, 1.0).tolist() == [1, 0]
    assert np.isnan(description_lengths.surplus_description_length(bits[:1], 1.0)).all()


def test_excess_description_length():
    """9 bits, where each of 8 labels costs half a bit in the end."""
    assert description_lengths.excess_description_length(BITS) == pytest.approx([5.0])


@pytest.mark.parametrize("k", [256, 2048])
def test_curves_of_known_loss_are_recovered(rng, k):
    """Bits are 0 or log2 10, with a mean of 20 (i + 4)^-0.8 + 0.1; five seeds, 200 times.

    Noise alone must not add surplus, and what an interval says of SDL must be so.
    """
    most, after = math.log2(10), np.arange(k + 1)
    curve = np.minimum(0.1 + 20 * (after + 4.0) ** -0.8, most)
    drawn = most * (rng.random((200, 5, k)) < curve[:-1] / most)
    surplus = np.array([description_lengths.surplus_description_length(b, 0.5) for b in drawn])
    truth = np.maximum(curve[:-1] - 0.5, 0).sum()
    assert -0.06 * truth < surplus.mean() - truth < 0.01 * truth
    covers = [ci[0] <= truth <= ci[1] for ci in (estimate(values).ci for values in surplus)]
    assert np.mean(covers) > 0.87
    samples = [description_lengths.sample_complexity(bits, 0.5) for bits in drawn]
    first = np.flatnonzero(curve <= 0.5)[0]
    assert np.median(samples) == pytest.approx(first, rel=0.1)
    assert np.quantile(samples, [0.1, 0.9]) == pytest.approx(first, rel=0.6)
    excess = np.mean([description_lengths.excess_description_length(bits) for bits in drawn])
    truth = curve[:-1].sum() - k * curve[-1]
    # the mean of the last quarter is above the end of a power law by about 0.8 / 8 of what still falls
    assert excess - truth == pytest.approx(-k * 0.1 * (curve[-1] - 0.1), abs=0.05 * truth)


def test_prequential_epiplexity():
    held_out = np.array([[0.25, 0.75, 0.5]])
    assert description_lengths.prequential_epiplexity(BITS, held_out) == pytest.approx([5.0])


def test_epiplexity_of_a_counting_coder_grows_like_half_the_logarithm(rng):
    """KT coder of a fair coin: (1/2) log2 n + 1/2 log2(pi/2) bits above the entropy (Xie and Barron 1997), floor 1 bit."""
    n = 4096
    labels = rng.integers(0, 2, (200, n))
    ones = np.cumsum(labels, axis=1) - labels
    chance = np.where(labels == 1, ones + 0.5, np.arange(n) - ones + 0.5) / (np.arange(n) + 1)
    floor = np.ones((200, 10))
    regret = description_lengths.prequential_epiplexity(-np.log2(chance), floor).mean()
    # on average over fair coins the code is (1/2) log2(e) shorter than against the best coin in hindsight
    expected = 0.5 * math.log2(n) + 0.5 * math.log2(math.pi / 2) - 0.5 * math.log2(math.e)
    assert regret == pytest.approx(expected, abs=0.15)


def test_null_bits_are_those_of_smoothed_frequencies():
    bits = description_lengths.null_bits(np.array([[0, 1, 2]]), np.array([[0, 0, 1]]), 3)
    assert bits == pytest.approx(-np.log2(np.array([[2.5, 1.5, 0.5]]) / 4.5))


def test_v_information_of_the_true_distribution_is_mutual_information():
    """With g and g_null the true conditional and marginal of a small table, the mean PVI is I(X; Y)."""
    counts = np.array([[30, 10], [5, 55]])
    x, y = (np.repeat(axis.ravel(), counts.ravel()) for axis in np.indices(counts.shape))
    marginal, conditional = (
        counts.sum(axis=0) / counts.sum(),
        counts / counts.sum(axis=1, keepdims=True),
    )
    null, model = -np.log2(marginal[y])[None], -np.log2(conditional[x, y])[None]
    assert description_lengths.v_information(null, model) == pytest.approx(
        [mutual_info_score(x, y) / math.log(2)]
    )
    assert description_lengths.pointwise_information(null, model)[0, 0] == pytest.approx(
        np.log2(30 / 40) - np.log2(35 / 100)
    )
