"""What is planted, in bits: by hand, by simulation, and by counting what random draws make."""

import math

import numpy as np
import pytest

from lit.measures import planted_truth


def test_lookup_truth_by_hand():
    """Two symbols: the first label is always new, the next two, coded ahead of both, each with chance 1/2. log2 C is 2."""
    assert planted_truth.lookup_truth(2, 4, [(0, 1), (1, 3)]) == 4
    assert planted_truth.lookup_truth(2, 4, [(0, 1), (1, 3)], n=1) == 2
    assert planted_truth.lookup_truth(2, 4, [(0, 1), (1, 3)], n=0) == 0
    doubling = [
        (0, 1),
        *((2**i, 2 * 2**i) for i in range(10)),
    ]  # up to k = 16 m: 1.45 times the m log2 C that it holds
    assert planted_truth.lookup_truth(64, 8, doubling) == pytest.approx(1.45 * 64 * 3, rel=0.02)


@pytest.mark.parametrize("n", [5, math.inf])
def test_lookup_truth_is_what_an_ideal_coder_saves(rng, n):
    """Simulated: it saves the labels whose symbol came up among M's examples, but not before the block."""
    blocks, saved = [(0, 8), (8, 16), (16, 40)], []
    for _ in range(2000):
        stream, known = (
            rng.integers(0, 10, 40),
            set(range(10) if n == math.inf else rng.integers(0, 10, n)),
        )
        new = [
            y for start, stop in blocks for y in stream[start:stop] if y not in set(stream[:start])
        ]
        saved.append(math.log2(3) * sum(y in known for y in new))
    error = np.std(saved) / math.sqrt(len(saved))
    assert planted_truth.lookup_truth(10, 3, blocks, n) == pytest.approx(
        np.mean(saved), abs=4 * error
    )


def patterns(points, teachers):
    """How many label patterns teachers (each W (w, d) and v (w,)) make on points (k, d)."""
    hidden = np.maximum(np.einsum("twd,kd->tkw", teachers[0], points), 0)
    return len(np.unique(np.einsum("tkw,tw->tk", hidden, teachers[1]) > 0, axis=0))


@pytest.mark.parametrize(("k", "d", "cells"), [(5, 2, 10), (5, 3, 22), (6, 3, 32), (3, 4, 8)])
def test_cells_are_those_that_sampling_finds(rng, k, d, cells):
    """Cover's count, against the sign patterns of very many random directions."""
    points = rng.standard_normal((k, d))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    found = np.unique(rng.standard_normal((100_000, d)) @ points.T > 0, axis=0)
    assert len(found) == cells
    assert 2 ** planted_truth.log2_cells(k, d) == pytest.approx(cells)


def test_teacher_bound_of_one_unit_is_covers_count(rng):
    """One unit that counts positively is a linear threshold, 2 k patterns in the plane; one that counts negatively has none."""
    assert 2 ** planted_truth.teacher_bound(2, 1, 6) == pytest.approx(13)
    angles = np.arange(6) * 2 * math.pi / 6 + 0.1 * np.arange(6)
    points = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    assert (
        patterns(points, (rng.standard_normal((50_000, 1, 2)), rng.standard_normal((50_000, 1))))
        == 13
    )


@pytest.mark.parametrize(("width", "k"), [(2, 20), (3, 60)])
def test_teacher_bound_holds(rng, width, k):
    points = rng.standard_normal((k, 2))
    found = patterns(
        points, (rng.standard_normal((20_000, width, 2)), rng.standard_normal((20_000, width)))
    )
    assert math.log2(found) <= planted_truth.teacher_bound(2, width, k) < k
    assert found > 2 ** planted_truth.log2_cells(k, 2)  # it is more than a linear classifier has


def test_teacher_bound_by_hand():
    """Two units in the plane, k = 20: 60 forms in R^4 make at most 2 (1 + 59 + 1711 + 32509) cells, by choice of two signs."""
    assert planted_truth.teacher_bound(2, 2, 20) == pytest.approx(math.log2(1 + 2 * 68560))
    assert planted_truth.teacher_bound(8, 4, 32) == 32
    wide = (
        math.log2(8) + 8 * planted_truth.log2_cells(10**5, 2) + planted_truth.log2_cells(10**5, 16)
    )
    assert planted_truth.teacher_bound(2, 8, 10**5) == pytest.approx(
        min(wide, 3 + planted_truth.log2_cells(255 * 10**5, 16))
    )
    assert (
        planted_truth.teacher_bound(2, 2000, 4001) == 4001
    )  # numbers of thousands of digits on the way


def test_parity_truth_names_the_inputs():
    assert planted_truth.parity_truth(20, 3) == math.log2(1140)
    assert planted_truth.parity_truth(5, 5) == 0
