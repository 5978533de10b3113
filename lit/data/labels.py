"""Label transforms: random, noise, constant, subset of classes and coarser classes.

A transform is a one-key mapping as in the config, or None for the true labels:
``{"random": share}``   that share of the examples gets a label drawn uniformly from all classes;
``{"noise": share}``    that share gets one of the other classes, drawn uniformly;
``{"constant": c}``     every example gets class ``c``;
``{"classes": [a, b]}`` only examples of these classes are kept, renumbered 0, 1, ... in this order;
``{"without": [a]}``    examples of these classes are left out, the others keep their numbers, and C stays;
``{"only": [a, b]}``    only examples of these classes are kept, with their numbers, and C stays;
``{"groups": [[a, b], [c]]}``  the classes of each list become one, 0, 1, ...; examples of other classes are left out.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from lit.errors import InputError
from lit.rng import generator

Transform = Mapping[str, Any] | None
LONGEST = 60  # characters of a list of classes in a name


def name(transform: Transform) -> str:
    """Short name for file names and tables: ``true``, ``random-1``, ``noise-0.2``, ``classes-0+3``, ``groups-0+1_2+3``.

    A long list is named by its length and the first eight digits of its SHA-256, as in ``groups-20-5f1d7a84``.
    """
    if not transform:
        return "true"
    ((kind, value),) = transform.items()
    if not isinstance(value, list):
        return f"{kind}-{_number(value + 0)}"  # + 0 makes -0.0 a zero
    lists = value if kind == "groups" else [value]
    text = "_".join("+".join(map(str, part)) for part in lists)
    if len(text) > LONGEST:
        text = f"{len(value)}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"
    return f"{kind}-{text}"


def _number(value: float) -> str:
    """Short where that is exact, so that different numbers have different names."""
    short = f"{value:g}"
    return short if float(short) == value else repr(value)


def kept(transform: Transform) -> Transform:
    """What of a transform decides which classes there are: equal where two label sets can be coded by one head."""
    return transform if transform and ("classes" in transform or "groups" in transform) else None


def are_random(transform: Transform) -> bool:
    """Whether the labels are wholly random, so that a source must memorise them to be a control."""
    return transform is not None and transform.get("random") == 1


def transform_labels(
    y: np.ndarray, classes: int, transform: Transform, seed: int
) -> tuple[np.ndarray, int]:
    """Labels after the transform, and the number of classes.

    Args:
        y: (N,) int64 labels of the whole data set.
        classes: Number of classes C.
        transform: See the module's docstring.
        seed: Labels drawn at random are a function of the seed and the example's index, so that
            stream and source agree on them, and a larger share changes a superset of a smaller one's examples.

    Returns:
        (N,) int64 labels, -1 where the example is left out, and the new number of classes.

    Raises:
        InputError: a class that the data set does not have, or that two groups have.
    """
    if not transform:
        return y, classes
    ((kind, value),) = transform.items()
    groups = _groups(kind, value)
    named = [c for group in groups for c in group]
    if unknown := [c for c in named if not 0 <= c < classes]:
        raise InputError(
            f"labels: {{{kind}: {value}}} names class {unknown[0]}, but classes are 0..{classes - 1}"
        )
    if len(set(named)) < len(named):
        raise InputError(
            f"labels: {{{kind}: {value}}} names a class twice; each belongs to one group"
        )
    if kind == "constant":
        return np.full_like(y, value), classes
    if kind == "without":
        return np.where(np.isin(y, value), -1, y), classes
    if kind == "only":
        return np.where(np.isin(y, value), y, -1), classes
    if kind in ("classes", "groups"):
        renumber = np.full(classes, -1, dtype=np.int64)
        for new, group in enumerate(groups):
            renumber[group] = new
        return renumber[y], len(groups)
    rng = generator("labels", seed)
    chosen = rng.random(len(y)) < value
    if kind == "random":
        drawn = rng.integers(0, classes, len(y))
    else:
        drawn = (y + rng.integers(1, classes, len(y))) % classes
    return np.where(chosen, drawn, y), classes


def _groups(kind: str, value: Any) -> list[list[int]]:
    """The classes that a transform names, grouped as they belong together."""
    match kind:
        case "groups":
            return value
        case "classes":
            return [[c] for c in value]
        case "without" | "only":
            return [value]
        case "constant":
            return [[value]]
    return []
