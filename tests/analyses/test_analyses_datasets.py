"""Analyses of data sets, classes and examples: values worked out by hand from a few bits."""

import base64
import math

import numpy as np
import pandas as pd
import pytest
from fakes import FakeStudy, K, closed_testing, refuses
from scipy import stats

from lit.analyses import get_analysis

SAVED = {"a": [9, 12, 10, 11, 13], "b": [8, 12, 11, 9, 13], "c": [3, 5, 3, 6, 4]}  # bits by seed


def notes(axis):
    return [text.get_text() for text in axis.texts]


# compare ----------------------------------------------------------------------------------------


def test_compare(analyse):
    """A wasteful coder has more L_IT and the longer code; k log2 C is 8 for both."""
    study = (
        FakeStudy()
        .arm("sloppy", 8, [10, 12], [4, 6], classes=4, model="big")
        .arm("tight", 8, [5, 5], [3, 1], classes=4)
    )
    study.arm("tight", 0, [5, 5], [5, 5], classes=4)
    table, figure, text = analyse("compare", study)
    sloppy, tight, untrained = table.to_dict("records")
    assert (sloppy["l_theta0_bits"], sloppy["l_m_bits"]) == (11, 5)
    assert (sloppy["l_it_bits"], sloppy["l_it_se"], sloppy["l_it_share"]) == (6, 0, 0.75)
    assert sloppy["l_theta0_bits_per_label"] == 2.75
    assert sloppy["l_m_bits_per_label"] == 1.25
    assert (tight["l_it_bits"], tight["l_it_se"], tight["l_it_share"]) == (3, 1, 0.375)
    assert (untrained["n"], untrained["l_it_bits"]) == (0, 0)
    assert "n = 8, the largest that all arms have: L_IT orders the arms, most first:" in text
    assert "most first: sloppy (6.0 ± 0.0 bits), tight" in text
    assert "shortest first: tight (2 bits), sloppy (5 bits)." in text
    assert "sloppy has more L_IT than tight, but needs 3 bits more from M" in text
    assert "3 bits more from M, and 6 more from θ₀" in text
    assert "L_IT does not" in text
    assert "Caution" not in text
    assert [tick.get_text() for tick in figure.axes[0].get_yticklabels()] == ["sloppy", "tight"]


def test_compare_tests_each_arm_against_the_first_of_the_same_n(analyse):
    """At n = 8 a saves most, and b less by chance, c surely; at n = 16 there is c alone."""
    study = FakeStudy()
    for arm, bits in SAVED.items():
        study.arm(arm, 8, [40] * 5, 40 - np.array(bits, dtype=float))
    study.arm("c", 16, [40] * 5, [30, 31, 32, 33, 34])
    table, _, text = analyse("compare", study)
    pairs = [("a", "b"), ("a", "c"), ("b", "c")]
    ab, ac, bc = closed_testing([stats.ttest_rel(SAVED[a], SAVED[b]).pvalue for a, b in pairs])
    assert table["p_first"].tolist() == pytest.approx([math.nan, ab, ac, math.nan], nan_ok=True)
    assert ac < bc < 0.05 < ab
    assert table["told_apart"].fillna("").tolist() == ["", "no", "yes", ""]
    assert table["not_told_from"].fillna("").tolist() == ["b", "a", "", ""]
    for i, arm in [(1, "b"), (2, "c")]:
        less = np.array(SAVED["a"]) - np.array(SAVED[arm])
        low, high = stats.ttest_1samp(less, 0).confidence_interval()
        found = table.loc[i, [f"behind_first_{of}" for of in ("bits", "ci_low", "ci_high", "se")]]
        assert found.tolist() == pytest.approx([less.mean(), low, high, stats.sem(less)])
    assert table.loc[[0, 3]].filter(like="behind_first").isna().all(axis=None)
    assert (
        "Which arm has the most L_IT is not sure: by paired t-tests over seeds, adjusted for all 3"
        " pairs of arms (Holm), b cannot be told from a; 1 other can." in text
    )


@pytest.mark.parametrize(
    ("other", "said"),
    [  # a less c is 6, 7, 7, 5, 9 (s.e. 0.66), a less b 1, 0, -1, 2, 0 (0.51); t(4) is 2.776
        ("c", "a saves 6.8 bits more than c (95 % interval 5.0 to 8.6, p = 0.001, paired by seed)"),
        (
            "b",
            "a saves 0.4 bits more than b (95 % interval −1.0 to 1.8, p = 0.477, paired by seed)",
        ),
    ],
)
def test_compare_says_by_how_much_one_of_two_arms_has_more(analyse, other, said):
    study = FakeStudy()
    for arm in ("a", other):
        study.arm(arm, 8, [40] * 5, 40 - np.array(SAVED[arm], dtype=float))
    table, _, text = analyse("compare", study)
    apart = other == "c"
    assert f"{said}{'' if apart else ': they cannot be told apart'}." in text
    older = table.drop(columns=table.filter(like="behind_first"))
    assert (
        get_analysis("compare")
        .describe(older)[-1]
        .startswith(
            "a surely has the most L_IT" if apart else "Which arm has the most L_IT is not sure"
        )
    )


