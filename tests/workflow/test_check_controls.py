"""Before the first job: controls that no M can know by heart, and inputs that tell the label."""

import numpy as np
import pytest

from lit.data.dataset import Dataset
from lit.workflow.check_controls import known_at_most, most_of_a_control, warn_of_unknowable
from lit.workflow.check_leaks import telling_inputs, warn_of_leaks

COLUMNS = ("a", "b", "leak")


def test_of_equal_inputs_one_label_can_be_known():
    different, equal = np.arange(512.0)[:, None], np.zeros((512, 1))
    y = np.arange(512) % 2
    assert known_at_most(Dataset(different, y, 2), 256) == 1
    assert 0.5 <= known_at_most(Dataset(equal, y, 2), 256) < 0.6
    half = Dataset(np.concatenate([different[:256]] * 2), y, 2)
    # of pairs with two labels each, one is lost in half of them
    assert known_at_most(half, 512) == pytest.approx(0.75, abs=0.05)


@pytest.mark.parametrize(("labels", "warned"), [({"random": 1.0}, True), ({}, False)])
def test_a_control_that_cannot_be_known_is_warned_of(rng, labels, warned, caplog):
    data = Dataset(rng.integers(0, 12, (4096, 2)).astype(np.float32), np.arange(4096) % 2, 2)
    row = {"arm": "c", "source_dataset": "d", "source_labels": labels, "n": 1024}
    with caplog.at_level("WARNING", logger="lit"):
        warn_of_unknowable([row], {"d": data}, {"d": "d"})
    assert ("c: of n = 1,024 random labels at most 0.6" in caplog.text) == warned
    fewer = int(caplog.text.split()[-1]) if warned else 1
    assert fewer == 1 or known_at_most(data, fewer) >= 0.99


def test_no_seed_finds_more_random_labels_than_can_be_known(rng):
    """Of 40 different inputs, 15 in two rows each: what is proposed holds for each of 50 draws."""
    x = np.concatenate([np.arange(40.0), np.arange(15.0)])[:, None]
    data = Dataset(x, np.arange(55) % 2, 2)
    most = most_of_a_control(data, 50)
    assert 1 < most < 50
    assert known_at_most(data, most) == 1
    assert most_of_a_control(data, most) == most
    assert most_of_a_control(Dataset(np.arange(55.0)[:, None], data.y, 2), 50) == 50


def test_of_features_that_are_not_there_yet_the_inputs_of_their_origin_count(rng, caplog):
    """Before the first job all rows of such a data set are one row, shown again and again."""
    images = Dataset(rng.normal(size=(512, 4)).astype(np.float32), np.arange(512) % 2, 2)
    features = Dataset(np.broadcast_to(np.zeros((1, 3), np.float32), (512, 3)), images.y, 2)
    row = {"arm": "c", "source_dataset": "f", "source_labels": {"random": 1.0}, "n": 256}
    with caplog.at_level("WARNING", logger="lit"):
        warn_of_unknowable([row], {"d": images, "f": features}, {"d": "d", "f": "d"})
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
