"""What there is to learn, in bits, in the data sets with planted structure.

The data sets: :mod:`lit.data.loaders.lookup`, ``teacher`` and ``parity``.
"""

import math
from collections.abc import Sequence

import numpy as np


def lookup_truth(
    symbols: int, classes: int, blocks: Sequence[Sequence[int]], n: float = math.inf
) -> float:
    """Expected L_IT in bits of a lookup task under an ideal coder, which learns as blocks end.

    A label costs log2 C where its symbol is new, and nothing after. The cold coder pays it with
    chance (1 - 1/m)^start, the warm one with chance (1 - 1/m)^(start + n).

    Args:
        symbols: Equally likely symbols, m.
        classes: Equally likely labels of a symbol, C.
        blocks: B pairs (start, stop) of the stream.
        n: Examples that M was trained on; all symbols are known to it with infinitely many.
    """
    unseen = 1 - 1 / symbols
    paid = sum((stop - start) * unseen**start for start, stop in blocks)
    return math.log2(classes) * paid * (1 - unseen**n)


def parity_truth(inputs: int, order: int) -> float:
    """log2 binom(d, j): bits that name a parity's j inputs, all that an ideal coder needs."""
    return math.log2(math.comb(inputs, order))


def teacher_bound(inputs: int, width: int, k: int) -> float:
    """Upper bound, in bits, on what k labels of a teacher can tell: log2 of its label patterns.

    Since relu is positively homogeneous, only the signs of v matter:
    f(x) = sum_j s_j relu(u_j . x), a function of U in R^(w d) and of how many s_j are positive.
    None positive makes one pattern. For each of the w other choices, two counts of patterns hold,
    and the smaller one counts:

    * by layers (Bartlett, Harvey, Liaw and Mehrabian 2019, arXiv:1703.02930, their Warren bounds
      replaced by Cover's count): each unit has at most cells(k, d) activation patterns, and once
      those of all units are fixed the labels are linear thresholds in U, at most cells(k, w d);
    * at once (after Goldberg and Jerrum 1995): a label is decided by the signs of the 2^w - 1
      linear forms sum_{j in a} s_j (u_j . x) in U, a any set of units, so that there are at most
      cells(k (2^w - 1), w d) patterns.

    Args:
        inputs: Inputs d, in general position.
        width: Hidden units w.
        k: Labels, which hold at most k bits.
    """
    if inputs * width >= k:
        return float(k)
    by_layers = width * log2_cells(k, inputs) + log2_cells(k, width * inputs)
    at_once = log2_cells(k * (2**width - 1), width * inputs)
    return min(float(k), float(np.logaddexp2(0, math.log2(width) + min(by_layers, at_once))))


def log2_cells(hyperplanes: int, dimension: int) -> float:
    """log2 of the cells that N hyperplanes through 0 cut R^D into, at most (Cover 1965).

    These are 2 sum_{i < D} binom(N - 1, i).
    """
    terms = range(1, min(dimension, hyperplanes))
    ratios = [math.log2(hyperplanes - i) - math.log2(i) for i in terms]
    return 1 + float(np.logaddexp2.reduce(np.cumsum([0.0, *ratios])))