def test_compare_says_it_of_each_n_that_several_arms_have(analyse):
    """A difference at a smaller n was in the table alone, and the text spoke of no difference."""
    study = FakeStudy()
    for n, other in ((8, "c"), (16, "b")):
        for arm, of in (("a", "a"), ("d", other)):
            study.arm(arm, n, [40] * 5, 40 - np.array(SAVED[of], dtype=float))
    _, _, text = analyse("compare", study)
    assert "At n = 16, the largest that all arms have: " in text
    assert "a saves 0.4 bits more than d (95 % interval −1.0 to 1.8" in text
    assert "At n = 8: a saves 6.8 bits more than d (95 % interval 5.0 to 8.6" in text
    for n in (1, 2, 4):
        for arm in "ad":
            study.arm(arm, n, [40] * 5, 40 - np.array(SAVED["a"], dtype=float))
    _, _, text = analyse("compare", study)
    assert "At n = 4: " in text
    assert "At n = 8: " not in text
    assert "The table has 1 other n." in text


def test_compare_says_what_each_model_needs_from_theta0(analyse):
    study = FakeStudy().arm("a", 8, [4, 4], [2, 2]).arm("b", 8, [5, 5], [2, 2], model="other")
    _, _, text = analyse("compare", study)
    assert "makes its M look richer. Here these codes take 4 bits (a), 5 bits (b)." in text


def test_of_models_that_differ_codes_from_m_are_told_apart(analyse):
    """From M, a needs 30, 31, 29, 30, 32 bits, b as many but for 0, 1, -1, 2, 0 (s.e. 0.51)."""
    ours = np.array([30.0, 31, 29, 30, 32])
    theirs = ours + np.array([0, 1, -1, 2, 0])
    study = FakeStudy().arm("a", 8, [40] * 5, ours).arm("b", 8, [50] * 5, theirs, model="other")
    table, _, text = analyse("compare", study)
    assert "b saves 9.6 bits more than a (95 % interval 8.2 to 11.0" in text
    assert (
        "From M, a needs 0.4 bits fewer than b (95 % interval −1.0 to 1.8, p = 0.477, paired by seed)"
        ": they cannot be told apart." in text
    )
    assert table["longer_bits"].tolist() == pytest.approx([math.nan, 0.4], nan_ok=True)
    assert table["p_shortest"].tolist() == pytest.approx(
        [math.nan, stats.ttest_rel(ours, theirs).pvalue], nan_ok=True
    )
    older = table.drop(columns=["p_shortest", *table.filter(like="longer")])
    assert "From M, a needs" not in " ".join(get_analysis("compare").describe(older))
    study.arm("c", 8, [60] * 5, ours + 9, model="third")
    _, _, text = analyse("compare", study)
    assert "Which arm has the shortest code from M is not sure: by paired t-tests" in text
    study.arm("elsewhere", 8, [60] * 5, ours + 9, target="e", model="third")
    _, _, text = analyse("compare", study)
    assert "has the shortest code from M" not in text


@pytest.mark.parametrize("kind", ["compare", "ranking", "crossings"])
def test_bits_a_label_are_of_all_labels_of_an_example(analyse, kind):
    """Of examples of three labels each; they were bits an example."""
    study = FakeStudy().arm("a", 8, [12, 12, 12], [6, 6, 6]).arm("b", 8, [12, 12, 12], [9, 9, 9])
    study.datasets, study.models = {"d": {"kind": "npz"}}, {"mlp": {"kind": "mlp"}}
    for code in study.codes.values():
        code["labels"] = np.full(code["bits/network"].shape, 3)
    table, _, _ = analyse(kind, study)
    column = "l_m_bits_per_label" if kind == "compare" else "bits_per_label"
    rows = table.drop_duplicates("arm").set_index("arm")[column]
    assert rows.to_dict() == pytest.approx({"a": 6 / (3 * K), "b": 9 / (3 * K)})


