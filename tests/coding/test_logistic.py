"""Logistic regression on-line: against formulas for two classes, and what it may not look at."""

import math

import numpy as np
import pytest
from scipy.optimize import brentq, minimize
from scipy.special import expit, log_softmax, softmax

from lit.coding.logistic import BIAS, LARGEST, MOST_CLASSES, Logistic, after, widest

K, D = 60, 4


def stream(rng, classes):
    """Inputs with a mean square of 1 and labels that depend on them."""
    x = rng.normal(size=(K, D)) / math.sqrt(D)
    logits = 2 * x @ rng.normal(size=(D, classes))
    return x, (logits + rng.gumbel(size=logits.shape)).argmax(axis=1)


def uniform(classes, count=K):
    return np.full((1, count, classes), -math.log(classes))


def settled(before, spread, label):
    """The most likely logit of two classes after a label."""

    def off(z):
        return z - before - spread * (label - expit(z))

    return brentq(off, -100, 100, xtol=1e-13)


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
        # Where the label and the Gaussian before it are most likely together.
        p = expit(settled(weights @ seen[t], spread, y[t]))
        gain = covariance @ seen[t] / (1 + p * (1 - p) * spread)
        weights += covariance @ seen[t] * (y[t] - p)
        covariance -= p * (1 - p) * np.outer(gain, covariance @ seen[t])


@pytest.mark.parametrize("spread", [0.1, 1.0, 1e3])
def test_a_label_moves_logits_to_where_they_are_most_likely(rng, spread):
    logits, spread = 3 * rng.normal(size=(1, 5)), spread * rng.uniform(0.5, 1, size=(1, 5))

    def unlikely(z):
        return ((z - logits[0]) ** 2 / (2 * spread[0])).sum() - log_softmax(z)[2]

    best = minimize(unlikely, logits[0], tol=1e-12).x
    assert after(logits, spread, 2)[0] == pytest.approx(softmax(best), abs=1e-5)


@pytest.mark.parametrize("spread", [0.0, 0.1, 1.0, 1e6])
@pytest.mark.parametrize("size", [0.0, 1.0, 700.0])
def test_a_label_moves_any_logits_to_their_own_place(rng, size, spread):
    logits, spread = size * rng.normal(size=(30, 4)), np.full((30, 4), spread)
    p = after(logits, spread, 1)
    there = softmax(logits - spread * (p - np.eye(4)[1]), axis=1)
    # Where the spread is large, rounding of p is that much larger in the logits.
    assert np.isfinite(p).all()
    assert (p >= 0).all()
    assert p == pytest.approx(there, abs=1e-3 if spread[0, 0] > 1 else 1e-9)


def test_a_long_way_to_go_is_no_worse_for_weak_precisions(rng):
    """Weights that may be large do not run off: of labels that inputs do not tell, in bits."""
    x, y = rng.normal(size=(500, D)) / math.sqrt(D), rng.integers(3, size=500)
    logits = Logistic([0.001], D, 3, 1).follow(x, uniform(3, 500), y, 0)[0]
    bits = -log_softmax(logits, axis=1)[np.arange(500), y] / math.log(2)
    # Half of log2 500 for each of 15 weights, of which 2 of 3 count, is 45 bits.
    assert bits.sum() < 500 * math.log2(3) + 70


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
    assert widest(10) == 99
    assert LARGEST == 10 * 100**2
    assert widest(11) == 94  # 11 times 95 squared is 99,275, 11 times 96 squared 101,376
    assert widest(MOST_CLASSES) == 9
    assert widest(MOST_CLASSES + 1) == 0


def test_large_inputs_leave_it_finite(rng):
    """Else rounding takes away more than there is of the variance along them."""
    x, y = stream(rng, 3)
    logits = Logistic([1e-6, 0.003], D, 3, 1).follow(1e13 * x, uniform(3), y, 0)
    bits = -log_softmax(logits, axis=2)[:, np.arange(K), y] / math.log(2)
    assert (bits.sum(axis=1) < 1000).all()
