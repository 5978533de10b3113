"""Rank correlations over few rows: known values, and how often intervals and tests are right."""

import itertools
import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from lit.analyses.correlations import holm, interval, rank_correlations, spearman, told


def test_rho_and_its_exact_probability():
    """Of the 120 orders of five, those with |rho| of at least 0.9: two perfect, eight with a swap."""
    x, y = np.array([1, 2, 3, 4, 5]), np.array([1, 2, 3, 5, 4])
    rho, _, p = spearman(x, y)
    assert rho == pytest.approx(0.9)
    orders = [stats.spearmanr(x, order).statistic for order in itertools.permutations(y)]
    assert p == pytest.approx(np.mean(np.abs(orders) > 0.89))
    assert p == pytest.approx(10 / 120)
    assert spearman(x, -x)[2] == pytest.approx(2 / 120)


def test_ties_and_infinities_are_ranked():
    x, y = np.array([1, 2, math.inf, math.inf, 2]), np.array([0.1, 0.3, 0.2, 0.5, 0.4])
    assert spearman(x, y)[0] == pytest.approx(
        np.corrcoef([1, 2.5, 4.5, 4.5, 2.5], [1, 3, 2, 5, 4])[0, 1]
    )


@pytest.mark.parametrize(("x", "y"), [([1, 2], [1, 2]), ([1, 1, 1, 1], [1, 2, 3, 4])])
def test_what_has_no_order(x, y):
    assert np.isnan([spearman(np.array(x), np.array(y))[i] for i in (0, 2)]).all()


def test_interval_of_bonett_and_wright():
    """tanh(atanh 0.9 +- 1.96 sqrt((1 + 0.405) / 5)) = tanh(1.4722 +- 1.0390)."""
    assert interval(0.9, 8) == pytest.approx((0.4080, 0.9869), abs=1e-4)
    # 1 - 6 / 504 has a z of 2.555; that of 1 reaches 1.96 sqrt(1.5 / 5) = 1.0735
    assert interval(1, 8)[0] == pytest.approx(math.tanh(2.555 - 1.0735), abs=1e-3)
    assert np.isnan(interval(1, 6)).all()


@pytest.mark.parametrize("pairs", [7, 10, 20])
@pytest.mark.parametrize("rho", [0, 0.6, 0.95])
def test_intervals_cover(rng, pairs, rho):
    """Of normal pairs of correlation r, whose Spearman's rho is 6/pi asin(r / 2)."""
    r, covers = 2 * math.sin(math.pi * rho / 6), 0
    for _ in range(1000):
        x, noise = rng.normal(size=(2, pairs))
        found = stats.spearmanr(x, r * x + math.sqrt(1 - r * r) * noise).statistic
        low, high = interval(found, pairs)
        covers += low <= rho <= high
    assert 920 < covers < 985


def test_holm():
    """0.01 times three, then 0.03 times two, then 0.04, which is not below the one before it."""
    assert holm(np.array([0.04, 0.01, math.nan, 0.03])) == pytest.approx(
        [0.06, 0.03, math.nan, 0.06], nan_ok=True
    )
    assert holm(np.array([0.9, 0.8])).tolist() == [1, 1]


def test_unrelated_measures_are_rarely_told_apart(rng):
    """In at most 5 % of tables of ten measures over six rows is any of them told from 0."""
    false = 0
    for _ in range(100):
        table = pd.DataFrame(
            {
                "measure": np.repeat(np.arange(10), 6),
                "unit": "",
                "l_it": np.tile(rng.normal(size=6), 10),
            }
        ).assign(value=rng.normal(size=60))
        found = pd.DataFrame(rank_correlations(table, "l_it", "rows"))
        false += (found["p_adjusted"] < 0.05).any()
    assert false <= 10


def test_words():
    x = np.arange(8.0)
    parts = {"same": x, "other": np.array([3.0, 1, 7, 0, 6, 2, 5, 4]), "none": np.zeros(8)}
    table = pd.concat(
        pd.DataFrame({"measure": name, "unit": "bits", "value": y, "x": x})
        for name, y in parts.items()
    )
    text = told(pd.DataFrame(rank_correlations(table, "x", "rows")))
    assert text.startswith("same 1.00 (0.90 to 1.00, 8 rows), other 0.2")
    assert "adjusted for 2 correlations (Holm): same (p < 0.001). Intervals" in text
    few = told(pd.DataFrame(rank_correlations(table[table["x"] < 4], "x", "rows")))
    assert "Fewer than 5 rows decide nothing." in few
    unsure = told(pd.DataFrame(rank_correlations(table[table["measure"] == "other"], "x", "rows")))
    assert "None is told from 0 by permutation tests, adjusted for 1 correlation" in unsure