def test_compare_warns_where_k_or_classes_differ(analyse):
    long = np.ones((2, 8))
    study = FakeStudy().arm("a", 8, [4, 4], [2, 2])
    study.arm("b", 8, long, long / 4, target="e", classes=3)
    _, _, text = analyse("compare", study)
    assert "Caution: C and k differ (a: k = 4, C = 2, b: k = 8, C = 3)." in text
    assert "Models or learners differ" not in text
    assert "different data sets" in text


def test_compare_ranks_where_most_arms_are_and_names_the_others(analyse):
    study = (
        FakeStudy()
        .arm("a", 8, [4, 4], [2, 2])
        .arm("b", 8, [4, 4], [3, 3])
        .arm("ready", None, [4, 4], [1, 1])
    )
    table, figure, text = analyse("compare", study)
    assert pd.isna(table["n"].iloc[2])
    assert "At n = 8, which 2 arms have (others: ready)" in text
    assert "The two orders" not in text
    assert [tick.get_text() for tick in figure.axes[0].get_xticklabels()] == ["8", "ready\nweights"]


def test_compare_says_where_nothing_can_be_ranked(analyse):
    _, _, text = analyse(
        "compare", FakeStudy().arm("a", 8, [4, 4], [2, 2]).arm("b", 16, [4, 4], [3, 3])
    )
    assert text.startswith("No two arms have an n above 0 in common")


def test_compare_needs_two_arms():
    refuses("compare", FakeStudy().arm("a", 8, [4, 4], [2, 2]), "at least two arms")


# differences ------------------------------------------------------------------------------------

COLD = [[4, 4, 4, 4], [4, 4, 4, 4]]
THREE = [[4, 4, 4, 4]] * 3


def test_differences_are_paired_by_seed(analyse):
    """The reference saves 8, 12 and 10 bits, the arm 6, 10 and 8: the losses do not differ."""
    study = (
        FakeStudy()
        .arm("1", 8, THREE, [[2, 2, 2, 2], [1, 1, 1, 1], [1, 2, 1, 2]])
        .arm("2", 8, THREE, [[2, 3, 2, 3], [1, 2, 1, 2], [2, 2, 2, 2]])
    )
    study.arm("1", 0, THREE, THREE).arm("2", 0, THREE, THREE).arm("2", 99, THREE, THREE)
    table, figure, text = analyse("differences", study, reference="1")
    (row,) = table.to_dict("records")
    assert (row["arm"], row["reference"], row["n"]) == ("2", "1", 8)
    assert (row["l_it_reference_bits"], row["l_it_bits"], row["share_kept"]) == (10, 8, 0.8)
    assert (row["lost_bits"], row["lost_se"], row["lost_ci_low"], row["lost_ci_high"]) == (
        2,
        0,
        2,
        2,
    )
    assert math.isnan(row["l_it_on_class_bits"])
    assert "where 1 has an L_IT of 10 bits, 2 loses 2 bits (95 % interval 2 to 2)." in text
    assert "2 to 2). All are told from 0." in text
    for end in (row["share_kept_ci_low"], row["share_kept_ci_high"]):
        left = np.array([6, 10, 8]) - end * np.array([8, 12, 10])
        assert stats.ttest_1samp(left, 0).pvalue == pytest.approx(0.05), "Fieller's interval"
    assert row["share_kept_ci_low"] < 0.8 < row["share_kept_ci_high"]
    (said,) = figure.texts  # one bar would be no figure
    assert "lost against 1 = 2 bits" in " ".join(said.get_text().split())


def test_differences_on_the_class_left_out(analyse):
    """Labels 0 1 0 1: on class 1 the reference saves 2 + 2, 3 + 3 and 5, the arm 1 + 1, 0 + 2 and 1 + 1."""
    study = FakeStudy().arm("whole", 8, THREE, [[1, 2, 1, 2], [1, 1, 1, 1], [1, 2, 1, 1]])
    study.arm(
        "without",
        8,
        THREE,
        [[1, 3, 1, 3], [1, 4, 1, 2], [1, 3, 1, 3]],
        source_labels={"without": [1]},
    )
    study.arm("gain", 8, THREE, [[0, 2, 1, 2], [1, 1, 0, 1], [0, 2, 1, 1]])
    study.arm(
        "other stream",
        8,
        THREE,
        THREE,
        source_labels={"without": [1]},
        index=np.array([[3, 2, 1, 0]] * 3),
    )
    table, _, text = analyse("differences", study, reference="whole")
    without, gain, other = table.to_dict("records")
    assert (without["l_it_on_class_reference_bits"], without["l_it_on_class_bits"]) == (5, 2)
    assert math.isnan(gain["l_it_on_class_bits"])
    assert math.isnan(other["l_it_on_class_bits"])
    assert gain["lost_bits"] == -1
    assert "other stream loses most, 11 bits (95 % interval 9 to 13)" in text
    assert "gain loses least, −1 bits" in text
    assert "without 2 of 5 bits." in text


