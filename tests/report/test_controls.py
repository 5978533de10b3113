"""Warnings of the report about a study's controls."""

import math

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT
from fakes import tables_of

from lit.report.answer import answer
from lit.report.controls import (
    SMALLEST,
    explain_errors,
    explain_intervals,
    find_data_warnings,
    find_warnings,
    warn_of_skew,
)
from lit.report.latex import latex_table
from lit.tables.duplicates import warn_of_duplicates

NAMED, HARMED = "less than k log₂ C = 800 bits: a (n = 64)", "Do not trust small differences"


@pytest.mark.parametrize(
    ("uniform", "bits", "said", "unsaid"),
    [
        (425.0, -3.9, NAMED, HARMED),
        (425.0, -1.0, NAMED, HARMED),
        (425.0, -4.1, HARMED, ""),
        (3402.0, -60.0, HARMED, NAMED),
        (3402.0, -5.0, "", NAMED),
    ],
)
def test_what_naming_an_expert_costs_is_no_failed_control(tiny, uniform, bits, said, unsaid):
    table = tables_of("a")["information_transfer"]
    found = " ".join(
        find_warnings(table.assign(uniform_bits=uniform, l_it_bits=bits), tiny).values()
    )
    assert said in found
    assert not unsaid or unsaid not in found
    assert (NAMED in found) == (uniform < SMALLEST)
    assert (
        f"A larger k would do, if there are examples for it: {128 * SMALLEST / uniform:.0f}"
        in found
    ) == (uniform < SMALLEST)
    assert HARMED not in found or said == HARMED


def test_a_control_that_did_not_memorise_has_its_remedy(tiny):
    found = find_warnings(tables_of("a")["information_transfer"], tiny)
    said = found["Controls did not memorise their labels"]
    assert said.endswith(
        " Write a smaller n for them, or a wider network, or train them for longer; where fewer than"
        " 64 would be left, as of few columns, or labels are bins, of which no network gets each"
        " right, these data allow no control (docs/faq.md)."
    )


def test_random_labels_from_an_m_of_true_ones_are_said_to_be_no_control(tiny):
    """An arm whose source is another data set has `labels` for the target alone."""
    table = tables_of("a")["information_transfer"].assign(source_labels="true")
    found = find_warnings(table, tiny)
    assert "Controls did not memorise their labels" not in found
    said = found["No controls, as their M was trained on other labels"]
    assert said.startswith(
        "a (n = 64): random labels are coded from an M that was trained on others"
    )
    assert said.endswith("write source_labels: {random: 1.0} for the arm.")
    known = table.assign(m_train_accuracy=1.0)
    assert answer(known, 0).endswith(
        "\nNo control shows what memorising counts for: see the warnings.\nL_IT is a head start under"
        " this n, k, learner and code, not all that inputs tell."
    )


def test_beside_controls_that_did_not_memorise_those_that_did_are_named(tiny):
    table = tables_of("a")["information_transfer"]
    known = table.assign(arm="b", m_train_accuracy=1.0, l_it_bits=-1.7)
    found = find_warnings(pd.concat([table, known]), tiny)
    said = found["Controls did not memorise their labels"]
    assert said.endswith(" Others did, and show it: b (n = 64), which saves −1.7 bits.")


def test_what_nobody_can_know_is_not_asked_of_a_control(tiny):
    """Of equal inputs with different labels a network can know one."""
    table = tables_of("a")["information_transfer"].assign(m_train_accuracy=0.96)
    weak = "Controls did not memorise their labels"
    assert weak not in find_warnings(table.assign(m_knowable=0.967), tiny)
    assert (
        " a (n = 64, 0.960 of at most 0.980)"
        in find_warnings(table.assign(m_knowable=0.98), tiny)[weak]
    )
    assert weak in find_warnings(table.assign(m_knowable=np.nan), tiny)


