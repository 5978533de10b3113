"""Unlearning: residuals worked out by hand, and what a mask, a relearner and accuracy say of planted forgetting."""

import math

import numpy as np
import pytest
from fakes import FakeStudy, closed_testing, refuses
from scipy import stats

COLD = np.full((3, 4), 4.0)
WITHOUT = {"source_labels": {"without": [1]}}
AGAIN = {"before": [{"dataset": "d", "labels": None, "n": 8}]}
# Labels 0 1 0 1. Bits of the three seeds from M: nothing done, a method, and the reference.
NOTHING = [[1, 1, 1, 1], [1, 1, 1, 2], [1, 1, 1, 1]]
METHOD = [[1, 2, 1, 3], [1, 3, 1, 3], [2, 2, 1, 2]]
REFERENCE = [[1, 4, 1, 3], [1, 3, 1, 3], [1, 4, 1, 4]]


def with_hits(study, *, k=4):
    """The state of each row gets 0s right, and of the first arm every label."""
    for i, row in enumerate(study.rows):
        right = np.array([[1, i == 0, 1, i == 0]] * 3, dtype=np.uint8)[:, :k]
        study.codes[row["warm"]]["right/start"] = right
    return study


@pytest.fixture
def study():
    every = {"index": np.arange(12).reshape(3, 4)}
    made = FakeStudy().arm("nothing", 8, COLD, NOTHING, **every)
    made.arm("method", 4, COLD, METHOD, **WITHOUT, **AGAIN, **every)
    return with_hits(made.arm("retrained", 7, COLD, REFERENCE, **WITHOUT, **every))


def test_a_residual_is_what_is_saved_on_the_class_beyond_the_reference(study, analyse):
    table, figure, text = analyse("unlearning", study, reference="retrained")
    nothing, method, retrained = table.to_dict("records")
    left = {"nothing": np.array([5, 3, 6]), "method": np.array([2, 0, 4])}
    assert nothing["residual_bits"] == pytest.approx(14 / 3)
    assert method["residual_bits"] == 2
    assert method["others_bits"] == pytest.approx(-1 / 3), "a 0 that cost a bit more, by one seed"
    assert [method[f"residual_{code}_bits"] for code in ("network", "shortest")] == [2.5, 1.5]
    low, high = stats.t.interval(0.95, 2, 2, stats.sem(left["method"]))
    assert (method["residual_ci_low"], method["residual_ci_high"]) == pytest.approx((low, high))
    alone = [stats.ttest_1samp(bits, 0).pvalue for bits in left.values()]
    assert table["residual_p"].tolist()[:2] == pytest.approx(closed_testing(alone))
    assert (nothing["share"], method["share"]) == (1, pytest.approx(6 / 14))
    assert [retrained[f"{name}_bits"] for name in ("residual", "others")] == [0, 0]
    assert (retrained["residual_ci_low"], retrained["residual_ci_high"]) == (0, 0)
    assert math.isnan(retrained["residual_p"])
    assert [row["accuracy_forgotten"] for row in (nothing, method, retrained)] == [1, 0, 0]
    assert (method["accuracy_others"], method["forgotten_labels"]) == (1, 2)
    assert method["l_m_forgotten_bits"] == 5
    assert method["l_theta0_forgotten_bits"] == 8
    assert "nothing saves 5 bits" in text
    assert "method leaves 2 bits (95 % interval −3 to 7) at an accuracy of 0 %" in text
    assert "not told from 0: nothing, method." in text
    assert [bar.get_width() for bar in figure.axes[1].patches] == [1, 0, 0]


def test_residual_and_others_add_up_to_the_difference_of_l_it(study, analyse):
    table, _, _ = analyse("unlearning", study, reference="retrained")
    totals = np.array([np.sum(bits) for bits in (NOTHING, METHOD, REFERENCE)]) / 3
    both = table["residual_bits"] + table["others_bits"]
    assert both.tolist() == pytest.approx((totals[2] - totals).tolist())


def test_unlearning_refuses_what_is_no_such_question(study):
    refuses(
        "unlearning", study, "is named 'retrain'; did you mean 'retrained'", reference="retrain"
    )
    refuses("unlearning", study, "arm method was not trained without any class", reference="method")
    refuses("unlearning", study, "arm nothing was not trained without", reference="nothing")
    for spec in ({"kind": "npz", "labels": "several"}, {"kind": "text", "label": "next"}):
        study.datasets["d"] = spec
        refuses(
            "unlearning", study, "those of 'd' carry several; name other", reference="retrained"
        )
    study.datasets = {}
    study.arm("whole", 8, COLD, NOTHING)
    refuses("unlearning", study, "and has nothing, whole", reference="retrained")
    study.rows = study.rows[1:3]
    refuses("unlearning", study, "and has none; add it", reference="retrained")
    study.arm("method", 9, COLD, METHOD)
    refuses("unlearning", study, "arm method has several n", reference="retrained")
