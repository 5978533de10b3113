"""Data sets with planted structure: what is drawn is what their definitions say."""

import itertools

import numpy as np
import pytest
from scipy import optimize, stats

from lit.data.check_dataset import check_dataset
from lit.data.loaders import load_dataset, lookup, markov, parity, teacher
from lit.errors import InputError
from lit.measures.planted_truth import markov_code


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


CHAIN = {"kind": "markov", "order": 1, "symbols": 4, "length": 30, "examples": 2000}


def contexts_of(tokens, order, symbols):
    """(N, T + 1 - order) number of each run of ``order`` tokens, the last with its digit last."""
    runs = np.lib.stride_tricks.sliding_window_view(tokens, order, axis=1)
    return runs @ symbols ** np.arange(order)[::-1]


@pytest.mark.parametrize("order", [0, 1, 2])
def test_markov_data(order):
    spec = CHAIN | {"order": order}
    data = load_dataset(spec)
    assert (data.x.shape, data.y.shape, data.x.dtype) == ((2000, 30), (2000, 30), np.int32)
    assert (data.next_tokens, data.vocabulary, data.classes) == (True, 4, 4)
    np.testing.assert_array_equal(data.x[:, 1:], data.y[:, :-1])
    assert np.array_equal(load_dataset(spec | {"seed": 0}).x, data.x)
    assert not np.array_equal(load_dataset(spec | {"seed": 1}).x, data.x)
    # Who knows the order needs fewest bits: shorter contexts tell less, longer ones cost more.
    bits = [markov_code(data.x, data.y, other, 4) for other in (0, 1, 2)]
    assert np.argmin(bits) == order


@pytest.mark.parametrize("order", [1, 2])
def test_markov_windows_are_stationary(order):
    """Contexts at the front of windows are as frequent as at their ends, and not uniform."""
    data = load_dataset(CHAIN | {"order": order, "examples": 20_000})
    context = contexts_of(data.x, order, 4)
    front, end = (np.bincount(context[:, place], minlength=4**order) for place in (0, -1))
    often = front + end >= 20
    assert stats.chi2_contingency(np.stack([front, end])[:, often]).pvalue > 0.01
    assert stats.chisquare(front).pvalue < 1e-9


def test_stationary_contexts_by_hand():
    """Of two symbols, 0 stays with chance 0.9 and 1 with 1/2: 5 of 6 are 0. Of order 2, the left
    eigenvector of what leads from pair to pair."""
    np.testing.assert_allclose(
        markov.stationary(np.array([[0.9, 0.1], [0.5, 0.5]])), [5 / 6, 1 / 6]
    )
    rows = np.random.default_rng(0).dirichlet(np.full(3, 0.5), 9)
    pairs = np.zeros((9, 9))
    for a, b, c in itertools.product(range(3), repeat=3):
        pairs[3 * a + b, 3 * b + c] = rows[3 * a + b, c]
    values, vectors = np.linalg.eig(pairs.T)
    wanted = np.real(vectors[:, np.argmax(np.real(values))])
    np.testing.assert_allclose(markov.stationary(rows), wanted / wanted.sum(), atol=1e-12)


@pytest.mark.parametrize("order", [0, 1, 2])
def test_the_entropy_rate_is_what_a_long_window_costs_a_token(order):
    """What it is to learn costs (contexts) 3/2 log2 of the labels, about."""
    spec = CHAIN | {"order": order, "length": 20_000, "examples": 2}
    data = load_dataset(spec)
    (note,) = data.notes
    rate = float(note.split()[2])
    learning = 4**order * 3 / 2 * np.log2(40_000) / 40_000
    assert 0.5 < rate < 1.9
    assert markov_code(data.x, data.y, order, 4) / 40_000 == pytest.approx(
        rate + learning, abs=0.02
    )


def test_concentration_of_a_chain():
    """Small: few symbols follow. inf: any does, whatever came before."""
    found = [
        load_dataset(CHAIN | {"concentration": a, "examples": 5000}) for a in (0.1, 0.5, 5, "inf")
    ]
    rates = [float(data.notes[0].split()[2]) for data in found]
    assert rates == sorted(rates)
    assert rates[-1] == 2
    pairs = 4 * found[-1].x + found[-1].y
    assert stats.chisquare(np.bincount(pairs.ravel(), minlength=16)).pvalue > 0.01


@pytest.mark.parametrize(("order", "symbols", "most"), [(1, 1025, "1,024"), (2, 33, "32")])
def test_a_chain_of_too_many_contexts_is_refused(order, symbols, most):
    wrong = CHAIN | {"order": order, "symbols": symbols}
    with pytest.raises(
        InputError, match=f"symbols: {symbols} and order: {order} .* symbols: {most}"
    ):
        load_dataset(wrong)
