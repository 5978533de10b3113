"""Relatives of L_IT against values worked out by hand, or by another formula."""

import math

import numpy as np
import pytest
from sklearn.metrics import mutual_info_score

from lit.measures import description_lengths

BLOCKS = [(0, 2), (2, 4), (4, 8)]
BITS = np.array(
    [[2.0, 2.0, 1.0, 2.0, 0.5, 0.5, 0.25, 0.75]]
)  # the blocks' means are 2, 1.5 and 0.5; 9 bits in all


def test_compression():
    assert description_lengths.compression(BITS, 4) == pytest.approx([16 / 9])


def test_surplus_description_length():
    """Above 1 bit: 2 labels at 1 bit too much, and 2 at half a bit."""
    assert description_lengths.surplus_description_length(BITS, BLOCKS, 1.0) == pytest.approx([3.0])
    assert description_lengths.surplus_description_length(BITS, BLOCKS, 0.0) == pytest.approx([9.0])


def test_sample_complexity():
    found = [
        description_lengths.sample_complexity(BITS, BLOCKS, eps)[0]
        for eps in (2.5, 1.5, 1.4, 0.5, 0.1)
    ]
    assert found == [0, 2, 4, 4, math.inf]


def test_excess_description_length():
    """9 bits, where each of 8 labels costs half a bit in the end."""
    assert description_lengths.excess_description_length(BITS, BLOCKS) == pytest.approx([5.0])


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