def test_differences_that_may_be_nothing_are_named_and_grey(analyse):
    cold, warm = np.full((4, K), 4.0), np.ones((4, K))
    study = FakeStudy().arm("whole", 8, cold, warm)
    study.arm("less", 8, cold, warm + 1).arm(
        "same", 8, cold, warm + np.array([[1], [-1], [1], [-1]])
    )
    table, figure, text = analyse("differences", study, reference="whole")
    assert table["lost_bits"].tolist() == [4, 0]
    assert "Not told from 0: same." in text
    colours = [patch.get_facecolor() for patch in figure.axes[0].patches]
    assert colours[1][:3] == (0.8, 0.8, 0.8)
    assert colours[0] != colours[1]


def test_losses_are_tested_together_at_each_n(analyse):
    """Of three arms at n = 8, and of one at n = 16, whose p-value is left as it is."""
    lost = {"a": [1, 3, 2, 4], "b": [0, 2, 1, 3], "c": [2, 1, 2, 2]}
    cold, study = [40] * 4, FakeStudy()
    for n in (8, 16):
        study.arm("whole", n, cold, [20] * 4)
        for arm, bits in lost.items() if n == 8 else [("b", lost["b"])]:
            study.arm(arm, n, cold, 20 + np.array(bits, dtype=float))
    table, _, text = analyse("differences", study, reference="whole")
    alone = [stats.ttest_1samp(bits, 0).pvalue for bits in lost.values()]
    assert table["lost_p"].tolist() == pytest.approx([*closed_testing(alone), alone[1]])
    told = table["lost_p"] <= 0.05
    assert told.tolist() == [False, False, True, False]
    assert alone[0] < 0.05, "which for three is not enough"
    assert "Not told from 0: a, b." in text


def test_one_seed_tells_nothing_apart(analyse):
    study = FakeStudy().arm("whole", 8, [16], [4]).arm("less", 8, [16], [8])
    _, _, text = analyse("differences", study, reference="whole")
    assert "less loses 4 bits. With fewer than three seeds no loss can be told from 0." in text


def test_differences_refuse_what_does_not_pair():
    study = FakeStudy().arm("whole", 8, COLD, COLD).arm("less", 9, COLD, COLD)
    refuses("differences", study, "no arm is named 'hole'; did you mean 'whole'", reference="hole")
    refuses("differences", study, "reference: no arm is named None")
    refuses(
        "differences",
        study,
        "no arm shares an n above 0 with the reference whole, which has ",
        reference="whole",
    )
    study.arm("longer", 8, np.ones((2, 8)), np.ones((2, 8)))
    refuses("differences", study, "arm longer has another k", reference="whole")


# pairs ------------------------------------------------------------------------------------------


def pair_study():
    study = FakeStudy()
    for (a, b), cost, left in (((0, 1), 4, 3), ((2, 0), 2, 1.5), ((1, 2), 3, 0.5)):
        for n in (0, 8, 16):
            warm = [cost] * 2 if n == 0 else [left + (n == 8)] * 2
            study.arm(f"{a}-{b}", n, [cost] * 2, warm, labels={"classes": [a, b]})
    return study


def test_pairs(analyse):
    table, figure, text = analyse("pairs", pair_study())
    columns = ["a", "b", "n", "l_theta0_bits", "l_m_bits", "l_it_bits"]
    assert table[columns].to_numpy().tolist() == [
        [0, 1, 16, 4, 3, 1],
        [0, 2, 16, 2, 1.5, 0.5],
        [1, 2, 16, 3, 0.5, 2.5],
    ]
    assert (
        "dearest pairs to tell apart are 0 and 1 (4 bits), 1 and 2 (3 bits), 0 and 2 (2 bits)"
        in text
    )
    assert "trained on n = 16 examples, brings most to telling 1 from 2" in text
    assert "harms" not in text
    assert notes(figure.axes[0]) == [
        "4",
        "2",
        "4",
        "3",
        "2",
        "3",
    ]  # symmetric, row by row, the diagonal left out
    shown = figure.axes[1].images[0].get_array()
    assert shown.filled(-1).tolist() == [[-1, 1, 0.5], [1, -1, 2.5], [0.5, 2.5, -1]]


def test_pairs_name_harm(analyse):
    study = (
        FakeStudy()
        .arm("p", 8, [1, 1, 1], [3, 3, 3], labels={"classes": [0, 1]})
        .arm("q", 8, [2, 2, 2], [1, 1, 1], labels={"classes": [1, 2]})
    )
    _, figure, text = analyse("pairs", study)
    assert "M surely harms: 0 and 1 (−2.0 ± 0.0 bits)." in text
    assert "−2" in notes(figure.axes[1])


