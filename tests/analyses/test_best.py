"""What is said of arms that are compared: all told apart, some, none, or nothing to tell."""

import math

import numpy as np
import pandas as pd
import pytest
from fakes import closed_testing
from scipy import stats

from lit.analyses.best import adjust, against_first, told_from_zero, which_is_best
from lit.measures.samples import Sample

NOISE = np.array([-1.0, 0.5, 0.5, -0.5, 0.5])
NO_TELLING = "With fewer than three seeds there is no telling how sure the order is."


def compared(seeds=5, **means):
    """Rows of arms in this order; the bits of each differ by another rotation of the same noise."""
    names = list(means)
    values = {
        name: Sample((means[name] + np.roll(NOISE, i))[:seeds]) for i, name in enumerate(names)
    }
    table = against_first(values)
    table.insert(0, "arm", names)
    return table.to_dict("records")


def said(**means):
    return which_is_best(compared(**means), "the most bits")


def test_one_that_is_told_from_all_others_is_sure():
    assert said(a=90, b=60, c=30) == (
        "a surely has the most bits: it is told from every other by paired t-tests over seeds,"
        " adjusted for all 3 pairs of arms (Holm)."
    )
    assert "all 1 pair" in said(a=90, b=60)


def test_those_that_are_not_told_from_the_first_are_named():
    assert said(a=60, b=60, c=30, d=20) == (
        "Which arm has the most bits is not sure: by paired t-tests over seeds, adjusted for all 6"
        " pairs of arms (Holm), b cannot be told from a; 2 others can."
    )
    assert said(a=60, b=60, c=60) == (
        "Which arm has the most bits is not sure: by paired t-tests over seeds, adjusted for all 3"
        " pairs of arms (Holm), none can be told from a."
    )


def test_one_arm_has_nothing_to_be_told_from():
    assert said(a=60) == "It is the only one."


@pytest.mark.parametrize("seeds", [1, 2])
def test_one_or_two_seeds_have_no_order(seeds):
    rows = compared(seeds, a=90, b=10)
    assert which_is_best(rows, "the most bits") == NO_TELLING
    assert [row["told_apart"] for row in rows] == ["", ""]
    assert [row["not_told_from"] for row in rows] == ["", ""]
    assert all(math.isnan(row["p_first"]) for row in rows)


def test_columns_are_of_comparisons_with_the_first_and_with_every_other():
    a, b, c, d = compared(a=60, b=60, c=30, d=30)
    assert math.isnan(a["p_first"])
    assert [row["told_apart"] for row in (a, b, c, d)] == ["", "no", "yes", "yes"]
    assert [row["not_told_from"] for row in (a, b, c, d)] == ["b", "a", "d", "c"]


def test_it_is_said_the_same_of_a_written_table(tmp_path):
    rows = compared(a=60, b=60, c=30)
    pd.DataFrame(rows).to_csv(tmp_path / "t.csv", index=False)
    written = pd.read_csv(tmp_path / "t.csv").to_dict("records")
    assert which_is_best(written, "it") == which_is_best(rows, "it")


def values(*given):
    """Rows with values by seed, and their p-values together."""
    rows = [{"arm": "abc"[i], "v_bits": np.mean(v), "v_p": p_of(v)} for i, v in enumerate(given)]
    return adjust(pd.DataFrame(rows), "v_p").to_dict("records")


def p_of(values):
    return stats.ttest_1samp(values, 0).pvalue if len(values) > 2 else math.nan


def test_values_are_told_from_zero_together():
    above, below, unsure = [5, 6, 7], [-6, -5, -7], [1, -1, 0.5]
    assert told_from_zero(values(above, above), "v") == (
        "All are surely above 0, by t-tests adjusted for 2 values (Holm)."
    )
    assert told_from_zero(values(above, below, unsure), "v") == (
        "By t-tests adjusted for 3 values (Holm), surely below 0: b; not told from 0: c."
    )
    assert told_from_zero(values(below), "v") == (
        "By t-tests adjusted for 1 value (Holm), surely below 0: a."
    )
    assert told_from_zero(values(above, unsure), "v").endswith("(Holm), not told from 0: b.")
    assert told_from_zero(values([5], [6]), "v") == (
        "With fewer than three seeds none can be told from 0."
    )


def test_what_is_sure_by_itself_need_not_be_sure_among_many():
    doubtful = [1.0, 2, 1.2]
    assert 0.03 < p_of(doubtful) < 0.05
    assert told_from_zero(values(doubtful), "v").startswith("All are surely above 0")
    assert told_from_zero(values(doubtful, [1, -1, 0]), "v").endswith("not told from 0: a, b.")


def test_p_values_are_adjusted_among_their_own():
    p = [0.01, 0.02, math.nan, 0.03, 0.01]
    table = pd.DataFrame({"kind": ["x", "y", "x", "x", None], "p": p})
    assert adjust(table, "p")["p"].drop(2).tolist() == pytest.approx(
        closed_testing([0.01, 0.02, 0.03, 0.01])
    )
    found = adjust(table, "p", by=["kind"])["p"].tolist()
    assert found == pytest.approx([0.02, 0.02, math.nan, 0.03, 0.01], nan_ok=True)
    assert table["p"].tolist() == pytest.approx(p, nan_ok=True), "a new table"
