"""Scores of features against values worked out by hand, or by another formula."""

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.stats import multivariate_normal

from lit.measures.transferability import h_score, leep, linear_probe_accuracy, log_me, nce


def test_leep_by_hand():
    """Two source classes; P(y | z) from sums of their probabilities, worked out on paper."""
    predictions, y = (
        np.array([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8], [0.3, 0.7]]),
        np.array([0, 0, 1, 1]),
    )
    # P(0 | z = 0) = 1.5 / 2.0, P(0 | z = 1) = 0.5 / 2.0
    right = [
        0.9 * 0.75 + 0.1 * 0.25,
        0.6 * 0.75 + 0.4 * 0.25,
        0.2 * 0.25 + 0.8 * 0.75,
        0.3 * 0.25 + 0.7 * 0.75,
    ]
    assert leep(predictions, y) == pytest.approx(np.mean(np.log2(right)))


def test_leep_of_certain_predictions_is_nce():
    rng = np.random.default_rng(0)
    source, y = rng.integers(0, 5, 200), rng.integers(0, 3, 200)
    assert leep(np.eye(5)[source], y) == pytest.approx(nce(source, y))


def test_nce_by_hand():
    """z = 0 goes with both labels evenly, z = 1 with one: -H(y | z) = -(1/2 * 1 bit + 1/2 * 0)."""
    assert nce(np.array([0, 0, 1, 1]), np.array([0, 1, 1, 1])) == pytest.approx(-0.5)
    assert nce(np.array([0, 2, 2, 0]), np.array([0, 1, 1, 0])) == 0, (
        "no source class 1, and nothing left to tell"
    )


@pytest.mark.parametrize("shape", [(30, 4), (12, 20)])
def test_log_me_is_the_largest_evidence(shape):
    """Against the normal density itself, maximised by a general optimizer."""
    rng = np.random.default_rng(1)
    x = rng.normal(size=shape)
    y = (x[:, 0] + 0.5 * rng.normal(size=len(x)) > 0).astype(int)

    def evidence(target):
        def loss(log):
            a, b = np.exp(np.minimum(log, 700))  # beyond it the search leaves what floats hold
            covariance = np.eye(len(x)) / b + x @ x.T / a
            return -multivariate_normal(np.zeros(len(x)), covariance).logpdf(target)

        starts = [(p, q) for p in (-2.0, 0.0, 3.0) for q in (-1.0, 2.0)]
        return -min(
            minimize(loss, start, method="Nelder-Mead", options={"xatol": 1e-6}).fun
            for start in starts
        )

    best = np.mean([evidence((y == c).astype(float)) / len(x) for c in (0, 1)]) / np.log(2)
    assert log_me(x, y) == pytest.approx(best, abs=1e-3)


def test_log_me_prefers_features_that_tell_the_classes():
    rng = np.random.default_rng(2)
    y = rng.integers(0, 3, 300)
    told, noise = np.eye(3)[y] + 0.1 * rng.normal(size=(300, 3)), rng.normal(size=(300, 3))
    assert log_me(told, y) > log_me(noise, y) + 1


def test_h_score_of_many_examples_is_the_share_between_classes():
    """One feature of variance 1 within two classes at -d and d: cov(E[x | y]) / cov(x) = d^2 / (1 + d^2)."""
    rng = np.random.default_rng(3)
    y = np.arange(200_000) % 2
    for d in (0.5, 2.0):
        x = (rng.normal(size=len(y)) + d * (2 * y - 1))[:, None]
        assert h_score(x, y) == pytest.approx(d**2 / (1 + d**2), rel=0.01)


def test_h_score_does_not_blow_up_where_features_outnumber_examples():
    rng = np.random.default_rng(4)
    y = rng.integers(0, 2, 40)
    assert 0 <= h_score(rng.normal(size=(40, 200)), y) < 1


def test_linear_probe_accuracy():
    rng = np.random.default_rng(5)
    y = rng.integers(0, 4, 400)
    x = 3 * np.eye(4)[y] @ rng.normal(size=(4, 10)) + 0.1 * rng.normal(size=(400, 10))
    assert linear_probe_accuracy(x[:200], y[:200], x[200:], y[200:]) == 1
    chance = linear_probe_accuracy(
        rng.normal(size=(200, 10)), y[:200], rng.normal(size=(200, 10)), y[200:]
    )
    assert chance < 0.4