def test_pairs_that_may_be_chance_are_no_harm(analyse):
    """Of one pair by itself p is 0.035, of two 0.071."""
    saved, study = {(0, 1): [-2, -1, -3, -1], (1, 2): [1, -1, 2, -2]}, FakeStudy()
    for (a, b), bits in saved.items():
        study.arm(f"{a}-{b}", 8, [9] * 4, 9 - np.array(bits), labels={"classes": [a, b]})
    table, _, text = analyse("pairs", study)
    alone = [stats.ttest_1samp(bits, 0).pvalue for bits in saved.values()]
    assert table["l_it_p"].tolist() == pytest.approx([2 * alone[0], alone[1]])
    assert alone[0] < 0.05 < 2 * alone[0]
    assert "harms" not in text


def test_pairs_refuse_what_is_no_matrix():
    refuses("pairs", FakeStudy().arm("a", 8, [4, 4], [2, 2]), "labels: {classes: ")
    study = pair_study().arm("late", 32, [4, 4], [2, 2], labels={"classes": [3, 4]})
    refuses("pairs", study, "no n above 0 in common")
    refuses(
        "pairs",
        pair_study().arm("again", 16, [4, 4], [2, 2], labels={"classes": [0, 2]}),
        r"arms 2-0 and again have the same pair of classes \(0, 2\)",
    )
    refuses(
        "pairs",
        pair_study().arm("cnn", 16, [4, 4], [2, 2], labels={"classes": [3, 4]}, model="cnn"),
        "differ in model",
    )


# shared -----------------------------------------------------------------------------------------


def sharing():
    """Own examples of b bring 10, 14 and 12 bits, a's 3 each; a before b brings 12, 18 and 15."""
    study = (
        FakeStudy()
        .arm("a", 8, [20, 20, 20], [12, 12, 12], target="a")
        .arm("b", 8, [20, 20, 20], [10, 6, 8], target="b")
    )
    study.arm("a to b", 8, [20, 20, 20], [17, 17, 17], target="b", source_dataset="a").arm(
        "b to a", 8, [20, 20, 20], [22, 22, 22], target="a", source_dataset="b"
    )
    study.arm(
        "a then b",
        8,
        [20, 20, 20],
        [8, 2, 5],
        target="b",
        before=[{"dataset": "a", "labels": None, "n": 64}],
    )
    return study.arm("b more", 16, [20, 20, 20], [4, 4, 4], target="b")


def test_shared(analyse):
    table, figure, text = analyse("shared", sharing())
    found = {(r["about"], r["source"], r["target"], r["n"]): r for r in table.to_dict("records")}
    assert len(found) == 8
    assert (found["shared", "b", "b", 8]["value_bits"], found["shared", "b", "b", 8]["share"]) == (
        12,
        1,
    )
    assert (found["shared", "a", "b", 8]["value_bits"], found["shared", "a", "b", 8]["share"]) == (
        3,
        0.25,
    )
    assert (found["shared", "b", "a", 8]["value_bits"], found["shared", "b", "a", 8]["share"]) == (
        -2,
        -0.25,
    )
    added = found["added", "a", "b", 8]  # 12 - 10, 18 - 14 and 15 - 12, paired
    assert (added["value_bits"], added["value_se"], added["share"], added["n_before"]) == (
        3,
        pytest.approx(1 / math.sqrt(3)),
        0.25,
        64,
    )
    again = found["redundancy", "b", "b", 8]  # 2 * 10 - 16, 2 * 14 - 16, 2 * 12 - 16
    assert (again["value_bits"], again["share"]) == (8, pytest.approx(8 / 12))
    assert again["value_se"] == pytest.approx(4 / math.sqrt(3))
    more = found["asymmetry", "a", "b", 8]  # 3 - -2, of all seeds
    assert (more["value_bits"], more["value_se"], more["value_p"]) == (5, 0, 0)
    assert math.isnan(more["share"])
    # 3 bits of all seeds over an interval of 12 +- t s / sqrt(3), from 10, 14 and 12
    low, high = stats.ttest_1samp([10, 14, 12], 0).confidence_interval(0.95)
    ends = [found["shared", "a", "b", 8][f"share_ci_{end}"] for end in ("low", "high")]
    assert ends == pytest.approx([3 / high, 3 / low])
    for line, values in ((added, [2, 4, 3]), (again, [4, 12, 8])):
        assert line["value_p"] == pytest.approx(stats.ttest_1samp(values, 0).pvalue), "one a kind"
    # the other four are sure, so that the largest of five stays as it is
    own = stats.ttest_1samp([10, 14, 12], 0).pvalue
    assert found["shared", "b", "b", 8]["value_p"] == pytest.approx(own)
    assert (
        "most a → b, 3 bits (95 % interval 3 to 3), 25 % (18 % to 43 %) of what n examples of b bring"
        in text
    )
    assert "Surely below 0: b → a, −2 bits" in text
    assert (
        "by t-tests adjusted for 1 pair (Holm), a → b is 5 bits (95 % interval 5 to 5) more"
        " than back." in text
    )
    assert "Redundancy" in text
    assert notes(figure.axes[0]) == [
        "8.0 ± 0.0\n100 %",
        "3.0 ± 0.0\n25 %",
        "−2.0 ± 0.0\n−25 %",
        "12 ± 1\n100 %",
    ]
    assert len(figure.axes) == 5  # two heat maps with their colour bars, and redundancy