def test_equal_inputs_may_be_other_examples(tiny):
    table = tables_of("a")["information_transfer"].assign(duplicates=[3, 0], source_labels="true")
    for saved, bits in ((1.26, "; their labels are 1.3 of that row's 1.5 bits"), (np.nan, "")):
        found = warn_of_duplicates(table.assign(l_it_duplicates_bits=saved), {"a": "npz"})
        assert found == (
            "3 of 512 coded inputs (of a, over arms and seeds; 3 of 256 of a, n = 64) also occur,"
            f" exactly, in a source's training set{bits}. If they are the same examples, that is"
            " memory, so remove them; if they are others that look alike, such as two days of equal"
            " weather, leave them in."
        )
    little = table.assign(l_it_duplicates_bits=[0.9, -30.0])
    assert warn_of_duplicates(little, {"a": "npz"}) == "", "the second row has no duplicates"
    older = table.drop(columns="l_it_duplicates_bits", errors="ignore")
    assert "training set. If they are" in warn_of_duplicates(older, {"a": "npz"})
    assert warn_of_duplicates(table, {"a": "parity"}) == ""
    saved = table.assign(l_it_duplicates_bits=1.26)
    assert "Coded inputs that M was trained on" in find_warnings(saved, tiny)


def test_a_warning_of_copies_says_what_they_come_to():
    table = tables_of("a")["information_transfer"].assign(duplicates=[3, 0], source_labels="true")
    said = "9 of 90 examples repeat another, inputs and label"
    datasets = pd.DataFrame({"dataset": ["a"], "warnings": [said]})
    for bits, more in (
        ([0.94, -30.0], " Labels of inputs that M saw too are at most 0.9 bits of an L_IT here."),
        ([1.0, 0.0], ""),  # another warning has it
        ([np.nan, 0.0], ""),
    ):
        found = find_data_warnings(datasets, table.assign(l_it_duplicates_bits=bits))
        assert found == {"Data set a": f"Data set a: {said}.{more}"}
    other = datasets.assign(warnings="input 'x' alone tells")
    little = table.assign(l_it_duplicates_bits=0.5)
    assert find_data_warnings(other, little) == {"Data set a": "Data set a: input 'x' alone tells."}


def test_of_repeated_inputs_the_row_with_most_to_lose_is_named():
    """Not one of shuffled labels, which M cannot remember, though it repeats as many."""
    table = tables_of("a")["information_transfer"].assign(duplicates=[3, 0], source_labels="true")
    saved = {"b": 9e8, "c": 0.0, "d": np.nan, "e": 9e9}
    rows = [table.assign(arm=arm, l_it_duplicates_bits=bits) for arm, bits in saved.items()]
    rows[-1]["source_labels"] = "shuffled-1"
    said = warn_of_duplicates(pd.concat(rows), {"a": "npz"})
    assert "; 3 of 256 of b, n = 64)" in said


@pytest.mark.parametrize("page", ["docs/reading.md", "lit/report/templates/report.html"])
def test_pages_say_from_which_size_on_the_control_can_hold(page):
    text = (ROOT / page).read_text().replace("&nbsp;", " ")
    assert f"k log₂ C = {SMALLEST:,.0f} bits on" in text


UNTAUGHT = "M did not learn its own labels"


def test_m_that_guesses_its_own_labels_is_warned_of(tiny):
    """One of three classes in 64 examples and two seeds: chance is 0.333, its error 0.042."""
    table = tables_of("a")["information_transfer"].assign(labels="true", source_labels="true")
    said = find_warnings(table.assign(m_train_accuracy=[0.35, 1.0]), tiny)[UNTAUGHT]
    assert said.startswith("M is no better than chance on the labels that it was trained on:")
    assert "a (n = 64: train accuracy 0.350, chance 0.333). What" in said
    poor = table.assign(m_train_accuracy=0.35)
    for columns in ({"m_train_accuracy": 0.5}, {"n_before": 64}, {"source_labels": "random-1"}):
        assert UNTAUGHT not in find_warnings(poor.assign(**columns), tiny)
    untrained = poor.assign(n=pd.array([0, None], dtype="Int64"))
    assert UNTAUGHT not in find_warnings(untrained, tiny)


def test_chance_is_that_of_ms_own_classes(tiny):
    """M of five classes, coded of two: 0.35 is more than guessing; of two classes it is not."""
    table = tables_of("a")["information_transfer"].assign(labels="true", classes=2)
    table = table.assign(uniform_bits=128.0, m_train_accuracy=0.35)
    five = table.assign(source_uniform_bits=64 * math.log2(5))
    assert UNTAUGHT not in find_warnings(five, tiny)
    assert "chance 0.500" in find_warnings(table.assign(source_uniform_bits=64.0), tiny)[UNTAUGHT]


WASTED = "The code from θ₀ wastes bits"


