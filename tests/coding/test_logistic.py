"""Logistic regression on-line: against formulas for two classes, and what it may not look at."""

import math

import numpy as np
import pytest
from scipy.special import expit

from lit.coding.logistic import BIAS, LARGEST, Logistic, fits

K, D = 60, 4


def stream(rng, classes):
    """Inputs with a mean square of 1 and labels that depend on them."""
    x = rng.normal(size=(K, D)) / math.sqrt(D)
    logits = 2 * x @ rng.normal(size=(D, classes))
    return x, (logits + rng.gumbel(size=logits.shape)).argmax(axis=1)


def uniform(classes, count=K):
    return np.full((1, count, classes), -math.log(classes))


def test_of_two_classes_it_is_the_filter_of_their_difference(rng):
    """The difference of two weights of precision 2 has precision 1, and curvature p (1 - p)."""
    x, y = stream(rng, 2)
    logits = Logistic([2.0], D, 2, 1).follow(x, uniform(2), y, 0)[0]
    seen = np.pad(x, ((0, 0), (0, 1)), constant_values=1.0)
    covariance, weights = np.diag([1.0] * D + [2 / BIAS]), np.zeros(D + 1)
    for t in range(K):
        spread = seen[t] @ covariance @ seen[t]
        # Each logit is half of the difference, with half of its variance.
        shrunk = weights @ seen[t] / math.sqrt(1 + math.pi / 8 * spread / 2)
        assert logits[t, 1] - logits[t, 0] == pytest.approx(shrunk)
        p = expit(weights @ seen[t])
        gain = covariance @ seen[t] / (1 + p * (1 - p) * spread)
        covariance -= p * (1 - p) * np.outer(gain, covariance @ seen[t])
        weights += gain * (y[t] - p)


def test_many_labels_give_the_fit_of_all(rng):
    """After 4,000 labels of three classes it says what made them."""
    x = rng.normal(size=(4000, 2))
    truth = x @ np.array([[1.0, 0, -1], [0, 1.0, -1]]) + [1, 0, -1]
    y = (truth + rng.gumbel(size=truth.shape)).argmax(axis=1)
    found = Logistic([1.0], 2, 3, 1).follow(x, uniform(3, 4000), y, 3900)[0]
    p, true = (np.exp(one) / np.exp(one).sum(1, keepdims=True) for one in (found, truth[3900:]))
    assert abs(p - true).max() < 0.06


def test_in_pieces_it_is_the_same(rng):
    x, y = stream(rng, 3)
    priors = np.log(rng.dirichlet(np.ones(3), size=(2, K)))
    whole = Logistic([0.5, 2.0], D, 3, 2).follow(x, priors, y, 0)
    assert whole.shape == (4, K, 3)
    pieces, one = [], Logistic([0.5, 2.0], D, 3, 2)
    for begin, end in ((0, 1), (1, 20), (20, 21), (21, K)):
        new = slice(one.known, end)
        pieces.append(one.follow(x[new], priors[:, new], y[new], begin))
    assert np.array_equal(np.concatenate(pieces, axis=1), whole)


def test_no_label_is_predicted_from_itself_or_later_ones(rng):
    x, y = stream(rng, 3)
    before = Logistic([1.0], D, 3, 1).follow(x, uniform(3), y, 0)[0]
    for t in (0, 7, K - 1):
        other = y.copy()
        other[t:] = (y[t:] + 1) % 3
        after = Logistic([1.0], D, 3, 1).follow(x, uniform(3), other, 0)[0]
        assert np.array_equal(after[: t + 1], before[: t + 1])
        assert t == K - 1 or not np.array_equal(after[t + 1], before[t + 1])


def test_what_is_too_wide_does_not_fit():
    assert fits(99, 10)
    assert not fits(100, 10)
    assert LARGEST == 10 * 100**2
