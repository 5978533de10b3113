"""Before the first job: controls that no M can know by heart, and inputs that tell the label."""

import numpy as np
import pytest

from lit.data.dataset import Dataset
from lit.data.streams import ends
from lit.workflow.check_controls import (
    known_shares,
    sizes_of_a_control,
    warn_of_seldom_known,
    warn_of_true_source,
    warn_of_unknowable,
)
from lit.workflow.check_leaks import telling_inputs, warn_of_leaks
from lit.workflow.propose_study import control_size

SEEDS = [0, 1, 2, 3, 4]
RANDOM = {"random": 1.0}
COLUMNS = ("a", "b", "leak")
TRANSFORMER = {"kind": "transformer", "width": 64}


def known_at_most(data, n, seeds=SEEDS):
    return known_shares(data, n, seeds)[-1]


def most_of_a_control(data, n, seeds=SEEDS):
    return int(np.flatnonzero(sizes_of_a_control(data, n, seeds))[-1]) + 1


def warned_of(data, n, caplog, labels=RANDOM):
    """What is said of a control, or of an arm of other labels, of n examples."""
    row = {"arm": "c", "source_dataset": "d", "source_labels": labels, "n": n}
    caplog.clear()
    with caplog.at_level("WARNING", logger="lit"):
        warn_of_unknowable([row], {"d": data}, SEEDS, {"d": "d"})
    return caplog.text.strip()


@pytest.fixture
def survey(rng):
    """2,821 rows of 2,435 different ones, as of a survey, and 5 classes."""
    x = np.arange(2821.0)
    x[2435:] = rng.integers(0, 2435, 2821 - 2435)
    return Dataset(x[:, None], np.arange(2821) % 5, 5)


@pytest.fixture
def repeated(rng):
    """4,096 rows of 700 different ones, and 2 classes."""
    return Dataset(rng.integers(0, 700, 4096).astype(float)[:, None], np.arange(4096) % 2, 2)


def test_of_equal_inputs_one_label_can_be_known():
    different, equal = np.arange(512.0)[:, None], np.zeros((512, 1))
    y = np.arange(512) % 2
    assert known_at_most(Dataset(different, y, 2), 256) == 1
    assert 0.5 <= known_at_most(Dataset(equal, y, 2), 256) < 0.6
    half = Dataset(np.concatenate([different[:256]] * 2), y, 2)
    # of pairs with two labels each, one is lost in half of them
    assert known_at_most(half, 512) == pytest.approx(0.75, abs=0.05)


def test_what_can_be_known_is_of_the_labels_that_m_is_trained_on(survey):
    """Of the study's own seeds, and their mean, by which a control is judged."""
    n, expected = 256, []
    for index, labels in zip(*ends(survey.y, 5, RANDOM, SEEDS, "back")[:2], strict=True):
        x, y = survey.x[index[:n], 0], labels[:n]
        expected.append(sum(np.bincount(y[x == one]).max() for one in set(x)) / n)
    assert min(expected) < np.mean(expected)
    assert known_at_most(survey, n) == pytest.approx(np.mean(expected), abs=1e-12)


def test_a_control_that_cannot_be_known_is_warned_of_with_a_size_that_can(repeated, caplog):
    said = warned_of(repeated, 1024, caplog)
    assert "c: of n = 1,024 random labels at most 0.7" in said
    most = int(said.split("write n at most ")[1].split(",")[0])
    sizes = sizes_of_a_control(repeated, 1024, SEEDS, 0.8)
    assert most == int(np.flatnonzero(sizes)[-1]) + 1 >= 64
    assert said.endswith(
        "and a control needs 0.8; write n at most"
        f" {most}, or take inputs that differ, such as rows of more columns"
    )
    assert warned_of(repeated, most, caplog) == ""
    assert warned_of(repeated, 1024, caplog, {}) == ""


def test_a_control_is_warned_of_where_its_mean_is_not_enough_and_only_there(repeated, caplog):
    enough = known_shares(repeated, 1024, SEEDS) >= 0.8
    assert not enough[-1]
    for n in (128, 512, 700, 1024):
        assert (warned_of(repeated, n, caplog) == "") == enough[n - 1]


def test_few_equal_inputs_leave_a_control_enough_to_know(survey, caplog):
    assert known_at_most(survey, 1024) < 0.99
    assert warned_of(survey, 1024, caplog) == ""


