"""Data sets with planted structure: what is drawn is what their definitions say."""

import itertools

import numpy as np
import pytest
from scipy import optimize

from lit.data.check_dataset import check_dataset
from lit.data.loaders import lookup, parity, teacher
from lit.errors import InputError


def drawn(kind, spec):
    """x and y, which nothing refuses."""
    raw = kind.load(spec, "data")
    data = check_dataset(raw.x, raw.y, "data", spec.get("classes"))
    assert np.array_equal(raw.x, data.x)
    return raw.x, raw.y


def test_lookup_data():
    spec = {"kind": "lookup", "symbols": 6, "classes": 3, "examples": 3000}
    x, y = drawn(lookup, spec)
    assert (x.shape, x.dtype) == ((3000, 6), np.float32)
    assert (x.sum(axis=1) == 1).all()
    assert (x.sum(axis=0) > 400).all()
    assert [len(np.unique(y[x[:, s] == 1])) for s in range(6)] == [1] * 6
    assert not np.array_equal(y, drawn(lookup, spec | {"seed": 1})[1])
    assert np.array_equal(y, drawn(lookup, spec | {"seed": 0})[1])


def test_parity_data_has_one_explanation():
    x, y = drawn(parity, {"inputs": 8, "order": 3, "examples": 500})
    assert (x.shape, x.dtype, set(np.unique(x))) == ((500, 8), np.float32, {-1, 1})
    odd = [
        c
        for c in itertools.combinations(range(8), 3)
        if np.array_equal((x[:, c] < 0).sum(axis=1) % 2, y)
    ]
    assert len(odd) == 1
    with pytest.raises(InputError, match="order: 9"):
        drawn(parity, {"inputs": 8, "order": 9, "examples": 10})


def separable(x, y):
    """Whether a linear threshold through 0 has the labels y, by linear programming."""
    margins = -np.where(y == 1, 1, -1)[:, None] * x
    bounds = [(None, None)] * x.shape[1]
    return (
        optimize.linprog(
            np.zeros(x.shape[1]), A_ub=margins, b_ub=-np.ones(len(x)), bounds=bounds
        ).status
        == 0
    )


def test_teacher_data():
    """Neither label is rare, and a teacher of eight units is no linear threshold."""
    spec = {"kind": "teacher", "inputs": 3, "width": 2, "examples": 2000}
    made = [drawn(teacher, spec | {"seed": seed}) for seed in range(8)]
    assert all(0.2 < y.mean() < 0.55 for _, y in made)
    x, y = drawn(teacher, spec | {"width": 8})
    assert (x.shape, x.dtype) == ((2000, 3), np.float32)
    assert not separable(x, y)
