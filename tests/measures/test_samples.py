"""What seeds share by coding the same examples: a few bits by hand, and many data sets drawn."""

import math

import numpy as np
import pytest

from lit.measures.samples import Sample, sample

WHOLE = [(0, 100)]


def rows(*values):
    return np.array(values, dtype=float)


def one(bits=((1, 2, 6), (5, 1, 0)), index=((0, 1, 2), (2, 3, 0)), blocks=WHOLE, data=""):
    """Less their means, 3 and 2, seeds have -2, -1, 3 of examples 0, 1, 2, and 3, -1, -2 of 2, 3, 0."""
    return sample(rows(*bits), np.array(index), blocks, data)


def test_the_covariance_of_two_seeds_is_that_of_the_examples_that_both_code():
    found = one()
    assert found.by_seed.tolist() == [9, 6]
    assert found.covariance == (-2) * (-2) + 3 * 3
    assert found.shared == pytest.approx(2 / 3)


def test_it_is_the_mean_over_pairs_of_seeds():
    """A third seed shares example 1 with the first one, and none with the second."""
    found = one(((1, 2, 6), (5, 1, 0), (4, 0, 2)), ((0, 1, 2), (2, 3, 0), (1, 5, 4)))
    assert found.covariance == pytest.approx((13 + (-1) * 2 + 0) / 3)
    assert found.shared == pytest.approx((2 + 1 + 0) / 3 / 3)


def test_the_mean_of_a_block_says_nothing_of_its_examples():
    """By blocks 0..2 and 2..8, cut at the 3 labels there are: -.5, .5, 0 and 2, -2, 0."""
    assert one(blocks=np.array([[0, 2], [2, 8]])).covariance == 0.0 * 2 + (-0.5) * 0
    whole = one(((1, 3, 9, 9), (5, 7, 1, 3)), ((0, 1, 2, 3), (0, 1, 2, 3)), [(0, 2), (2, 4)])
    assert whole.covariance == (-1) * (-1) + 1 * 1 + 0 * (-1) + 0 * 1
    assert one(blocks=[(0, 2), (2, 2), (3, 9)]).by_seed.tolist() == [9, 6], "an empty block is none"


def test_labels_beyond_k_are_not_coded():
    found = one(index=((0, 1, 2, 9), (2, 3, 0, 9)))
    assert (found.covariance, found.shared) == (13, pytest.approx(2 / 3))


def test_disjoint_streams_share_nothing_and_equal_ones_all():
    apart = one(index=((0, 1, 2), (3, 4, 5)))
    assert (apart.covariance, apart.shared) == (0, 0)
    same = one(index=((0, 1, 2), (2, 1, 0)))  # -2, -1, 3 against -2, -1, 3
    assert (same.covariance, same.shared) == (14, 1)


def test_examples_may_have_large_numbers():
    """Such as ids of a database."""
    far = one(index=((0, 1, 2 + 10**13), (2 + 10**13, 3, 0)))
    assert (far.covariance, far.shared) == (one().covariance, one().shared)
    assert (far - far).covariance == 0


def test_seeds_that_code_rows_of_one_group_share_the_group():
    """Rows 0, 1 are of group 0, rows 2, 3 of group 1, of which each sees another row; a seed has -3, 3 and 2, -2 of them."""
    codes = {"index": np.array([[0, 1, 2], [3, 4, 5]]), "group": np.array([[0, 0, 1], [1, 2, 2]])}
    found = sample(rows((1, 2, 6), (5, 1, 0)), codes["index"], WHOLE, group=codes["group"])
    assert (found.covariance, found.shared) == (3 * 3, 1 / 2)
    assert (found.units, (2 * found - found).units) == ("groups", "groups")
    alone = sample(rows((1, 2, 6), (5, 1, 0)), codes["index"], WHOLE)
    assert (alone.shared, alone.units) == (0, "examples")


def test_one_seed_shares_nothing_that_is_known():
    alone = one(((1, 2, 6),), ((0, 1, 2),))
    assert alone.covariance == 0
    assert math.isnan(alone.shared)
    plain = Sample(rows(1, 2, 3))
    assert plain.covariance == 0
    assert math.isnan(plain.shared)


