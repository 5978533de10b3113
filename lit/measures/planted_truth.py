"""What there is to learn, in bits, in the data sets with planted structure.

The data sets: :mod:`lit.data.loaders.lookup`, ``teacher``, ``parity`` and ``markov``.
"""

import math
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float64, Int64, Integer
from scipy.special import gammaln


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


def markov_code(
    x: Integer[np.ndarray, "N T"],
    y: Integer[np.ndarray, "N T"],
    order: int,
    symbols: int,
    concentration: float = 0.5,
) -> float:
    """Bits of the labels of windows for who knows the order of their chain, and counts.

    A label that has followed its context c times out of m costs -log2 (c + a) / (m + a V) bits,
    a being the concentration; with 1/2 that is the coder of Krichevsky and Trofimov (1981). Where
    what follows each context was drawn from the Dirichlet distribution of concentration a, it is
    the ideal coder, but for what the first tokens of windows tell of the chain. A context is the
    latest ``order`` inputs of the window; labels at its front have shorter contexts, with tables of
    their own. Bits do not depend on the order of the windows, so that windows after others cost
    markov_code(both) - markov_code(others).

    Args:
        x: Inputs, 0..V-1.
        y: Labels, 0..V-1.
        order: Inputs in a context.
        symbols: V.
        concentration: a; with infinity all symbols are known to be equally likely.
    """
    if math.isinf(concentration):
        return y.size * math.log2(symbols)
    context = np.zeros(y.shape, dtype=np.int64)
    for back in range(order):  # 0 is a digit of its own: before the window
        digit = np.pad(x + 1, ((0, 0), (back, 0)))[:, : y.shape[1]]
        context = context * (symbols + 1) + digit
    rising = _log2_rising(context, concentration * symbols)
    return rising - _log2_rising(context * symbols + y, concentration)


def _log2_rising(keys: Int64[np.ndarray, "N T"], start: float) -> float:
    """log2 of start (start + 1) ... (start + m - 1), summed over keys, m how often one occurs."""
    counts: Float64[np.ndarray, " n"] = np.unique(keys, return_counts=True)[1] + start
    return float(np.sum(gammaln(counts) - gammaln(start)) / math.log(2))
