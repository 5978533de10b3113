"""Labels that nobody can know, as equal inputs have another label more often."""

import numpy as np
import pytest

from lit.data.unknowable import unknowable


@pytest.mark.parametrize(
    ("inputs", "labels", "lost"),
    [
        ([1, 2, 3], [0, 0, 1], [0, 0, 0]),
        ([1, 1], [0, 0], [0, 0]),
        ([1, 1], [0, 1], [0, 1]),
        ([1, 2, 1, 1], [0, 0, 1, 1], [0, 0, 1, 0]),  # the third 1 makes label 1 its most frequent
        ([], [], []),
    ],
)
def test_of_equal_inputs_all_but_the_most_frequent_label_is_lost(inputs, labels, lost):
    found = unknowable(np.array(inputs, np.int64), np.array(labels, np.int64))
    assert found.astype(int).tolist() == lost


def test_as_many_are_lost_of_the_first_ones_whatever_their_number(rng):
    for _ in range(50):
        inputs, labels = rng.integers(-4, 4, 30), rng.integers(0, 3, 30)
        for m, found in enumerate(np.cumsum(unknowable(inputs, labels)), start=1):
            x, y = inputs[:m], labels[:m]
            assert found == m - sum(np.bincount(y[x == one]).max() for one in set(x))
