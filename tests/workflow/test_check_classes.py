"""Classes with too few examples to be learned are told before the first job."""

import numpy as np
import pytest

from lit.data.bins import Bins
from lit.data.dataset import Dataset
from lit.workflow.check_classes import absent_classes, rare_classes, warn_of_rare

Y = np.array([0, 0, 0, 0, 1, 1, 1, 2, 3, 3])


def dataset(y, **more):
    return Dataset(np.zeros((len(y), 2), np.float32), y, int(y.max()) + 1, **more)


SAID = {
    "one": (
        dataset(Y),
        None,
        "1 of 4 classes has a single example (2), which M is trained on or which",
    ),
    "by name": (dataset(Y, names=tuple("abcd")), None, "a single example (c), which M"),
    "remedy": (dataset(Y), None, "drop such rows, or write labels: {without: [2]} in the arms"),
    "left out": (dataset(Y), {"without": [2]}, ""),
    "joined": (dataset(Y), {"groups": [[0, 1], [2, 3]]}, ""),
    "random": (dataset(Y), {"random": 1.0}, ""),
    "none": (dataset(Y[Y != 2] % 3), None, ""),
    "absent": (dataset(Y[Y != 2]), None, ""),
    "several": (dataset(np.arange(30) // 2), None, ""),
    "many": (
        dataset(np.r_[np.arange(12), np.arange(12, 20).repeat(9)]),
        None,
        "12 of 20 classes have a single example (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, ... (12 in all))",
    ),
    "almost every row": (
        dataset(np.r_[np.arange(1580), np.arange(228)]),
        None,
        "1,580 classes in 1,808 examples, hardly one of them twice, so that M learns little of any;"
        " write bins: {width: ...} if they are amounts, or name another label",
    ),
    "few rows": (
        dataset(np.array([1, 0, 1]), names=("no", "yes")),
        None,
        "1 of 2 classes has a single example (no), which M is trained on or which is coded, never"
        " both; 3 examples are few, take more",
    ),
    "two rows": (
        dataset(np.array([1, 0]), names=("no", "yes")),
        None,
        "2 of 2 classes have a single example (no, yes), which M is trained on or which is coded,"
        " never both; 2 examples are few, take more",
    ),
    "nothing is left without it": (
        dataset(np.r_[np.zeros(20, int), 1]),
        None,
        "1 of 2 classes has a single example (1), which M is trained on or which is coded, never"
        " both; 21 examples are few, take more",
    ),
    "bins": (dataset(Y, bins=Bins(0, 4, 1)), None, ""),
    "labels of tokens": (Dataset(np.zeros((2, 3)), np.array([[0, 1, 2], [0, 0, 0]]), 3), None, ""),
}


@pytest.mark.parametrize("case", SAID)
def test_classes_with_one_example_are_told(case, caplog):
    data, labels, said = SAID[case]
    found = rare_classes(data, labels)
    assert said in found
    assert bool(found) == bool(said)
    warn_of_rare([{"target": "d", "labels": labels}] * 2, {"d": data}, 0)
    assert len(caplog.records) == bool(said)
    assert f"Warning: data set 'd': {found}" in caplog.text or not said


def test_classes_without_an_example_are_told(caplog):
    """As of rows of five of seven classes: their C is that of the file."""
    names = ("dead", "divorced", "married", "unknown")
    part = Dataset(np.zeros((40, 2), np.float32), np.arange(40) % 2 + 1, 4, names=names)
    found = absent_classes(part)
    assert found == (
        "2 of 4 classes have no example (dead, unknown), and a code pays for finding that out;"
        " write labels: {classes: [1, 2]} in the arms"
    )
    assert absent_classes(part, {"classes": [1, 2]}) == ""
    assert absent_classes(dataset(Y, names=tuple("abcd"))) == ""
    assert absent_classes(Dataset(part.x, part.y, 4)) == "", "C was written without names"
    warn_of_rare([{"target": "d", "labels": None}] * 2, {"d": part}, 0)
    assert [record.getMessage() for record in caplog.records] == [f"Warning: data set 'd': {found}"]
