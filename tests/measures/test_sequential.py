"""Bounds that hold along a whole stream: against an integral, a published package, and simulated streams."""

import numpy as np
import pytest
from scipy import integrate

from lit.measures.sequential import confidence_sequence, leads, log_e_value, overtakings

STUDIES = 300
BLOCKS = np.array([32, 64, 128, 256, 512])


@pytest.mark.parametrize(("sums", "squares"), [(0.0, 0.0), (3.0, 0.5), (20.0, 40.0), (4.0, 300.0)])
def test_an_e_value_is_the_mean_capital_over_all_stakes(sums, squares):
    """What exp(s x) / (1 - s)^-x^2 exp(-s x^2) comes to at stake s, whose density is exp(s - 1) / (1 - 1/e)."""

    def capital(s):
        weight = np.exp(s - 1) / (1 - np.exp(-1))
        return weight * np.exp(s * sums + squares * (np.log1p(-s) + s))

    wanted = integrate.quad(capital, 0, 1, epsabs=0, epsrel=1e-10)[0]
    found = log_e_value(np.array([sums]), np.array([squares]))
    assert np.exp(found) == pytest.approx(wanted, rel=1e-8)


def test_bounds_are_those_of_comparecast():
    """Laplace's rule against 0.2 by the Brier score, on outcomes in the pattern of comparecast's synthetic data.

    comparecast 1.0.0 with confseq 0.0.11 (which needs a C++ compiler): ``confseq_eb(x, alpha, -1, 1, gammas=zeros, c=1, v_opt=v)``
    times the position, and ``eprocess_expm(x, vs=cumsum(x**2), c=1, v_opt=v, alpha_opt=alpha / 2, clip_max=1e30)``, where
    v = 2 log(1 / alpha) + log(1 + 2 log(1 / alpha)) makes their rho 1.
    """
    t = np.arange(1, 1001)
    pattern = np.repeat([0.5, 1, 0, 1, 0], 200)
    y = ((t * 0.6180339887498949) % 1 < 0.2 + 0.6 * pattern).astype(float)
    laplace = np.concatenate([[0.5], ((y.cumsum() + 0.5) / (t + 1))[:-1]])
    x = (0.2 - y) ** 2 - (laplace - y) ** 2  # their scores are less the squared error, but for 1
    ends = np.array([450, 500, 750, 1000])
    for error, low, high in (
        (
            0.1,
            [42.0924245, 33.69681242, 60.15308793, 48.61576561],
            [98.7202642, 92.66458128, 130.80672437, 127.8016815],
        ),
        (
            0.002,
            [30.51359477, 21.78715922, 46.61091515, 33.90034886],
            [110.29909393, 104.57423447, 144.34889715, 142.51709826],
        ),
    ):
        found = confidence_sequence(x[None], ends, 1.0, error)
        np.testing.assert_allclose(found, (low, high), rtol=1e-8)
    e = np.exp(log_e_value(x.cumsum()[ends - 1], (x**2).cumsum()[ends - 1]))
    np.testing.assert_allclose(
        e,
        [917111348.03757501, 9090914.9789800830, 178064488393.54446, 160535194.68376336],
        rtol=1e-9,
    )


def test_bounds_follow_the_unit_and_narrow_with_seeds(rng):
    values = rng.uniform(-1, 1, (1, 512))
    bounds = np.array(confidence_sequence(values, BLOCKS, 1.0, 0.05))
    scaled = confidence_sequence(8 * values, BLOCKS, 8.0, 0.05)
    np.testing.assert_allclose(scaled, 8 * bounds)
    four = np.array(confidence_sequence(np.repeat(values, 4, axis=0), BLOCKS, 1.0, 0.05))
    width, narrow = np.diff(bounds, axis=0), np.diff(four, axis=0)
    assert (narrow < 0.75 * width).all(), "half as wide, were it for the variance alone"
    np.testing.assert_allclose(four.mean(axis=0), bounds.mean(axis=0))
    with pytest.raises(ValueError, match="a value of size 2 is beyond the most, 1"):
        confidence_sequence(np.array([[0.5, -2.0]]), np.array([2]), 1.0, 0.05)


def drifting(rng, seeds, k):
    """Values and what was expected of them, which depends on the values before; rare and large on one side."""
    chance = 0.004
    drawn = 8 * (rng.random((seeds, k)) < chance) - 8 * chance
    past = np.pad(drawn.cumsum(axis=1), ((0, 0), (1, 0)))[:, :-1]
    expected = -0.5 * np.tanh(past)
    return drawn + expected, expected


@pytest.mark.parametrize("seeds", [1, 5])
def test_bounds_hold_everywhere_in_95_of_100_streams(rng, seeds):
    """Looked at after every single label, where Student's t over labels fails far more often."""
    every, failed, by_t = np.arange(1, 513), 0, 0
    for _ in range(STUDIES):
        values, expected = drifting(rng, seeds, 512)
        truth = expected.sum(axis=0).cumsum() / seeds
        low, high = confidence_sequence(values, every, 8.5, 0.05)
        failed += ((truth < low) | (high < truth)).any()
        off = (values - expected).sum(axis=0)
        by_t += (np.abs(off.cumsum()) > 1.96 * np.sqrt(np.square(off).cumsum())).any()
    assert failed / STUDIES <= 0.05
    assert by_t / STUDIES > 0.2


def equal(rng, arms, seeds, k):
    """Bits by arm of which nothing differs: every other arm pays little always, or much now and then."""
    dear = 12.0 * (rng.random((arms, seeds, k)) < 0.01)
    return {str(i): dear[i] if i % 2 else np.full((seeds, k), 0.12) for i in range(arms)}


@pytest.mark.parametrize(("arms", "seeds"), [(2, 5), (9, 3), (9, 10)])
def test_equal_arms_are_seldom_surely_ahead_and_never_change_places(rng, arms, seeds):
    found = [leads(equal(rng, arms, seeds, 512), BLOCKS, 13.0) for _ in range(STUDIES)]
    assert np.mean([bool(study) for study in found]) <= 0.05
    assert np.mean([bool(overtakings(study)) for study in found]) <= 0.05


def test_a_real_change_of_order_is_told(rng):
    """b pays half a bit more for the first 256 labels and half a bit less from then on; c is like a, but dearer by 2."""
    ends, told = np.array([64, 128, 256, 512, 1024, 2048]), 0
    for _ in range(20):
        a = rng.exponential(1, (5, 2048)).clip(max=12)
        later = np.where(np.arange(2048) < 256, 0.5, -0.5)
        b = (rng.exponential(1, (5, 2048)) + later).clip(-0.5, 12)
        found = leads({"a": a, "b": b, "c": a + 2}, ends, 15.0)
        changes = overtakings(found)
        assert {lead.over for lead in found if lead.arm == "a"} >= {"c"}
        assert all((now.arm, now.over) == ("b", "a") for now, _ in changes)
        told += len(changes)
        for now, before in changes:
            assert (before.arm, before.over) == ("a", "b")
            assert before.labels < now.labels
            assert now.bits == pytest.approx((a - b)[:, : now.labels].sum(axis=1).mean(), rel=1e-9)
            assert 0 < now.low < now.bits < now.high
    assert told >= 18
