"""Examples that come in groups, such as the visits of one patient."""

import numpy as np
from jaxtyping import Bool, Int

from lit.rng import generator

Groups = Int[np.ndarray, " N"] | None  # number of each example's group, where they come in groups
FRONT = 1 / 3  # of all examples, at least, are of groups in front


def in_front(groups: Int[np.ndarray, " N"], seed: int) -> Bool[np.ndarray, " N"]:
    """Which examples are of the groups that a seed deals to streams; the others are for sources.

    They are its first groups, in an order of its own, that have a third of all examples.
    """
    _, place, counts = np.unique(groups, return_inverse=True, return_counts=True)
    order = generator("groups", seed).permutation(len(counts))
    before = np.empty(len(counts))
    before[order] = np.cumsum(counts[order]) - counts[order]
    return (before < FRONT * len(groups))[place]
