"""Copies within a data set are told before the first job."""

import dataclasses

import numpy as np
import pytest

from lit.data.dataset import Dataset
from lit.workflow.check_copies import copies, warn_of_copies

X = np.arange(200, dtype=np.float32).reshape(100, 2)
Y = np.arange(100) % 2


def repeated(times, y=Y):
    return Dataset(np.concatenate([X] * times), np.concatenate([y] * times), 2)


def test_copies_are_counted_with_their_labels():
    assert copies(repeated(1)) == ""
    assert copies(repeated(3)).startswith("200 of 300 examples repeat another, inputs and label")
    other = Dataset(np.concatenate([X, X]), np.concatenate([Y, 1 - Y]), 2)
    assert copies(other) == "", "one input under two labels is no copy"
    table = Dataset(np.zeros((100, 2), np.float32), Y, 2)
    assert copies(table) == "", "one input of both labels: rows of it look alike"
    few = Dataset(np.concatenate([X] * 2)[:101], np.concatenate([Y] * 2)[:101], 2)
    assert copies(few) == "", "real data hold some: less than one in a hundred"
    groups = np.arange(300) // 3
    assert copies(dataclasses.replace(repeated(3), groups=groups)) == "", "no group is both"


def test_of_look_alikes_nothing_is_said():
    """Of 100 inputs that come again, the first few have both labels: copies have one."""
    for several, silent in ((9, False), (10, True)):
        copied, other = repeated(3), Y.copy()
        other[:several] = 1 - other[:several]
        data = Dataset(copied.x, np.concatenate([Y, Y, other]), 2)
        assert (copies(data) == "") == silent
    images = dataclasses.replace(data, x=data.x.reshape(300, 1, 1, 2))
    assert copies(images).startswith("190 of 300 examples repeat another"), "equal images are one"


@pytest.mark.parametrize(
    ("spec", "said"),
    [({"kind": "npz"}, True), ({"kind": "lookup"}, False), ({"kind": "view", "of": "b"}, False)],
)
def test_what_repeats_by_design_or_is_made_from_another_is_not_warned_of(spec, said, caplog):
    with caplog.at_level("WARNING", logger="lit"):
        warn_of_copies({"a": repeated(2)}, {"a": spec})
    assert ("data set 'a': 100 of 200 examples repeat" in caplog.text) == said