def test_a_code_that_is_longer_than_counting_labels_is_warned_of(tiny):
    """512 labels of two classes with an entropy of 400 bits: 4.5 + 1 more at most."""
    table = tables_of("a")["information_transfer"].assign(
        labels="true", k=512, classes=2, uniform_bits=512.0, label_entropy_bits=400.0
    )
    assert WASTED not in find_warnings(table.assign(l_theta0_bits=405.4), tiny)
    said = find_warnings(table.assign(l_theta0_bits=[460.0, 405.0]), tiny)[WASTED]
    assert "ever is: a (n = 64: 460 and 406 bits). So much" in said
    several = table.assign(l_theta0_bits=460.0, uniform_bits=5000.0)
    assert WASTED not in find_warnings(several, tiny)


# intervals --------------------------------------------------------------------------------------

THESE, LIKE = "these examples", "examples like these"


def transfers(**columns):
    """Rows of a main table of two arms, a and b, of five seeds."""
    table = tables_of("a")["information_transfer"].assign(arm=["a", "b"], seeds=5, labels="true")
    return table.assign(**columns)


def test_a_table_of_one_kind_says_once_what_its_intervals_are_about():
    found = transfers(shared=0.57, times_coded=2.85, about=LIKE)
    assert explain_intervals(found) == (
        "Intervals of L_IT are about examples like these: what another data set of the same kind"
        " would give. Two seeds share 57 % of what they code (f); all together code an example, or"
        " a group, 2.85 times (f S)."
    )
    few = transfers(shared=[0.02, 0.1], times_coded=[0.1, 0.5], about=THESE)
    assert explain_intervals(few).endswith(
        "what other seeds would give on them. Two seeds share 2 to 10 % of what they code (f);"
        " all together code an example, or a group, 0.10 to 0.50 times (f S)."
    )


def test_how_intervals_follow_from_standard_errors_is_said_of_each_kind():
    assert explain_errors(transfers(about=THESE)).startswith("About these examples they are")
    both = explain_errors(transfers(about=[THESE, LIKE]))
    assert "About examples like these, s.e. also counts how seeds vary together" in both
    assert both.startswith("About these")
    assert explain_errors(transfers(about=LIKE, l_it_ci_low=float("nan"))) == ""


def test_arms_are_named_where_intervals_are_about_different_things():
    said = explain_intervals(
        transfers(shared=[0.05, 0.5], times_coded=[0.25, 2.5], about=[THESE, LIKE])
    )
    assert "Intervals of L_IT for a are about these examples: what other seeds would give" in said
    assert "share 5 % of what they code (f)" in said
    assert (
        "L_IT for b are about examples like these: what another data set of the same kind" in said
    )


def test_one_seed_shares_nothing():
    unknown = {"shared": float("nan"), "times_coded": float("nan"), "about": THESE}
    said = explain_intervals(transfers(seeds=1, **unknown))
    assert said == "With one seed there are no standard errors and no intervals."
    assert "Which examples seeds share is not known." in explain_intervals(transfers(**unknown))


def test_skewed_transfers_are_warned_of(tiny):
    table = transfers(l_it_skewed=[False, True])
    (said,) = warn_of_skew(table)
    assert said.startswith(
        "L_IT is surely skewed over seeds: b (n = 64). Its intervals are too short"
    )
    assert said in find_warnings(table, tiny).values()
    assert warn_of_skew(transfers()) == []


@pytest.mark.parametrize(("skewed", "warned"), [(1, False), (5, False), (7, True)])
def test_of_many_rows_a_few_are_called_skewed_by_chance(skewed, warned):
    """Of 300 at 1 %, seven or more in 3 of 100 studies, five or more in 19."""
    one = transfers(seeds=10)[:1]
    values = {"l_it_bits": np.arange(300.0), "l_it_skewed": np.arange(300) < skewed}
    table = one.loc[one.index.repeat(300)].assign(**values)
    assert bool(warn_of_skew(table)) == warned
    again = pd.concat([table, *[table[table["l_it_skewed"]]] * 9])  # cells that are the same ones
    assert bool(warn_of_skew(again)) == warned


def test_latex_says_the_same():
    """Names are escaped there, as everywhere."""
    both = {"shared": [0.05, 0.5], "times_coded": [0.25, 2.5], "about": [THESE, LIKE]}
    text = latex_table(transfers(**both, l_it_skewed=[True, False]).replace({"arm": {"b": "b_2"}}))
    caption = text[text.index(r"\caption{") : text.index(r"\label")]
    assert r"L\_IT for b\_2 are about examples like these: what another data set" in caption
    assert r"L\_IT is surely skewed over seeds: a (n = 64)." in caption
    assert "skewed" not in latex_table(transfers())
