import numpy as np
import pytest

from lit.coding.context_counts import ContextCounts
from lit.coding.mixture import mixture


def bits_of(counts, x, y):
    """(E, labels) bits of windows (N, T), one after the other."""
    found = [
        counts.window(*pair)[:, np.arange(len(pair[0])), pair[1]] for pair in zip(x, y, strict=True)
    ]
    return -np.concatenate(found, axis=1) / np.log(2)


def markov(rng, order, classes, windows, length):
    """Windows of a Markov source, and the bits that who knows it needs for their labels."""
    rows = rng.dirichlet(np.full(classes, 0.4), classes**order)
    tokens = rng.integers(0, classes, (windows, length + 1))
    bits = 0.0
    for row in tokens:
        for t in range(order, length + 1):
            p = rows[int(np.dot(row[t - order : t], classes ** np.arange(order)))]
            row[t] = rng.choice(classes, p=p)
            bits -= np.log2(p[row[t]])
    # The first labels of a window have too short a context: they were drawn uniformly.
    bits += windows * (order - 1) * np.log2(classes)
    return tokens[:, :-1], tokens[:, 1:], bits


def test_orders_0_and_1_are_as_computed_by_hand():
    counts = ContextCounts(3, orders=1)
    found = np.exp(counts.window([0, 1, 0, 1], [1, 0, 1, 2]))
    # The first: nothing is known.
    np.testing.assert_allclose(found[:, 0], np.full((3, 3), 1 / 3))
    # The last, after 0 -> 1, 1 -> 0, 0 -> 1. Times: label 0 once, label 1 twice; of pairs also one
    # once, one twice: the discount is (1 + 1/2) / (1 + 2 + 1) = 3/8.
    # Contexts: label 0 was in one, label 1 in one: the discount is (2 + 1/2) / (2 + 0 + 1) = 5/6.
    # Order 0: (1 - 3/8) / 3, (2 - 3/8) / 3, 0, and 3/8 * 2/3 in equal parts.
    np.testing.assert_allclose(found[0, 3], np.array([7, 15, 2]) / 24)
    # What order 1 falls back on: (1 - 5/6) / 2 twice, 0, and 5/6 in equal parts: 13, 13, 10 of 36.
    # Order 1 after a 1: label 0 has 1 - 3/8, and 3/8 goes to what it falls back on.
    np.testing.assert_allclose(found[1, 3], [5 / 8 + 3 / 8 * 13 / 36, 13 / 96, 10 / 96])


@pytest.mark.parametrize("classes", [2, 256, 20_000])
def test_every_label_is_possible_and_probabilities_sum_to_1(rng, classes):
    counts = ContextCounts(classes)
    for _ in range(6):
        y = rng.integers(-1, classes, 9)
        x = np.where(np.arange(9) < rng.integers(1, 10), rng.integers(0, 3, 9), -1)
        found = counts.window(x, y)
        assert found.shape == (len(counts.names), 9, classes)
        assert np.isfinite(found).all()
        np.testing.assert_allclose(np.exp(found).sum(axis=-1), 1, rtol=1e-12)


def test_sure_predictions_leave_every_label_possible():
    counts = ContextCounts(4)
    for _ in range(60):
        found = counts.window([0, 1, 2] * 4, [1, 2, 0] * 4)
    assert (found[:, -1].argmax(axis=-1)[1:] == 0).all()
    assert np.exp(found[-1, -1, 0]) > 0.99
    assert np.isfinite(found).all()


def test_later_inputs_and_labels_change_no_earlier_number(rng):
    x, y = rng.integers(0, 3, (2, 20, 12))
    other_x, other_y = x.copy(), y.copy()
    other_y[10, 6:] = (y[10, 6:] + 1) % 3
    other_x[10, 7:] = (x[10, 7:] + 1) % 3
    one, other = ContextCounts(3), ContextCounts(3)
    a = np.stack([one.window(*pair) for pair in zip(x, y, strict=True)])  # (20, E, 12, 3)
    b = np.stack([other.window(*pair) for pair in zip(other_x, other_y, strict=True)])
    same = (a == b).all(axis=(1, 3))
    assert same[:10].all()
    assert same[10, :7].all()
    assert not same[10, 7:].any()
    assert not same[11:].any()


def test_told_one_by_one_numbers_are_those_of_windows(rng):
    x, y = rng.integers(0, 5, (2, 30, 16))
    at_once, one_by_one = ContextCounts(5), ContextCounts(5)
    for inputs, labels in zip(x, y, strict=True):
        whole = at_once.window(inputs, labels)
        one_by_one.begin()
        for t, (token, label) in enumerate(zip(inputs.tolist(), labels.tolist(), strict=True)):
            assert np.array_equal(one_by_one.predict(token), whole[:, t])
            one_by_one.update(label)


def test_windows_without_labels_teach_nothing(rng):
    x, y = rng.integers(0, 3, (2, 2, 10))
    counts = ContextCounts(3)
    counts.window(x[0], np.full(10, -1))
    assert np.array_equal(counts.window(x[1], y[1]), ContextCounts(3).window(x[1], y[1]))


@pytest.mark.parametrize("order", [1, 2])
def test_a_markov_source_costs_its_entropy_and_its_parameters(rng, order):
    classes, windows, length = 4, 200, 32
    x, y, truth = markov(rng, order, classes, windows, length)
    found = bits_of(ContextCounts(classes), x, y).sum(axis=1)
    labels = windows * length
    parameters = (classes - 1) * classes**order / 2 * np.log2(labels / classes**order)
    assert truth - 20 < found[order] < 1.02 * (truth + parameters)
    assert truth - 20 < found[-1] < 1.02 * (truth + parameters)
    assert found[order - 1] > 1.05 * (truth + parameters)


def test_labels_of_other_alphabets_than_inputs_follow_their_inputs(rng):
    """A lookup of 40 symbols and 8 labels holds 120 bits."""
    truth = rng.integers(0, 8, 40)
    x = rng.integers(0, 40, (64, 16))
    found = bits_of(ContextCounts(8), x, truth[x]).sum(axis=1)
    assert 110 < found[1] < 250
    assert 110 < found[-1] < 250


def test_random_bytes_cost_hardly_more_than_the_uniform_code(rng):
    x, y = rng.integers(0, 256, (2, 96, 64))
    experts = bits_of(ContextCounts(256), x, y)
    mixed = mixture(np.vstack([np.full((1, experts.shape[1]), 8.0), experts]))
    assert mixed.sum() < 1.002 * 8 * x.size
