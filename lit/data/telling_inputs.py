"""Inputs of a table that tell the labels by themselves, as one that was made from them does."""

from collections.abc import Iterator, Mapping

import numpy as np

from lit.data.dataset import Dataset
from lit.data.overlap import numbers_of_kinds

FEWEST = 50  # examples, below which one input may tell them all by chance
SAMPLE = 1000  # of them are looked at first
# Labels that one cut may miss, of all and of those of the rarer class: as of a date after which
# patients were alive, of whom a few were last seen before.
MISSED, OF_RARER = 0.03, 0.2
ROUGHLY = 0.1  # of a sample


def telling_inputs(data: Dataset) -> dict[str, float]:
    """Inputs that, cut at C - 1 places, have one class in each part, by name, with the share of
    labels that they tell: all; or categories, each value of which comes twice or more on average
    and has one label. Where none does, of two classes inputs that tell nearly all."""
    y = data.y
    if not data.columns or y.ndim != 1 or data.bins or len(y) < FEWEST or y.min() == y.max():
        return {}
    inputs = dict(zip(data.columns, data.x.T, strict=True))
    some = slice(None, None, max(len(y) // SAMPLE, 1))  # of a long table most columns end here
    every = [name for name, x in inputs.items() if _tells(x[some], y[some]) and _tells(x, y)]
    every = every or [name for name, x in _categories(data) if _each_tells(x, y)]
    return dict.fromkeys(every, 1.0) if every else _tell_most(inputs, y, some)


def _categories(data: Dataset) -> Iterator[tuple[str, np.ndarray]]:
    """Categories that are several inputs (N, D), by their column's name."""
    columns = [name.partition("=") for name in data.columns or ()]
    for category in dict.fromkeys(name for name, equals, _ in columns if equals):
        own = [i for i, (name, equals, _) in enumerate(columns) if equals and name == category]
        yield category, data.x[:, own]


def _each_tells(x: np.ndarray, y: np.ndarray) -> bool:
    """Whether each value has one label, and comes twice or more on average."""
    values = numbers_of_kinds(x)
    if values is None:
        return False
    pairs = np.unique(np.stack([values, y], axis=1), axis=0)
    return len(pairs) == values.max() + 1


def say_told(share: float) -> str:
    """The share of labels that an input tells, in words."""
    return "each example" if share == 1 else f"{share:.1%} of the examples"


def _tells(x: np.ndarray, y: np.ndarray) -> bool:
    order = np.lexsort((y, x))
    x, y = x[order], y[order]
    change = y[1:] != y[:-1]
    between = x[1:] != x[:-1]  # equal inputs of two classes tell neither
    return change.sum() == len(np.unique(y)) - 1 and bool(between[change].all())


def _tell_most(inputs: Mapping[str, np.ndarray], y: np.ndarray, some: slice) -> dict[str, float]:
    classes, counts = np.unique(y, return_counts=True)
    if len(classes) != 2:
        return {}
    first = y == classes[0]
    missed = {
        name: _missed(x, first)
        for name, x in inputs.items()
        if _missed(x[some], first[some]) <= ROUGHLY * len(first[some])
    }
    most = min(MISSED * len(y), OF_RARER * counts.min())
    return {name: 1 - few / len(y) for name, few in missed.items() if few <= most}


def _missed(x: np.ndarray, first: np.ndarray) -> int:
    """How many labels of two classes are told wrongly by the best cut of an input."""
    order = np.argsort(x, kind="stable")
    places = np.flatnonzero(np.diff(x[order])) + 1  # between values that differ
    below = np.cumsum(first[order])[places - 1]  # of the first class; of the other, places - below
    wrong = places - below + first.sum() - below
    return int(min(wrong.min(), (len(x) - wrong).min())) if len(places) else len(x)
