"""Tasks with planted structure, for which what there is to learn is known or bounded: the data sets, and their truths in bits.

``lookup``   an input is one of m symbols, uniformly; each symbol has a fixed label out of C, drawn uniformly once.
``teacher``  x ~ N(0, 1)^d; the label is [v . relu(W x) > 0] with w hidden units, no biases, W and v ~ N(0, 1) drawn once,
             v then without its part along |w_1|, ..., |w_w|: the mean of v . relu(W x) is 0, and neither label rare.
``parity``   x uniform in {-1, 1}^d; the label is the parity of the signs of j inputs, chosen once.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lit.errors import InputError
from lit.rng import generator

# data sets ------------------------------------------------------------------------------------


def load_lookup(spec: Mapping[str, Any], where: str) -> tuple[np.ndarray, np.ndarray]:
    """x (N, m) float32, one-hot symbols, and y (N,) int64, of ``{"symbols": m, "classes": C, "examples": N, "seed": 0}``."""
    rng = generator("lookup", spec.get("seed", 0))
    label_of = rng.integers(0, spec["classes"], spec["symbols"])
    symbol = rng.integers(0, spec["symbols"], spec["examples"])
    x = np.zeros((spec["examples"], spec["symbols"]), dtype=np.float32)
    x[np.arange(len(x)), symbol] = 1
    return x, label_of[symbol]


def load_teacher(spec: Mapping[str, Any], where: str) -> tuple[np.ndarray, np.ndarray]:
    """x (N, d) float32 and y (N,) int64, of ``{"inputs": d, "width": w, "examples": N, "seed": 0}``."""
    rng = generator("teacher", spec.get("seed", 0))
    hidden, output = (
        rng.standard_normal((spec["inputs"], spec["width"])),
        rng.standard_normal(spec["width"]),
    )
    norms = np.linalg.norm(hidden, axis=0)
    output = output - output @ norms / (norms @ norms) * norms
    x = rng.standard_normal((spec["examples"], spec["inputs"])).astype(np.float32)
    return x, (np.maximum(x.astype(np.float64) @ hidden, 0) @ output > 0).astype(np.int64)


def load_parity(spec: Mapping[str, Any], where: str) -> tuple[np.ndarray, np.ndarray]:
    """x (N, d) float32 of -1 and 1, and y (N,) int64, of ``{"inputs": d, "order": j, "examples": N, "seed": 0}``.

    The label is 1 where an odd number of the j inputs is negative.

    Raises:
        InputError: a parity of more inputs than there are.
    """
    if spec["order"] > spec["inputs"]:
        raise InputError(
            f"{where}: order is {spec['order']}, but there are {spec['inputs']} inputs; write order at most that"
        )
    rng = generator("parity", spec.get("seed", 0))
    chosen = rng.choice(spec["inputs"], spec["order"], replace=False)
    x = rng.choice(np.array([-1, 1], dtype=np.float32), (spec["examples"], spec["inputs"]))
    return x, (x[:, chosen].prod(axis=1) < 0).astype(np.int64)


# truths ---------------------------------------------------------------------------------------


def lookup_truth(
    symbols: int, classes: int, blocks: Sequence[Sequence[int]], n: float = math.inf
) -> float:
    """Expected L_IT in bits of a lookup task under an ideal coder that learns at the ends of blocks.

    A label costs log2 C where its symbol is new, and nothing after. The cold coder pays it with chance (1 - 1/m)^start,
    the warm one with chance (1 - 1/m)^(start + n).

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
    """log2 binom(d, j): bits that name the j inputs of a parity, all that an ideal coder has to be told."""
    return math.log2(math.comb(inputs, order))


def teacher_bound(inputs: int, width: int, k: int) -> float:
    """Upper bound, in bits, on what k labels of a teacher can tell: log2 of how many label patterns teachers can make.

    Since relu is positively homogeneous, only the signs of v matter: f(x) = sum_j s_j relu(u_j . x), a function of U in
    R^(w d) and of how many s_j are positive. None positive makes one pattern. For each of the w other choices, two counts
    of patterns hold, and the smaller one counts:

    * by layers (Bartlett, Harvey, Liaw and Mehrabian 2019, arXiv:1703.02930, their Warren bounds replaced by Cover's count):
      each unit has at most cells(k, d) activation patterns, and once those of all units are fixed the labels are linear
      thresholds in U, at most cells(k, w d);
    * at once (after Goldberg and Jerrum 1995): a label is decided by the signs of the 2^w - 1 linear forms
      sum_{j in a} s_j (u_j . x) in U, a any set of units, so that there are at most cells(k (2^w - 1), w d) patterns.

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
    """log2 of 2 sum_{i < D} binom(N - 1, i), the cells that N hyperplanes through 0 cut R^D into, at most (Cover 1965)."""
    terms = range(1, min(dimension, hyperplanes))
    ratios = [math.log2(hyperplanes - i) - math.log2(i) for i in terms]
    return 1 + float(np.logaddexp2.reduce(np.cumsum([0.0, *ratios])))
