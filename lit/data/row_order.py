"""Whether labels lie in runs along the rows, as where rows beside each other are of one place."""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Bool, Int, Shaped

from lit.data.dataset import Dataset

FEWEST = 20  # runs in a random order, below which chance does much
# Of these, below which rows beside each other have the same labels far too often. Of 2,019 columns
# of public tables with 2 to 20 values that names 87, most of households, panels and places.
FEW = 0.5
SORTED = 8  # runs a class, up to which rows are sorted in a few parts, which says nothing


def label_runs(data: Dataset) -> tuple[int, int] | None:
    """How many runs of equal labels there are, and about how many in a random order.

    None where they are not far fewer, or where rows are sorted: by label, or by an input or all
    of them, and by label or at random among equal ones. Real-valued targets are below their median
    or above.
    """
    if data.y.ndim != 1 or data.groups is not None:
        return None
    found, y = None, data.y
    if data.bins is not None:
        if 1 + (y[1:] != y[:-1]).sum() <= SORTED * len(np.unique(y)):
            return None
        y = (y > np.median(y)).astype(np.int64)
    for cell in _cells(data.x):
        runs, random, fewest = _count_runs(y, cell)
        if random < FEWEST or runs > FEW * random or runs <= SORTED * fewest:
            return None
        found = found or (runs, round(random))
    return found


def _cells(x: Shaped[np.ndarray, "N ..."]) -> Iterator[Int[np.ndarray, " N"]]:
    """Cells of rows that may be sorted by label: all; those equal in an input that is in order, or
    in all inputs, where so many are equal and lie beside each other."""
    yield np.zeros(len(x), dtype=np.int64)
    if x.ndim == 2:
        for inputs in (*(column[:, None] for column in x.T), x):
            cell = np.cumsum(_starts(inputs)) - 1
            few = (
                2 * cell[-1] < len(x) and len(np.unique(inputs[_starts(inputs)], axis=0)) > cell[-1]
            )
            if cell[-1] and (few or _in_order(inputs)):
                yield cell


def _starts(x: Shaped[np.ndarray, "N D"]) -> Bool[np.ndarray, " N"]:
    """Rows that differ from the one before."""
    return np.r_[True, (x[1:] != x[:-1]).any(axis=1)]


def _in_order(x: Shaped[np.ndarray, "N D"]) -> bool:
    """Whether one input rises along the rows, or falls."""
    return x.shape[1] == 1 and bool((x[1:] >= x[:-1]).all() or (x[1:] <= x[:-1]).all())


def _count_runs(y: Int[np.ndarray, " N"], cell: Int[np.ndarray, " N"]) -> tuple[int, float, int]:
    """Runs of labels within cells: how many there are, are expected of a random order within each,
    and would be if each was sorted."""
    pair = cell * (y.max() + 1) + y
    kinds, counts = np.unique(pair, return_counts=True)
    sizes = np.bincount(cell)
    equal = np.bincount(kinds // (y.max() + 1), counts * (counts - 1.0), minlength=len(sizes))
    random = (1 + (sizes * (sizes - 1.0) - equal) / sizes).sum()
    return 1 + int((pair[1:] != pair[:-1]).sum()), float(random), len(kinds)
