"""Which examples are coded and which train a source: one permutation, two ends.

Per (data set, seed) one permutation of the examples. The coded stream is its front, the source
set its back, so that growing ``k`` or ``n`` leaves the other as it was and smaller sets are nested.
The permutation depends on the seed and the number of examples alone: two versions of one data set
(corrupted, relabelled) share it, and their streams and sources stay apart as well. That they do is
proved for each result: :mod:`lit.data.overlap`.

Where examples come in groups, such as the visits of one patient, each seed deals the groups to the
two ends, so that no group is at both. Which ones are in front depends on the seed and the groups
alone, likewise.
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Int

from lit.data.dataset import Dataset
from lit.data.groups import Groups, in_front
from lit.data.labels import Transform, in_order, transform_labels
from lit.data.overlap import row_hashes
from lit.study.label_transforms import are_random


def pool(
    y: Int[np.ndarray, " N *T"],
    classes: int,
    transform: Transform,
    seed: int,
    groups: Groups = None,
) -> tuple[Int[np.ndarray, " M"], Int[np.ndarray, " M *T"], int]:
    """Examples in the seed's order, with their labels after the transform; those of groups in front
    first.

    Returns:
        Positions in the data set, labels, both int64, and the number of classes; M < N where some
        classes are left out, and examples with them.
    """
    labels, classes = transform_labels(y, classes, transform, seed, groups)
    order = in_order(labels, seed, groups)
    return order, labels[order], classes


def sides(index: Int[np.ndarray, " M"], seed: int, groups: Groups = None) -> tuple[int, int]:
    """How many of a pool's examples a stream can have, and how many a source: without groups all,
    as then either end may grow up to the other."""
    if groups is None:
        return len(index), len(index)
    front = int(in_front(groups, seed)[index].sum())
    return front, len(index) - front


def ends(
    y: Int[np.ndarray, " N *T"],
    classes: int,
    transform: Transform,
    seeds: Sequence[int],
    side: str,
    groups: Groups = None,
) -> tuple[Int[np.ndarray, "S M"], Int[np.ndarray, "S M *T"], int]:
    """The pool of each seed, a row a seed, from its ``front`` (coded stream) or ``back`` (source).

    Every seed has the same M: which classes are left out does not depend on the seed, and of groups
    each has as many examples as that with the fewest.
    """
    step, at = (1, 0) if side == "front" else (-1, 1)
    pools = [pool(y, classes, transform, seed, groups) for seed in seeds]
    drawn = zip(pools, seeds, strict=True)
    count = min(sides(index, seed, groups)[at] for (index, _, _), seed in drawn)
    index = np.stack([index[::step][:count] for index, _, _ in pools])
    label = np.stack([label[::step][:count] for _, label, _ in pools])
    return index, label, pools[0][2]


def part_of(
    data: Dataset, transform: Transform, seeds: Sequence[int], side: str
) -> tuple[Int[np.ndarray, "S M"], Int[np.ndarray, "S M *T"], int]:
    """What :func:`ends` has of a data set; of a source of random labels, inputs that differ.

    Of equal inputs with different labels a network can know one, and a control has to know all.
    """
    index, label, classes = ends(data.y, data.classes, transform, seeds, side, data.groups)
    if side == "back" and are_random(transform):
        places = first_of_each(row_hashes(data.x), index)
        index = np.take_along_axis(index, places, axis=1)
        label = np.stack([own[place] for own, place in zip(label, places, strict=True)])
    return index, label, classes


def room(data: Dataset, transform: Transform, seeds: Sequence[int]) -> tuple[int, int]:
    """How many examples the stream and the sources of every one of these seeds can have, see
    :func:`sides`."""
    pools = ((pool(data.y, data.classes, transform, s, data.groups)[0], s) for s in seeds)
    front, back = zip(*(sides(index, s, data.groups) for index, s in pools), strict=True)
    return min(front), min(back)


def first_of_each(
    inputs: Int[np.ndarray, " N"], index: Int[np.ndarray, "S M"]
) -> Int[np.ndarray, "S D"]:
    """Where each seed's examples have an input that none before them has, of the first that D do.

    ``inputs`` are hashes of all inputs; every seed has as many as that with the fewest.
    """
    firsts = [np.sort(np.unique(inputs[row], return_index=True)[1]) for row in index]
    count = min(map(len, firsts))
    return np.stack([places[:count] for places in firsts])
