"""Arms compared with each other: p-values worked out in another way, and errors on simulated studies."""

import itertools
import math

import numpy as np
import pytest
from fakes import closed_testing
from scipy import stats

from lit.measures.comparisons import LEVEL, compare_pairs, holm, not_told_from, p_against
from lit.measures.samples import sample

ARMS = {
    "a": np.array([9.0, 10, 12, 9, 11]),
    "b": np.array([11.0, 9, 13, 10, 12]),
    "c": np.array([13.0, 11, 16, 12, 16]),
}


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_holm_is_closed_testing_with_bonferroni(rng, size):
    for _ in range(20):
        p = rng.uniform(0, 1, size) ** 3
        assert holm(p).tolist() == pytest.approx(closed_testing(p.tolist()))
    ties = np.repeat(p[:1], size)
    assert holm(ties).tolist() == pytest.approx(closed_testing(ties.tolist()))


def test_what_was_not_tested_is_not_counted():
    found = holm(np.array([math.nan, 0.02, 0.01, math.nan]))
    assert found.tolist() == pytest.approx([math.nan, 0.02, 0.02, math.nan], nan_ok=True)
    assert np.isnan(holm(np.full(3, math.nan))).all()
    assert len(holm(np.array([]))) == 0


def test_pairs_are_paired_t_tests():
    found = compare_pairs(ARMS)
    assert [(pair.one, pair.other) for pair in found] == [("a", "b"), ("a", "c"), ("b", "c")]
    alone = [stats.ttest_rel(ARMS[pair.one], ARMS[pair.other]) for pair in found]
    assert [pair.more.p for pair in found] == pytest.approx([test.pvalue for test in alone])
    assert [pair.p for pair in found] == pytest.approx(closed_testing([t.pvalue for t in alone]))
    for pair, test in zip(found, alone, strict=True):
        assert pair.more.mean == pytest.approx((ARMS[pair.one] - ARMS[pair.other]).mean())
        assert pair.more.ci == pytest.approx(tuple(test.confidence_interval(0.95)))
    (one,) = compare_pairs({"a": ARMS["a"], "c": ARMS["c"]})
    assert one.p == one.more.p == pytest.approx(alone[1].pvalue), "a pair by itself is not adjusted"


def test_what_an_arm_cannot_be_told_from():
    found = compare_pairs(ARMS)
    assert [pair.apart for pair in found] == [False, True, True]
    assert not_told_from("a", found) == ["b"]
    assert not_told_from("b", found) == ["a"]
    assert not_told_from("c", found) == []
    against = p_against("b", found)
    assert (against["a"], against["c"]) == (found[0].p, found[2].p)
    assert math.isnan(against["b"])


@pytest.mark.parametrize("seeds", [1, 2])
def test_fewer_than_three_seeds_tell_nothing(seeds):
    found = compare_pairs({"a": np.zeros(seeds), "b": 100 + np.arange(seeds, dtype=float)})
    assert np.isnan([pair.p for pair in found]).all()
    assert not any(pair.apart for pair in found)
    assert not_told_from("a", found) == ["b"]


def test_arms_that_never_differ_are_not_told_apart_and_those_that_always_do_are():
    same, *others = compare_pairs({"a": ARMS["a"], "b": ARMS["a"], "c": ARMS["a"] + 1})
    assert (same.p, [pair.p for pair in others]) == (1, [0, 0])


def test_seeds_that_share_examples_are_compared_for_examples_like_these():
    """Each of four examples costs b 5 bits less or 7 more, in all seeds: a mean of 4 that other examples might not have."""
    index = np.tile(np.arange(4), (5, 1))
    more = np.array([-5.0, 7, -5, 7]) + np.array([[-0.1], [0], [0.1], [0.1], [-0.1]])
    bits, blocks = np.full((5, 4), 9.0), [(0, 4)]
    a, b = sample(bits, index, blocks), sample(bits + more, index, blocks)
    (pair,) = compare_pairs({"a": a, "b": b})
    assert pair.more.these.p < 0.001
    assert pair.more.like.p == pair.p > 0.5
    assert not pair.apart


@pytest.mark.parametrize(("arms", "families"), [(2, 1500), (5, 250), (9, 100)])
def test_of_families_without_any_difference_5_in_100_have_one_told(rng, arms, families):
    """Arms share what a seed does to all of them. Unadjusted, 36 pairs would have one in most families."""
    told = unadjusted = 0
    for _ in range(families):
        seed = rng.normal(0, 10, 5)
        pairs = compare_pairs({str(i): seed + rng.normal(0, 3, 5) for i in range(arms)})
        told += any(pair.apart for pair in pairs)
        unadjusted += any(pair.more.p <= LEVEL for pair in pairs)
    noise = 2.5 * math.sqrt(0.05 * 0.95 / families)
    assert told / families < 0.05 + noise
    if arms == 2:
        assert told / families > 0.05 - noise, "one pair is adjusted for nothing"
    else:
        assert unadjusted / families > 0.05 + 2 * noise


def test_one_false_difference_among_true_ones_is_as_rare(rng):
    """Holm holds whichever differences are true: here d and e are one, and all others far apart."""
    families, told, far = 250, 0, []
    for _ in range(families):
        means = {"a": 0, "b": 60, "c": 120, "d": 180, "e": 180}
        pairs = compare_pairs({arm: mean + rng.normal(0, 1, 5) for arm, mean in means.items()})
        told += pairs[-1].apart
        far += [pair.apart for pair in pairs[:-1]]
    assert all(far)
    assert told / families < 0.05 + 2.5 * math.sqrt(0.05 * 0.95 / families)
    assert list(itertools.combinations("abcde", 2))[-1] == (pairs[-1].one, pairs[-1].other)
