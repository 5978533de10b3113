"""Regression of targets in bins, with normal noise of an unknown variance, by Bayes' rule."""

import itertools

import numpy as np
import pytest
from scipy.stats import multivariate_t
from test_bins import CPU, MLP, SEEDS, diabetes, learned

from lit.coding.coder import Coder, code_span
from lit.coding.normal import DEVIATION, FLOOR, KNOWN, WIDE, Normal

BINS = 2000  # fine ones, so that a bin's probability is its density times its width


def told(x, place, ridge):
    """Log-density of targets, of which those before each are known: their joint density, in which
    mean, weights and variance are integrated out (O'Hagan and Forster 2004, section 11.10)."""
    shape = (x @ x.T + ridge * np.eye(len(x)) + WIDE) * DEVIATION**2
    return [
        multivariate_t.logpdf(place[:n], np.zeros(n), shape[:n, :n], df=2 * KNOWN)
        for n in range(1, len(x) + 1)
    ]


def predicted(x, place, ridge, prior=0.0, steps=((0, 6), (6, 7), (7, 12))):
    """Log-probabilities of all bins, as the solvers' means and deviations give them."""
    kernel = x @ x.T + ridge * np.eye(len(x))
    factor = np.linalg.cholesky(kernel)
    columns = np.stack([place - prior, np.ones(len(x))], axis=1)
    ahead = columns - factor.diagonal()[:, None] * np.linalg.solve(factor, columns)
    one, found = Normal(1, 1, BINS), []
    for begin, end in steps:
        known = (place - prior)[:end, None].copy()
        known[-1] = 9.0  # is not looked at
        found.append(
            one.follow(
                ahead[None, begin:end], factor.diagonal()[None, begin:end], known,
                np.full((end - begin, 1), prior), begin,
            )
        )  # fmt: skip
    return np.concatenate(found, axis=2)[0, 0]


@pytest.mark.parametrize("ridge", [0.1, 2.0])
def test_predictions_are_those_of_bayes_rule(ridge, rng):
    x = rng.normal(size=(12, 2))
    bins = rng.integers(950, 1050, size=12)
    place = (bins + 0.5) / BINS - 0.5
    found = predicted(x, place, ridge)
    np.testing.assert_allclose(np.exp(found).sum(axis=1), 1)
    each = found[np.arange(12), bins]
    densities = np.diff(told(x, place, ridge), prepend=0.0)
    # Of what lies within the range, with the floor.
    within = np.exp(densities) / BINS / (1 - FLOOR)
    share = (np.exp(each) - FLOOR / BINS) / (1 - FLOOR)
    assert (share >= within * 0.99).all()  # what lies outside is dealt out inside
    np.testing.assert_allclose(share[6:], within[6:], rtol=0.02)


def test_a_prior_that_moves_all_targets_moves_all_predictions(rng):
    x, bins = rng.normal(size=(12, 2)), rng.integers(900, 1100, size=12)
    place = (bins + 0.5) / BINS - 0.5
    plain, moved = predicted(x, place, 0.1), predicted(x, place + 200 / BINS, 0.1, 200 / BINS)
    close = np.exp(plain[8:, 500:1500]), np.exp(moved[8:, 700:1700])
    np.testing.assert_allclose(close[1], close[0], rtol=1e-3)


def test_a_target_far_off_costs_bits_and_no_more():
    """Behind many that lie in the middle."""
    one = Normal(1, 1, 101)
    targets = np.zeros((402, 1))
    targets[400] = 0.49
    zeros, ones = np.zeros((1, 402, 2)), np.ones((1, 402))
    found = one.follow(zeros, ones, targets, np.zeros((402, 1)), 0)[0, 0]
    assert np.exp(found[400, 50]) > 0.8
    assert found[400, 100] == pytest.approx(np.log(FLOOR / 101), rel=0.01)
    assert found[401].argmax() == 50


@pytest.mark.parametrize("warm", [False, True])
def test_each_expert_is_that_of_its_kernel_and_ridge(warm):
    data = diabetes(8)
    source = learned(data, 64) if warm else None

    def found(**options):
        learner = {"kind": "readout"} | options
        coder = Coder(MLP, data, None, "front", SEEDS, learner, source, "keep", CPU)
        return code_span(coder, [(0, 32)], 32)

    whole = found()
    alone = found(kernels=["ntk"], ridges=[0.1], generic=False)
    names = [name for name in alone if "normal" in name]
    assert len(names) == (5 if not warm else 10) * 2  # bits and logits, and the finest ridge too
    for name in names:
        np.testing.assert_allclose(whole[name], alone[name], rtol=1e-9, err_msg=name)
    ends = ["", "-ntk-inputs.0.1"] + ([".start", "-ntk-inputs.0.1.start"] if warm else [])
    for one, other in itertools.combinations(ends, 2):  # so that a swap would show
        pair = (alone[f"bits/architecture.normal{end}"] for end in (one, other))
        assert not np.allclose(*pair, rtol=1e-3)
