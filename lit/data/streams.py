"""Which examples are coded and which train a source: one permutation, two ends.

Per (data set, seed) one permutation of the examples. The coded stream is its front, the source
set its back, so that growing ``k`` or ``n`` leaves the other as it was and smaller sets are nested.
The permutation depends on the seed and the number of examples alone: two versions of one data set
(corrupted, relabelled) share it, and their streams and sources stay apart as well. That they do is
proved for each result: :mod:`lit.data.overlap`.
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Int

from lit.data.labels import Transform, in_order, transform_labels


def pool(
    y: Int[np.ndarray, " N *T"], classes: int, transform: Transform, seed: int
) -> tuple[Int[np.ndarray, " M"], Int[np.ndarray, " M *T"], int]:
    """Examples in the seed's order, with their labels after the transform.

    Returns:
        Positions in the data set, labels, both int64, and the number of classes; M < N where some
        classes are left out, and examples with them.
    """
    labels, classes = transform_labels(y, classes, transform, seed)
    order = in_order(labels, seed)
    return order, labels[order], classes


def ends(
    y: Int[np.ndarray, " N *T"], classes: int, transform: Transform, seeds: Sequence[int], side: str
) -> tuple[Int[np.ndarray, "S M"], Int[np.ndarray, "S M *T"], int]:
    """The pool of each seed, a row a seed, from its ``front`` (coded stream) or ``back`` (source).

    Every seed has the same M, since which classes are left out does not depend on the seed.
    """
    step = 1 if side == "front" else -1
    pools = [pool(y, classes, transform, seed) for seed in seeds]
    index = np.stack([index[::step] for index, _, _ in pools])
    label = np.stack([label[::step] for _, label, _ in pools])
    return index, label, pools[0][2]
