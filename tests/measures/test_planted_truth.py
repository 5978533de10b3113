"""What is planted, in bits: by hand, by simulation, and by counting what random draws make."""

import collections
import math

import numpy as np
import pytest
from scipy import special

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


def windows_of(*tokens):
    """x and y of windows of tokens."""
    array = np.array(tokens)
    return array[:, :-1], array[:, 1:]


def coded(windows, order, symbols, a=0.5, after=()):
    """Bits of windows (N, T + 1), label by label, by a coder that counted the windows ``after``."""
    counts, bits = collections.defaultdict(collections.Counter), 0.0
    for window in [*after, *windows]:
        for t in range(1, len(window)):
            seen = counts[tuple(window[max(t - order, 0) : t])]
            bits -= math.log2((seen[window[t]] + a) / (seen.total() + a * symbols))
            seen[window[t]] += 1
    return bits - (coded(after, order, symbols, a) if len(after) else 0)


def test_markov_code_by_hand():
    """Half a count each. Labels 0, 0, 1 cost 1/2, 3/4, 1/6: 4 bits, whatever came before."""
    assert planted_truth.markov_code(*windows_of([1, 0, 0, 1]), 0, 2) == pytest.approx(4)
    # A 1 after 0: 1/2. A 0 after 1: 1/2. A 0 after 0, which one 1 has followed: 1/4.
    assert planted_truth.markov_code(*windows_of([0, 1, 0, 0]), 1, 2) == pytest.approx(4)
    # Order 2. A 0 after 0 at the front: 1/2. After 0, 0 they are counted apart: 1/2, then 3/4.
    one = planted_truth.markov_code(*windows_of([0, 0, 0, 0]), 2, 2)
    assert one == pytest.approx(2 + math.log2(4 / 3))
    # Of a second window the front costs 3/4, the others 5/6 and 7/8.
    both = planted_truth.markov_code(*windows_of([0, 0, 0, 0], [0, 0, 0, 0]), 2, 2)
    assert both - one == pytest.approx(math.log2(4 / 3 * 6 / 5 * 8 / 7))


@pytest.mark.parametrize("order", [0, 1, 2])
@pytest.mark.parametrize("a", [0.5, 1.3])
def test_markov_code_is_that_of_a_coder_that_counts(rng, order, a):
    windows = rng.integers(0, 5, (12, 9))
    windows[:, ::3] = 2
    whole, first = (
        planted_truth.markov_code(part[:, :-1], part[:, 1:], order, 5, a)
        for part in (windows, windows[:7])
    )
    assert whole == pytest.approx(coded(windows.tolist(), order, 5, a))
    after = coded(windows[7:].tolist(), order, 5, a, after=windows[:7].tolist())
    assert whole - first == pytest.approx(after)


@pytest.mark.parametrize("order", [0, 1, 2])
def test_what_counts_tell_keeps_the_identities(rng, order):
    """L_IT of a coder that counts, label by label: M's n windows for k others save what these k
    would save for them, which is Lambda(n) + Lambda(k) - Lambda(n + k), and nothing if n = 0."""
    windows = rng.choice(3, (14, 7), p=[0.7, 0.2, 0.1]).tolist()

    def saved(known, stream):
        return coded(stream, order, 3) - coded(stream, order, 3, after=known)

    def cost(part):
        return planted_truth.markov_code(*windows_of(*part), order, 3)

    for n in (1, 4, 9):
        m, stream = windows[:n], windows[n:]
        joint = cost(m) + cost(stream) - cost(windows)
        assert saved(m, stream) == pytest.approx(saved(stream, m), abs=1e-9)
        assert saved(m, stream) == pytest.approx(joint, abs=1e-9)
    assert saved([], windows) == 0


def test_what_counts_tell_grows_with_n_and_k(rng):
    """On average over chains; and it is never more than what either of n and k costs to learn."""
    found = np.zeros((4, 4))
    sizes = [1, 4, 16, 64]
    for _ in range(200):
        p = rng.dirichlet([0.5, 0.5, 0.5])
        windows = rng.choice(3, (128, 4), p=p)
        for i, n in enumerate(sizes):
            for j, k in enumerate(sizes):
                parts = windows[:n], windows[64 : 64 + k], windows[np.r_[:n, 64 : 64 + k]]
                cost = [planted_truth.markov_code(w[:, :-1], w[:, 1:], 0, 3) for w in parts]
                found[i, j] += (cost[0] + cost[1] - cost[2]) / 200
    assert (np.diff(found, axis=0) > 0).all()
    assert (np.diff(found, axis=1) > 0).all()
    np.testing.assert_allclose(found, found.T, rtol=0.15)


def test_a_known_regret(rng):
    """Of long sequences the coder of Krichevsky and Trofimov costs (V - 1)/2 log2 (N / 2 pi) +
    log2 (Gamma(1/2)^V / Gamma(V/2)) bits more than their own frequencies (Xie and Barron 2000)."""
    tokens = rng.choice(4, (1, 100_001), p=[0.4, 0.3, 0.2, 0.1])
    share = np.bincount(tokens[0, 1:]) / 100_000
    own = 100_000 * -(share * np.log2(share)).sum()
    regret = 1.5 * math.log2(100_000 / (2 * math.pi))
    regret += (4 * special.gammaln(0.5) - special.gammaln(2)) / math.log(2)
    found = planted_truth.markov_code(tokens[:, :-1], tokens[:, 1:], 0, 4)
    assert found - own == pytest.approx(regret, abs=1e-3)


def test_no_other_count_is_shorter_for_chains_drawn_with_it(rng):
    """Chains are drawn with concentration 1/2: half a count is shorter than less, and than more."""
    saved = []
    for _ in range(300):
        rows = rng.dirichlet(np.full(4, 0.5))
        tokens = rng.choice(4, (1, 60), p=rows)
        half, *others = (
            planted_truth.markov_code(tokens[:, :-1], tokens[:, 1:], 0, 4, a)
            for a in (0.5, 0.2, 1.2)
        )
        saved.append([other - half for other in others])
    saved = np.array(saved)
    assert (saved.mean(axis=0) > 3 * saved.std(axis=0) / math.sqrt(300)).all()


def test_known_to_be_equally_likely_nothing_is_to_learn(rng):
    x, y = rng.integers(0, 16, (2, 5, 8))
    assert planted_truth.markov_code(x, y, 1, 16, math.inf) == 160
    assert planted_truth.markov_code(x, y, 1, 16, 1e9) == pytest.approx(160)
