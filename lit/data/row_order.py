"""Whether labels lie in runs along the rows, as where rows beside each other are of one place."""

import itertools
from collections.abc import Iterator

import numpy as np
from jaxtyping import Int, Shaped

from lit.data.dataset import Dataset

FEWEST = 20  # runs in a random order, below which chance does much
# Of these, below which rows beside each other have the same labels far too often. Of 2,019 columns
# of public tables with 2 to 20 values that names 87, most of households, panels and places.
FEW = 0.5
LARGEST = 2**31  # bytes of inputs, beyond which looking at each takes too long here
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
    for cell in _cells(data):
        runs, random, fewest = count_runs(y, cell)
        if random < FEWEST or runs > FEW * random or runs <= SORTED * fewest:
            return None
        found = found or (runs, round(random))
    return found


def _cells(data: Dataset) -> Iterator[Int[np.ndarray, " N"]]:
    """Cells of rows that may be sorted by label: all rows; those equal in a column that rises or
    falls along the rows, or whose equal values are many and lie beside each other; those equal in
    all columns, likewise."""
    x = data.x
    yield np.zeros(len(x), dtype=np.int64)
    if x.ndim == 2 and x.nbytes <= LARGEST:
        for inputs in (*_columns(data), x):
            starts = np.r_[True, (inputs[1:] != inputs[:-1]).any(axis=1)]
            cell = np.cumsum(starts) - 1
            few = 2 * cell[-1] < len(x) and len(np.unique(inputs[starts], axis=0)) > cell[-1]
            if cell[-1] and (few or _in_order(inputs)):
                yield cell


def _columns(data: Dataset) -> Iterator[Shaped[np.ndarray, "N _"]]:
    """Inputs, those of a category's values together."""
    names = [name.partition("=")[0] for name in data.columns or map(str, range(data.x.shape[1]))]
    for _, same in itertools.groupby(range(len(names)), names.__getitem__):
        yield data.x[:, [*same]]


def _in_order(x: Shaped[np.ndarray, "N D"]) -> bool:
    """Whether one input rises along the rows, or falls."""
    return x.shape[1] == 1 and bool((x[1:] >= x[:-1]).all() or (x[1:] <= x[:-1]).all())


def count_runs(y: Int[np.ndarray, " N"], cell: Int[np.ndarray, " N"]) -> tuple[int, float, int]:
    """Runs of labels within cells: how many there are, are expected of a random order within each,
    and would be if each was sorted."""
    pair = cell * (y.max() + 1) + y
    kinds, counts = np.unique(pair, return_counts=True)
    sizes = np.bincount(cell)
    equal = np.bincount(kinds // (y.max() + 1), counts * (counts - 1.0), minlength=len(sizes))
    random = (1 + (sizes * (sizes - 1.0) - equal) / sizes).sum()
    return 1 + int((pair[1:] != pair[:-1]).sum()), float(random), len(kinds)
