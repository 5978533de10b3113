"""Inputs of a table that tell the labels by themselves, as one that was made from them does."""

import numpy as np

from lit.data.dataset import Dataset

FEWEST = 50  # examples, below which one input may tell them all by chance
SAMPLE = 1000  # of them are looked at first


def telling_inputs(data: Dataset) -> list[str]:
    """Names of inputs that, cut at C - 1 places, have one class in each part."""
    y = data.y
    if not data.columns or y.ndim != 1 or data.bins or len(y) < FEWEST or y.min() == y.max():
        return []
    some = slice(None, None, max(len(y) // SAMPLE, 1))  # of a long table most columns end here
    return [
        name
        for name, x in zip(data.columns, data.x.T, strict=True)
        if _tells(x[some], y[some]) and _tells(x, y)
    ]


def _tells(x: np.ndarray, y: np.ndarray) -> bool:
    order = np.lexsort((y, x))
    x, y = x[order], y[order]
    change = y[1:] != y[:-1]
    between = x[1:] != x[:-1]  # equal inputs of two classes tell neither
    return change.sum() == len(np.unique(y)) - 1 and bool(between[change].all())