def test_shared_draws_what_there_is(analyse):
    halves = (
        FakeStudy()
        .arm("d", 8, [9], [5], labels={"noise": 0.5})
        .arm("d2", 16, [9], [3], labels={"noise": 0.5})
    )
    table, figure, text = analyse("shared", halves)
    assert table["target"].tolist() == ["d, noise-0.5"] * 3
    assert table["value_bits"].tolist() == [4, 6, 2]
    assert len(figure.axes) == 1
    assert "From one data set" not in text
    _, _, text = analyse("shared", FakeStudy().arm("across", 8, [9], [5], source_dataset="e"))
    assert "most e → d, 4 bits. With fewer than three seeds none can be told from 0." in text


def test_directions_that_differ_by_chance_are_not_told_apart(analyse):
    cold = [20] * 3
    study = FakeStudy().arm("b on a", 8, cold, [15, 18, 16], target="a", source_dataset="b")
    study.arm("a on b", 8, cold, [17, 15, 16], target="b", source_dataset="a")
    table, _, text = analyse("shared", study)
    (more,) = table[table["about"] == "asymmetry"].to_dict("records")
    assert (more["source"], more["target"], more["value_bits"]) == ("a", "b", pytest.approx(1 / 3))
    wanted = stats.ttest_rel([3, 5, 4], [5, 2, 4]).pvalue
    assert more["value_p"] == pytest.approx(wanted)
    assert "(Holm), no pair's two directions are told apart." in text


def test_shared_refuses_what_does_not_compare():
    alone = FakeStudy().arm("d", 8, [9, 9, 9], [5, 5, 5])
    refuses("shared", alone, "needs arms whose source is another data set")
    refuses(
        "shared",
        sharing().arm("twice", 8, [9, 9, 9], [5, 5, 5], target="a", source_dataset="b"),
        r"arms b to a and twice have the same source, target and n \(b, a, 8\)",
    )
    refuses(
        "shared",
        sharing().arm("cnn", 99, [9, 9, 9], [5, 5, 5], model="cnn"),
        "needs one model, and its arms have cnn, mlp",
    )
    refuses(
        "shared",
        sharing().arm("long", 99, np.ones((3, 8)), np.ones((3, 8)), target="b"),
        "target b has k = 4 and 8",
    )
    before = [{"dataset": "b", "labels": {"without": [3]}, "n": 64}]
    refuses(
        "shared",
        sharing().arm("lonely", 32, [9, 9, 9], [5, 5, 5], target="a", before=before),
        "b, without-3 before a, but no arm",
    )


# relatives --------------------------------------------------------------------------------------


def related():
    """Arm i costs i + 1 bits a label at first, then half a bit, from theta0; M saves i + 1."""
    study = FakeStudy()
    for i in range(3):
        cold = [[i + 1, i + 1, 0.5, 0.5]] * 2
        study.arm(f"arm {i}", 4, cold, np.array(cold) - (i + 1) / 4, start=np.full((2, K), 0.25))
        study.trained(
            [[0, 0, 1, 1]] * 2,
            np.full((2, 4), 0.1 * i),
            None if i == 2 else [[1, 1, 1, 1], [2, 2, 2, 2]],
        )
    study.rows[1]["source_labels"] = {"random": 1}
    return study