def test_where_no_size_helps_none_is_proposed(rng, caplog):
    data = Dataset(rng.integers(0, 12, (4096, 2)).astype(np.float32), np.arange(4096) % 2, 2)
    said = warned_of(data, 1024, caplog)
    assert "c: of n = 1,024 random labels at most 0.6" in said
    few = Dataset(data.x // 6, data.y, 2)
    assert warned_of(few, 1024, caplog).endswith(
        "and a control needs 0.8; as fewer than 64 say little, a smaller n is no help: take"
        " inputs that differ, such as rows of more columns"
    )


def test_a_size_that_is_proposed_is_enough_for_most_other_seeds_too(survey):
    most = most_of_a_control(survey, 1024)
    others = [list(range(first, first + 5)) for first in range(1000, 1200, 5)]
    assert np.mean([known_at_most(survey, most, seeds) >= 0.99 for seeds in others]) > 0.8
    assert most_of_a_control(survey, most) == most
    assert most_of_a_control(survey, 1024, SEEDS[:1]) < most, "one seed may be an unlucky one"
    different = Dataset(np.arange(55.0)[:, None], np.arange(55) % 2, 2)
    assert most_of_a_control(different, 50) == 50


def test_a_proposed_control_has_a_size_that_can_be_known(survey):
    n = control_size([64, 1024, 1024], survey, TRANSFORMER)
    assert n == 128
    assert known_at_most(survey, n) >= 0.99
    alike = Dataset(np.zeros((512, 1)), np.arange(512) % 2, 2)
    assert control_size([64, 256], alike, TRANSFORMER) == 8, "which check warns of"


def seldom_known(model, inputs, n, caplog, labels=RANDOM, stop="memorise"):
    row = {"arm": "c", "source_dataset": "d", "source_labels": labels, "n": n, "stop": stop}
    data = Dataset(np.zeros((8, inputs)), np.arange(8) % 2, 2)
    caplog.clear()
    with caplog.at_level("WARNING", logger="lit"):
        warn_of_seldom_known([row | {"model": "m"}], {"d": data}, {"m": model})
    return caplog.text.strip()


def test_more_random_labels_than_a_network_is_likely_to_know_are_warned_of(caplog):
    """Sizes at which an MLP of 128 units knew 0.99 of them, and at which it did not."""
    mlp = {"kind": "mlp", "hidden": [128]}
    for inputs, known, not_known in ((4, 64, 256), (18, 128, 543), (22, 300, 600), (64, 512, 1024)):
        assert seldom_known(mlp, inputs, known, caplog) == "", inputs
        assert "random labels" in seldom_known(mlp, inputs, not_known, caplog), inputs
    assert seldom_known(mlp, 784, 5000, caplog) == ""
    said = seldom_known(mlp, 18, 1000, caplog)
    assert said.endswith(
        "c: n = 1,000 random labels of 18 inputs are more than 'm' is likely to know by heart, and a"
        " control has to know 0.99 of them; write n at most 128, or a wider network"
    )
    assert seldom_known(mlp, 18, 1000, caplog, labels={}) == ""
    assert seldom_known(mlp, 18, 1000, caplog, stop="early") == ""
    assert seldom_known(mlp, 18, None, caplog) == "", "of ready weights nothing is trained"
    assert seldom_known(mlp | {"hidden": [512]}, 18, 1000, caplog) == "", "nobody has tried"
    assert seldom_known({"kind": "linear"}, 18, 30, caplog) == ""
    few = seldom_known({"kind": "linear"}, 18, 64, caplog)
    assert few.endswith("and a control has to know 0.99 of them; take an mlp")
    assert seldom_known({"kind": "linear"}, 99, 256, caplog).endswith("n at most 100, or an mlp")


def test_controls_whose_m_has_other_labels_are_warned_of(caplog):
    """Of two data sets, `labels` are the target's alone."""
    row = {"arm": "c", "labels": {"random": 1.0}, "source_labels": None, "n": 64}
    others = [row | {"source_labels": {"random": 1.0}}, row | {"n": 0}, row | {"labels": None}]
    with caplog.at_level("WARNING", logger="lit"):
        warn_of_true_source(others)
        assert caplog.text == ""
        warn_of_true_source([row, row | {"n": 128}])
    assert "Warning: c: random labels are coded, but M is trained on others" in caplog.text
    assert "write source_labels: {random: 1.0}" in caplog.text


def test_of_features_that_are_not_there_yet_the_inputs_of_their_origin_count(rng, caplog):
    """Before the first job all rows of such a data set are one row, shown again and again."""
    images = Dataset(rng.normal(size=(512, 4)).astype(np.float32), np.arange(512) % 2, 2)
    features = Dataset(np.broadcast_to(np.zeros((1, 3), np.float32), (512, 3)), images.y, 2)
    row = {"arm": "c", "source_dataset": "f", "source_labels": {"random": 1.0}, "n": 256}
    with caplog.at_level("WARNING", logger="lit"):
        warn_of_unknowable([row], {"d": images, "f": features}, SEEDS, {"d": "d", "f": "d"})
    assert caplog.text == ""


def test_many_classes_take_no_more_memory_than_examples():
    data = Dataset(np.arange(512.0)[:, None], np.arange(512), 10**9)
    assert known_at_most(data, 512) == 1


def table(rng, leak, classes=2):
    leak = np.asarray(leak, np.float32)
    x = np.column_stack([rng.normal(size=(len(leak), 2)), leak]).astype(np.float32)
    return lambda y: Dataset(x, np.asarray(y), classes, columns=COLUMNS)


def test_an_input_that_tells_the_label_is_found(rng, caplog):
    amount = rng.integers(0, 5, 200)
    made = table(rng, amount)
    assert telling_inputs(made((amount > 0).astype(int))) == ["leak"]
    assert telling_inputs(made((amount > 3).astype(int))) == ["leak"]
    y = (amount > 0).astype(int)
    y[:3] ^= 1
    assert telling_inputs(made(y)) == []
    assert telling_inputs(made(amount % 2)) == [], "more cuts than classes"
    assert telling_inputs(table(rng, amount, 5)(amount)) == ["leak"]
    assert telling_inputs(table(rng, amount[:20])((amount[:20] > 0).astype(int))) == []
    with caplog.at_level("WARNING", logger="lit"):
        warn_of_leaks(
            {"d": made((amount > 0).astype(int)), "arrays": Dataset(np.zeros((9, 1)), y[:9], 2)}
        )
    assert "data set 'd': input 'leak' alone tells the label of each example" in caplog.text
    assert "write drop: [leak]" in caplog.text
    assert "arrays" not in caplog.text
