"""Which examples are coded and which train a source: one permutation, two ends.

Per (data set, seed) one permutation of the examples. The coded stream is its front, the source
set its back, so that growing ``k`` or ``n`` leaves the other as it was and smaller sets are nested.
The permutation depends on the seed and the number of examples alone: two versions of one data set
(corrupted, relabelled) share it, and their streams and sources stay apart as well.
"""

import numpy as np

from lit.data.labels import Transform, transform_labels
from lit.errors import InputError
from lit.rng import generator


def pool(
    y: np.ndarray, classes: int, transform: Transform, seed: int
) -> tuple[np.ndarray, np.ndarray, int]:
    """Examples in the seed's order, with their labels after the transform.

    Args:
        y: (N,) int64 labels of the data set.
        classes: Number of classes.
        transform: Label transform, see lit.data.labels.
        seed: Seed of order and labels.

    Returns:
        index (M,) int64 positions in the data set, label (M,) int64, number of classes;
        M < N where a subset of classes is kept.
    """
    labels, classes = transform_labels(y, classes, transform, seed)
    order = generator("order", seed).permutation(len(y))
    order = order[labels[order] >= 0]
    return order, labels[order], classes


def ends(y: np.ndarray, classes: int, transform: Transform, seeds: list[int], side: str):
    """The pool of each seed, seen from its ``front`` (coded stream) or ``back`` (source set).

    Returns:
        index (S, M), label (S, M), both int64, and the number of classes. With a subset of classes
        every seed has the same M, since the subset does not depend on the seed.
    """
    pools = [pool(y, classes, transform, seed) for seed in seeds]
    step = 1 if side == "front" else -1
    index = np.stack([index[::step] for index, _, _ in pools])
    label = np.stack([label[::step] for _, label, _ in pools])
    return index, label, pools[0][2]


def check_disjoint(stream: np.ndarray, source: np.ndarray, what: str) -> None:
    """Prove that no example is in both, from the stored indices of one seed.

    Raises:
        InputError: naming the first shared example.
    """
    shared = np.intersect1d(stream, source)
    if len(shared):
        raise InputError(
            f"{what}: {len(shared)} examples are in the coded stream and in the source's training set"
            f" (first: row {shared[0]}); L_IT needs fresh examples"
        )


def count_duplicates(stream_hash: np.ndarray, source_hash: np.ndarray) -> int:
    """Number of stream examples whose input also occurs, exactly, among the source's inputs (by row hash)."""
    return int(np.isin(stream_hash, source_hash).sum())