def test_relatives(analyse):
    table, figure, text = analyse("relatives", related(), eps=[0.5, 1])
    values = table[table["about"] == "value"].set_index(["measure", "arm"])["value"]
    rho = table[table["about"] == "rank correlation"].set_index("measure")
    assert values["MDL"].tolist() == [3, 5, 7]
    assert values["compression"].tolist() == pytest.approx([4 / 3, 4 / 5, 4 / 7])
    assert values["EDL"].tolist() == [1, 3, 5]
    assert values["SDL, ε = 0.5"].tolist() == [1, 3, 5]
    assert values["SDL, ε = 1"].tolist() == [0, 2, 4]
    assert values["eSC, ε = 0.5"].tolist() == [2, 2, 2]
    assert values["eSC, ε = 1"].tolist() == [0, 2, 2]
    # the four labels from theta0, 4 and 8 bits, less a quarter each; random ones have another floor
    assert values["epiplexity"].fillna(-1).tolist() == [5, -1, -1]
    assert values["K(Mₙ)"].fillna(-1).tolist() == pytest.approx([6, 5.6, -1])
    assert values["V-information"].tolist() == [0.75] * 3  # g_null pays one bit a label
    assert rho["value"][["MDL", "compression"]].tolist() == pytest.approx([1, -1])
    assert rho["value"]["eSC, ε = 1"] == pytest.approx(math.sqrt(0.75))
    assert (
        rho["value"][["eSC, ε = 0.5", "epiplexity", "V-information", "K(Mₙ)"]].isna().all()
    )  # constant, or too few rows
    assert rho["rows"][["MDL", "epiplexity", "K(Mₙ)"]].tolist() == [3, 1, 2]
    assert "At n = 4, k = 4 and learner restart" in text
    assert "compression −1.00 (3 rows). Fewer than 5 rows decide nothing." in text
    assert "epiplexity (2 of 3), K(Mₙ) (1 of 3)" in text
    titles = [axis.get_title() for axis in figure.axes]
    assert sum(axis.axison for axis in figure.axes) == 10
    assert "compression\nρ = −1.00" in titles


def test_relatives_count_only_the_labels_that_a_row_codes(analyse):
    """A row's k ends inside the second block of a longer run; eSC may be out of reach."""
    study = related()
    for row in study.rows:
        row["k"] = 3
    table, figure, text = analyse("relatives", study, eps=[0.25])
    values = table[table["about"] == "value"].set_index(["measure", "arm"])["value"]
    assert values["MDL"].tolist() == [2.5, 4.5, 6.5]
    assert values["EDL"].tolist() == [1, 3, 5]
    assert values["SDL, ε = 0.25"].tolist() == [1.75, 3.75, 5.75]
    assert np.isinf(values["eSC, ε = 0.25"]).all()
    assert "quarter of the labels costs more than ε each: eSC, ε = 0.25 (3 of 3)" in text
    assert "infinite" in [note for axis in figure.axes for note in notes(axis)]


def test_relatives_are_correlated_over_rows_of_one_n(analyse):
    """Six arms at n = 8, whose L_IT is as their codes are long; at other n it is the other way round."""
    study = FakeStudy()
    for i in range(6):
        cold = np.full((2, K), 1.0 + i / 8)
        study.arm(f"arm {i}", 8, cold, cold - (i + 1) / 16)
        for n in (4, 16) if i < 5 else ():
            study.arm(f"arm {i}", n, cold, cold + i)
    study.rows.append(study.rows[0] | {"n": 8, "learner": "replay", "arm": "other"})
    for row in study.rows:
        given = {"label": np.zeros((2, 4), int), "bits": np.zeros((2, 4)), "classes": np.array(2)}
        study.sources[row["source"]] = given
    table, figure, text = analyse("relatives", study, eps=[0.5])
    rho = table[table["about"] == "rank correlation"].set_index("measure")
    assert set(rho["n"]) == {8}
    assert set(rho["learner"]) == {"restart"}
    assert rho.loc["MDL", ["value", "rows"]].tolist() == [pytest.approx(1), 6]
    # MDL, compression, SDL and V-information have an order, in which eSC, EDL and K(Mₙ) have none
    assert rho["p_adjusted"].notna().sum() == 4
    assert rho["p_adjusted"]["MDL"] == pytest.approx(4 * 2 / math.factorial(6))
    assert "Told from 0 by permutation tests, adjusted for 4 correlations (Holm): MDL" in text
    assert "MDL 1.00 (6 rows)" in text
    values = table[table["about"] == "value"]
    assert len(values[values["measure"] == "MDL"]) == 17
    rings = next(line for line in figure.axes[0].lines if line.get_markerfacecolor() == "none")
    assert sorted(rings.get_xdata()) == [0.25, 0.5, 0.75, 1, 1.25, 1.5]


