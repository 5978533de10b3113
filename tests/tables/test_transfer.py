"""The main table: what its columns say of how sure L_IT is, by hand."""

import math

import numpy as np
import pandas as pd
import pytest
from fakes import fake_code, fake_row
from scipy import stats

from lit.measures.intervals import estimate
from lit.measures.samples import sample
from lit.tables.transfer import said_of, transfer_by_seed, transfer_table

K = 4
# Of five seeds each label costs one bit from theta0; M saves a quarter of it, give or take.
SAVED = np.array([[1.0, 0, 0.5, 0.5], [0.5, 0, 0, 1], [1, 0.5, 0, 0], [0, 0, 1, 1], [1, 0, 0, 0.5]])


def main_table(index=None, saved=SAVED):
    """Of an arm without and with an M."""
    rows = [fake_row("a", n, K) for n in (0, 8)]
    codes = {"a-cold": fake_code(np.ones_like(saved), first=K, index=index)}
    codes["a-8"] = fake_code(1 - saved, first=K, index=index)
    nothing = np.zeros((len(saved), 8))
    m = {"accuracy": np.full(len(saved), 0.75), "bits": nothing, "label": nothing.astype(np.int64)}
    sources = {"a-m8": m}
    seeds = list(range(len(saved)))
    by_seed = transfer_by_seed("s", rows, codes, sources, seeds)
    return transfer_table(by_seed, rows, codes).to_dict("records")


def test_what_labels_of_repeated_inputs_save_is_counted():
    """The first input of four seeds of five is M's too."""
    rows = [fake_row("a", 8, K)]
    codes = {"a-cold": fake_code(np.ones_like(SAVED), first=K)}
    repeated = np.array([[1, 0, 0, 0]] * 4 + [[0, 0, 0, 0]], dtype=np.uint8)
    codes["a-8"] = fake_code(1 - SAVED, first=K) | {"repeated": repeated}
    m = {"accuracy": np.ones(5), "bits": np.zeros((5, 8)), "label": np.zeros((5, 8), np.int64)}
    by_seed = transfer_by_seed("s", rows, codes, {"a-m8": m}, list(range(5)))
    assert by_seed["duplicates"].tolist() == [1, 1, 1, 1, 0]
    assert by_seed["l_it_duplicates_bits"].tolist() == [1.0, 0.5, 1.0, 0.0, 0.0]
    (row,) = transfer_table(by_seed, rows, codes).to_dict("records")
    assert row["duplicates"] == 4
    assert row["l_it_duplicates_bits"] == 0.5


def test_a_log_has_intervals_and_no_standard_errors():
    values = {"arm": ["a", "b", "a"], "n": [64, pd.NA, 0], "l_it_bits": [17.2, 3.0, 0.0]}
    ends = {"l_it_ci_low": [8.14, math.nan, 0.0], "l_it_ci_high": [26.3, math.nan, 0.0]}
    table = pd.DataFrame(values | ends).astype({"n": "Int64"})
    assert list(said_of(table)) == [
        "a, n = 64: L_IT = 17.2 bits, 95 % interval 8.1 to 26.3",
        "b, ready weights: L_IT = 3.0 bits, no interval",
    ]


def test_seeds_of_their_own_examples_speak_of_these_and_of_others_alike():
    theta0, m = main_table()
    totals = SAVED.sum(axis=1)
    ends = stats.ttest_1samp(totals, 0).confidence_interval(0.95)
    for name in ("l_it", "l_it_these", "l_it_like"):
        assert m[f"{name}_se"] == pytest.approx(stats.sem(totals))
        assert (m[f"{name}_ci_low"], m[f"{name}_ci_high"]) == pytest.approx((ends.low, ends.high))
    assert (m["about"], m["shared"], m["times_coded"]) == ("these examples", 0, 0)
    assert m["l_it_bits"] == pytest.approx(totals.mean())
    assert m["l_it_network_bits"] == pytest.approx(1.25 * totals.mean())
    assert (theta0["l_it_bits"], theta0["l_it_se"], theta0["l_it_ci_low"]) == (0, 0, 0)


def test_seeds_of_common_examples_have_both_intervals():
    """Three of four examples are another's too, where streams begin one row apart, and so on."""
    index = np.arange(5)[:, None] + np.arange(K)
    _, m = main_table(index)
    common = [max(0, K - (b - a)) for a in range(5) for b in range(a + 1, 5)]
    assert m["shared"] == pytest.approx(np.mean(common) / K)
    assert m["times_coded"] == pytest.approx(5 * np.mean(common) / K)
    assert m["about"] == "examples like these"
    apart = np.zeros((5, 8))
    for seed, bits in enumerate(SAVED):
        apart[seed, seed : seed + K] = bits - bits.mean()
    together = np.mean([apart[a] @ apart[b] for a in range(5) for b in range(a + 1, 5)])
    assert together < 0, "what one saves another does not: nothing is added"
    assert m["l_it_like_se"] == m["l_it_these_se"] == m["l_it_se"]
    same = np.tile(np.arange(K), (5, 1))
    _, m = main_table(same)
    apart = SAVED - SAVED.mean(axis=1, keepdims=True)
    together = np.mean([apart[a] @ apart[b] for a in range(5) for b in range(a + 1, 5)])
    own = stats.sem(SAVED.sum(axis=1)) ** 2
    assert together > 0
    assert m["l_it_se"] == m["l_it_like_se"] == pytest.approx(math.sqrt(own + together))
    assert m["l_it_these_se"] == pytest.approx(math.sqrt(own))
    assert (m["l_it_ci_low"], m["l_it_ci_high"]) == (m["l_it_like_ci_low"], m["l_it_like_ci_high"])
    # other codes' bits are multiples of these, and so are their standard errors
    assert m["l_it_network_se"] == pytest.approx(1.25 * m["l_it_se"])
    assert m["l_it_shortest_ci_low"] == pytest.approx(0.75 * m["l_it_ci_low"])
    assert (m["shared"], m["times_coded"]) == (1, 5)


def test_one_seed_has_neither():
    _, m = main_table(saved=SAVED[:1])
    unknown = ("shared", "times_coded", "l_it_se", "l_it_these_ci_low", "l_it_like_se")
    assert all(math.isnan(m[name]) for name in unknown)
    assert m["about"] == "these examples"
    assert m["l_it_skewed"] is False


def test_a_long_tail_is_told():
    saved = np.repeat(np.r_[np.zeros(11), 40.0][:, None] / K, K, axis=1)
    assert [row["l_it_skewed"] for row in main_table(saved=saved)] == [False, True]


def test_an_estimate_of_a_notebook_is_that_of_the_table():
    same = np.tile(np.arange(K), (5, 1))
    _, m = main_table(same)
    found = estimate(sample(SAVED, same, [(0, K)]))
    assert (found.mean, found.se) == pytest.approx((m["l_it_bits"], m["l_it_se"]))
    assert found.ci == pytest.approx((m["l_it_ci_low"], m["l_it_ci_high"]))
