"""Labels that lie in runs along the rows are found, and sorted rows are not taken for such."""

import dataclasses

import numpy as np
import pytest

from lit.data.bins import Bins
from lit.data.dataset import Dataset
from lit.data.row_order import label_runs
from lit.workflow.check_order import rows_together

N = 600
AREA = np.arange(N) // 10  # neighbours of one place


@pytest.fixture
def x(rng):
    """Inputs that differ in every row, in no order."""
    return rng.normal(size=(N, 3)).astype(np.float32)


@pytest.fixture
def y(rng):
    """Labels of 60 places, of which rows of one mostly have one: a row in 30 has another."""
    labels = rng.permutation(np.repeat([0, 1], 30))[AREA]
    labels[::30] ^= 1
    return labels


def test_labels_of_neighbours_that_agree_are_counted(x, y, rng):
    runs, random = label_runs(Dataset(x, y, 2))
    assert runs == 1 + (y[1:] != y[:-1]).sum()
    assert random == pytest.approx(N / 2, abs=3), "both classes are equally frequent"
    order = rng.permutation(N)
    assert label_runs(Dataset(x[order], y[order], 2)) is None
    images = x.reshape(N, 1, 1, 3)
    assert label_runs(Dataset(images, y, 2)) == (runs, random), "of inputs of any kind"


def test_said_is_what_to_do(x, y):
    said = rows_together(Dataset(x, y, 2), {"kind": "npz"})
    runs, random = label_runs(Dataset(x, y, 2))
    assert said.startswith(f"labels lie in {runs} runs of equal ones, where a random order has")
    assert f"about {random}, as though" in said
    assert "write groups: and its name; if rows are only sorted, leave it" in said


def test_sorted_rows_say_nothing(x, y, rng):
    for labels in (np.sort(y), np.tile(np.sort(y[::8]), 8)):
        assert label_runs(Dataset(x, labels, 2)) is None, "by label, or in eight parts"
    age = np.sort(rng.normal(size=N)).astype(np.float32)
    old = ((age > 0) ^ (rng.random(N) < 0.03)).astype(np.int64)
    assert label_runs(Dataset(x, old, 2)) is not None
    for by in (age, -age):
        assert label_runs(Dataset(np.c_[x, by], old, 2)) is None, "by an input that tells it"
    cells = rng.integers(0, 2, size=(40, 3)).astype(np.float32)
    cells = np.unique(cells, axis=0).repeat(75, axis=0)
    counted = np.tile(np.sort(rng.integers(0, 2, 75)), 8)
    assert label_runs(Dataset(cells, counted, 2)) is None, "by all inputs, then by label"


def test_places_within_a_sorted_input_are_found(x, y):
    region = np.repeat([0, 1], N // 2).astype(np.float32)
    assert label_runs(Dataset(np.c_[x, region], y, 2)) is not None


def test_values_of_a_category_are_one_column(x, y, rng):
    """Rows are sorted by a kind of eight, that tells their labels: each is an input."""
    kind = np.repeat(np.arange(8), N // 8)
    told = (kind % 2) ^ (rng.random(N) < 0.04)
    inputs = np.c_[x, np.eye(8, dtype=np.float32)[kind]]
    names = ("a", "b", "c", *(f"kind={i}" for i in range(8)))
    one = Dataset(inputs, told, 2, columns=names)
    assert label_runs(one) is None
    assert label_runs(dataclasses.replace(one, columns=tuple("abcdefghijk"))) is not None
    places = np.c_[x, np.eye(60, dtype=np.float32)[AREA]]
    named = ("a", "b", "c", *(f"place={i}" for i in range(60)))
    assert label_runs(Dataset(places, y, 2, columns=named)) is None, "as categories: [place] asks"


def test_what_else_says_nothing(x, y):
    data = Dataset(x, y, 2)
    assert label_runs(dataclasses.replace(data, groups=AREA)) is None, "they are named already"
    assert label_runs(Dataset(x, np.stack([y, y], axis=1), 2)) is None, "several labels"
    assert label_runs(Dataset(x[:60], y[:60], 2)) is None, "too few runs to tell"


def test_real_valued_targets_are_below_their_median_or_above(x, rng):
    place = rng.normal(size=60)[AREA]
    target = np.argsort(np.argsort(place + 0.1 * rng.normal(size=N))) * 50 // N
    data = Dataset(x, target, 50, bins=Bins(0.0, 50.0, 1.0))
    runs, random = label_runs(data)
    assert runs < random / 2
    said = rows_together(data, {"kind": "npz"})
    assert said.startswith(f"targets lie in {runs} runs above their median or below, where a")
    assert random == pytest.approx(N / 2, abs=10)
    assert label_runs(dataclasses.replace(data, y=np.sort(target))) is None
