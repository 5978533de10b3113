"""Labels after a transform of the config: random, shuffled, noisy, constant, of some classes.

What transforms there are: :mod:`lit.study.label_transforms`.
"""

import numpy as np
from jaxtyping import Int

from lit.data.groups import Groups, in_front
from lit.errors import InputError
from lit.rng import generator
from lit.study.label_transforms import Transform


def transform_labels(
    y: Int[np.ndarray, " N *T"],
    classes: int,
    transform: Transform,
    seed: int,
    groups: Groups = None,
) -> tuple[Int[np.ndarray, " N *T"], int]:
    """Labels after the transform, of the int64 labels of a whole data set.

    Labels drawn at random are a function of the seed and the example's index, so that stream and
    source agree on them, and a larger share changes a superset of a smaller one's examples.
    Shuffled are those of the example before, in the seed's order: so those of a source, which is
    the order's end, are its own but for one, which is coded only where n + k are all examples.

    Returns:
        int64 labels, -1 where there is none or it is left out, and the new number of classes.

    Raises:
        InputError: a class that the data set does not have, or that two groups have.
    """
    if not transform:
        return y, classes
    ((kind, value),) = transform.items()
    there = y >= 0
    rng = generator("labels", seed)
    if kind in ("random", "shuffled", "noise"):
        chosen = rng.random(y.shape if kind != "shuffled" else len(y)) < value
        if kind == "random":
            drawn = rng.integers(0, classes, y.shape)
        elif kind == "shuffled":
            chosen = chosen.reshape(-1, *[1] * (y.ndim - 1))
            drawn = _of_the_one_before(y, seed, groups)
        else:
            drawn = (y + rng.integers(1, classes, y.shape)) % classes
        return np.where(chosen & there, drawn, y), classes
    listed = [value] if kind == "constant" else value
    joined = value if kind == "groups" else [[c] for c in listed]
    named = [c for group in joined for c in group]
    what = f"labels: {{{kind}: {value}}} names"
    if unknown := [c for c in named if not 0 <= c < classes]:
        raise InputError(f"{what} class {unknown[0]}, but classes are 0..{classes - 1}")
    if len(set(named)) < len(named):
        raise InputError(f"{what} a class twice; each belongs to one group")
    match kind:
        case "constant":
            return np.where(there, value, y), classes
        case "relabelled":
            drawn = (y + rng.integers(1, classes, y.shape)) % classes
            return np.where(np.isin(y, value), drawn, y), classes
        case "without":
            return np.where(np.isin(y, value), -1, y), classes
        case "only":
            return np.where(np.isin(y, value), y, -1), classes
    renumber = np.full(classes + 1, -1, dtype=np.int64)  # the last is that of -1
    for new, group in enumerate(joined):
        renumber[group] = new
    return renumber[y], len(joined)


def in_order(
    y: Int[np.ndarray, " N *T"], seed: int, groups: Groups = None
) -> Int[np.ndarray, " M"]:
    """Examples with a label in the seed's order, whose front is coded and whose back trains M;
    those of groups that are in front go first."""
    order = generator("order", seed).permutation(len(y))
    if groups is not None:
        order = order[np.argsort(~in_front(groups, seed)[order], kind="stable")]
    return order[(y[order].reshape(len(y), -1) >= 0).any(axis=1)]


def _of_the_one_before(
    y: Int[np.ndarray, " N *T"], seed: int, groups: Groups
) -> Int[np.ndarray, " N *T"]:
    """Each example's labels, taken from the one before it in the seed's order; a circle."""
    order, drawn = in_order(y, seed, groups), y.copy()
    drawn[order] = y[np.roll(order, 1)]
    return drawn
