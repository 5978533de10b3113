"""Planted: windows of a stationary Markov chain, in which each token but the first is a label.

A context is the latest ``order`` tokens. How likely each symbol is after a context is drawn once,
from a symmetric Dirichlet distribution; its ``concentration`` inf makes all equally likely. What
there is to learn, in bits: :func:`lit.measures.planted_truth.markov_code`.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from jaxtyping import Float64, Int64
from scipy.special import entr

from lit.data.raw import RawData
from lit.errors import InputError
from lit.rng import generator

KIND = {"next_tokens": "always"}
PACKAGES = ("numpy", "scipy")
MOST_CONTEXTS = 1024


def load(spec: Mapping[str, Any], where: str) -> RawData:
    """x and y (N, T), y[i, t] = x[i, t + 1], of ``{order: 0, symbols: V, length: T, examples: N}``.

    Raises:
        InputError: more contexts than :data:`MOST_CONTEXTS`.
    """
    order, symbols = spec["order"], spec["symbols"]
    contexts = symbols**order
    if contexts > MOST_CONTEXTS:
        most = int(MOST_CONTEXTS ** (1 / order) + 1e-9)
        raise InputError(
            f"{where}: symbols: {symbols} and order: {order} make {contexts:,} contexts; write at"
            f" most symbols: {most:,}"
        )
    rng = generator("markov", spec.get("seed", 0))
    alpha = concentration(spec)
    equal = np.full((contexts, symbols), 1 / symbols)
    rows = equal if np.isinf(alpha) else rng.dirichlet(np.full(symbols, alpha), contexts)
    begin = stationary(rows)
    tokens = _windows(rng, rows, begin, order, (spec["examples"], spec["length"] + 1))
    rate = float(begin @ entr(rows).sum(axis=1) / np.log(2))
    return RawData(
        tokens[:, :-1].astype(np.int32),
        tokens[:, 1:],
        notes=(f"entropy rate {rate:.3f} bits a token",),
        several=True,
        vocabulary=symbols,
        next_tokens=True,
    )


def concentration(spec: Mapping[str, Any]) -> float:
    """Of the Dirichlet distribution that the probabilities after a context are drawn from."""
    return float(spec.get("concentration", 0.5))


def stationary(rows: Float64[np.ndarray, "contexts V"]) -> Float64[np.ndarray, " contexts"]:
    """How often each context occurs in the long run, of ``rows``, what follows it.

    A context's number has its tokens as digits of base V, the latest one last. By elimination
    without subtractions (Grassmann, Taksar and Heyman 1985), which keeps the precision of rare
    contexts.
    """
    contexts, symbols = rows.shape
    p = np.zeros((contexts, contexts))
    here = np.arange(contexts)
    for token in range(symbols):
        p[here, (here * symbols + token) % contexts] += rows[:, token]
    for last in range(contexts - 1, 0, -1):
        p[:last, last] /= p[last, :last].sum()
        p[:last, :last] += np.outer(p[:last, last], p[last, :last])
    found = np.ones(1)
    for last in range(1, contexts):
        found = np.append(found, found @ p[:last, last])
    return found / found.sum()


def _windows(
    rng: np.random.Generator,
    rows: Float64[np.ndarray, "contexts V"],
    begin: Float64[np.ndarray, " contexts"],
    order: int,
    shape: tuple[int, int],
) -> Int64[np.ndarray, "N length"]:
    """Windows that begin with a context drawn from ``begin``, and go on as ``rows`` have it."""
    contexts, symbols = rows.shape
    tokens = np.empty(shape, dtype=np.int64)
    context = rng.choice(contexts, shape[0], p=begin)
    for place in range(order):
        tokens[:, place] = context // symbols ** (order - 1 - place) % symbols
    ends = rows.cumsum(axis=1)[:, :-1]  # of each symbol's part of 0..1 but the last one's
    for place in range(order, shape[1]):
        tokens[:, place] = (ends[context] <= rng.random((shape[0], 1))).sum(axis=1)
        context = (context * symbols + tokens[:, place]) % contexts
    return tokens