def test_sums_and_differences_keep_each_example():
    """The same streams: what is added and taken away is the bits of each label."""
    bits, less = rows((1, 2, 6), (5, 1, 0)), rows((0, 2, 1), (1, 1, 4))
    index = np.array([[0, 1, 2], [2, 3, 0]])
    a, b = sample(bits, index, WHOLE), sample(less, index, WHOLE)
    for found, wanted in ((a - b, bits - less), (a + b, bits + less), (2 * a, 2 * bits)):
        direct = sample(wanted, index, WHOLE)
        assert found.by_seed.tolist() == direct.by_seed.tolist()
        assert found.covariance == pytest.approx(direct.covariance)
        assert found.shared == direct.shared
    nothing = a - a
    assert nothing.by_seed.tolist() == [0, 0]
    assert nothing.covariance == 0
    assert nothing.shared == a.shared, "whatever the bits of the examples"
    assert (a.covariance, b.covariance) == (13, one(tuple(less)).covariance), (
        "they stay as they are"
    )


def test_streams_of_different_examples_are_joined_by_example():
    """Seed 0 codes 0, 1, 2 for a and 7, 8 for b; seed 1 codes 2, 3, 0 and 7, 0: its 0 counts once."""
    a, b = one(), one(((1, 3), (2, 8)), ((7, 8), (7, 0)))  # b: -1, 1 and -3, 3
    for found in (a - b, b - a):  # the widths differ, 4 and 9
        assert found.covariance == (-2) * (-2 - 3) + 3 * 3 + (-1) * (-3)
        assert found.shared == pytest.approx(3 / ((5 + 4) / 2))  # 0, 2 and 7 of 5 and 4
    assert (a - b).by_seed.tolist() == [5, -4]


def test_examples_of_different_data_sets_are_different_examples():
    a, b = one(data="a"), one(((1, 3), (2, 8)), ((0, 1), (0, 1)), data="b")
    both = a + b
    assert both.covariance == a.covariance + b.covariance == 13 + (3 + 3)
    assert both.shared == 1, "the larger of 2 / 3 and 1"
    assert (b - a).covariance == both.covariance
    assert (a - Sample(rows(1, 1))).covariance == 13, "plain values bring none"


def test_on_average_it_is_what_totals_of_seeds_have_in_common(rng):
    """f k c: with streams of k = 80 of 160 examples, whose bits vary by c = 4 in all seeds alike, 160 bits squared.

    Held against how totals of two seeds vary together over data sets, which takes many of them.
    """
    size, k, c, seeds, sets = 160, 80, 4, 5, 1500
    totals, found = [], []
    for i in range(sets):
        each = rng.normal(0, math.sqrt(c), size)
        index = np.stack([rng.permutation(size)[:k] for _ in range(seeds)])
        bits = each[index] + rng.normal(0, 1, (seeds, k))
        totals.append(bits.sum(axis=1))
        if i < 300:
            found.append(sample(bits, index, WHOLE).covariance)
    together = np.cov(np.transpose(totals))
    together = (together.sum() - together.trace()) / (seeds * (seeds - 1))
    assert together == pytest.approx(k / size * k * c, rel=0.1)
    assert np.mean(found) == pytest.approx(k / size * k * c, rel=0.05)


def test_on_average_seeds_have_in_common_what_groups_of_theirs_have(rng):
    """Two of the four rows of 20 of 40 groups, whose rows vary by 4 together: 20 / 40 * 20 * 2^2 * 4 = 160 bits squared.

    By rows, of which two seeds share one of two in a common group, it would be a quarter of that.
    """
    seeds, sets = 4, 1500
    totals, by_group, by_row = [], [], []
    for i in range(sets):
        each = rng.normal(0, 2, 40)
        group = np.stack([np.repeat(rng.permutation(40)[:20], 2) for _ in range(seeds)])
        row = np.stack(
            [np.concatenate([rng.permutation(4)[:2] for _ in range(20)]) for _ in range(seeds)]
        )
        bits = each[group] + rng.normal(0, 1, group.shape)
        totals.append(bits.sum(axis=1))
        if i < 300:
            by_group.append(sample(bits, group, WHOLE).covariance)
            by_row.append(sample(bits, 4 * group + row, WHOLE).covariance)
    together = np.cov(np.transpose(totals))
    together = (together.sum() - together.trace()) / (seeds * (seeds - 1))
    assert together == pytest.approx(160, rel=0.1)
    assert np.mean(by_group) == pytest.approx(160, rel=0.1)
    assert np.mean(by_row) < 0.5 * np.mean(by_group)