def test_relatives_without_known_examples(analyse):
    """Ready weights of other classes have neither V-information nor K; two rows have no ρ."""
    study = FakeStudy()
    for i in range(2):
        study.arm(f"arm {i}", None, [4 + i] * 2, [2, 2]).trained(
            np.empty((2, 0), dtype=int), np.empty((2, 0)), None
        )
    table, _, text = analyse("relatives", study)
    unknown = table[table["measure"].isin(["epiplexity", "V-information", "K(Mₙ)"])]
    assert unknown["value"].isna().all()
    assert "SDL, ε = 0.1" in set(table["measure"])
    assert text.startswith("With ready weights, k = 4 and learner restart, as most rows have it")
    assert "a rank correlation needs 3 rows that differ, and has 2." in text
    refuses("relatives", FakeStudy().arm("a", 0, [4, 4], [4, 4]), "n > 0")


# extremes ---------------------------------------------------------------------------------------


def examples_study(shape=(2, 2)):
    """In the second half of 24 labels example 40 costs 10 and 20 bits, the others 0.1 to 1.1."""
    rest = np.arange(1, 12) / 10
    late = np.array([[10, *rest], [20, *rest]])
    cold = np.concatenate([np.full((2, 12), 50.0), late], axis=1)
    coded = np.concatenate(
        [np.tile(np.arange(12), (2, 1)), [[40, *range(12, 23)], [40, *range(23, 34)]]], axis=1
    )
    study = FakeStudy()
    warm = cold.copy()
    warm[:, 12] = 5  # M saves 5 and 15 bits on example 40, nothing elsewhere
    for n, bits in ((0, cold), (8, warm)):
        study.arm("a", n, cold, bits, index=coded, first=12)
    images = np.arange(41, dtype=np.uint8)[:, None, None, None] * np.ones((1, *shape), np.uint8)
    study.data["d"] = {"x": images}
    return study


def test_extremes(analyse):
    table, figure, text = analyse("extremes", examples_study(), images=2)
    dear, cheap = (table[table["about"] == about] for about in ("dearest", "cheapest"))
    assert dear["example"].iloc[0] == 40
    assert dear["bits"].tolist() == pytest.approx([15, 1.1])
    assert dear["seeds"].tolist() == [2, 1]
    assert cheap["bits"].tolist() == pytest.approx([0.1, 0.1])
    assert set(cheap["example"]) == {12, 23}
    assert table["n"].tolist() == [0] * 4 + [8] * 10
    assert (
        np.frombuffer(base64.b64decode(dear["pixels"].iloc[0]), dtype=np.uint8).tolist() == [40] * 4
    )
    assert set(dear["shape"]) == {"1x2x2"}
    tenths = table[table["about"] == "tenth"]
    # 23 examples in all, three in each of the first tenths: 15 + 1.1 + 1.1 of 15 + 2 * 6.6 bits
    assert tenths["share_of_bits"].iloc[0] == pytest.approx(17.2 / 28.2)
    assert tenths["share_of_bits"].sum() == pytest.approx(1)
    assert tenths["share_of_l_it"].tolist() == [1] + [0] * 9
    assert "the 2 dearest examples of d cost 1.10 to 15.0 bits each" in text
    assert "holds 61 % of all bits from θ₀. It holds 100 % of L_IT at n = 8" in text
    assert [axis.get_title() for axis in figure.axes[:2]] == ["0\n15.0", "1\n1.10"]
    assert (figure.axes[0].images[0].get_array() == 40).all()


@pytest.mark.parametrize("shape", [None, (65, 65 * 3), "flat"])
def test_extremes_without_small_images(analyse, shape):
    study = examples_study((2, 2) if shape in (None, "flat") else shape)
    if shape is None:
        study.data.clear()
    elif shape == "flat":
        study.data["d"]["x"] = study.data["d"]["x"].reshape(41, -1)
    table, figure, _ = analyse("extremes", study)
    assert table["pixels"].isna().all()
    assert (table["about"] == "dearest").sum() == 11  # of 23, so that none is at both ends
    assert len(figure.axes) == 1


def test_extremes_scale_what_is_no_byte(analyse):
    study = examples_study()
    study.data["d"]["x"] = study.data["d"]["x"].astype(np.float32) / 20 - 1
    table, _, _ = analyse("extremes", study, images=1)
    values = [
        np.frombuffer(base64.b64decode(text), dtype=np.uint8)[0]
        for text in table["pixels"].dropna()
    ]
    assert values == [255, 0]


def test_extremes_of_theta0_alone_have_no_transfer(analyse):
    study = examples_study()
    study.rows.pop()
    table, _, text = analyse("extremes", study, images=1)
    assert table["share_of_l_it"].isna().all()
    assert "of L_IT" not in text
    short = FakeStudy().arm("a", 0, COLD, COLD)
    refuses("extremes", short, "needs k of at least 20, and arm a has k = 4")
