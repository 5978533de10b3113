"""Which labels nobody can know by heart: equal inputs have another one more often."""

import numpy as np
from jaxtyping import Bool, Float64, Int

from lit.data.overlap import row_hashes

CHUNK = 4096  # rows of which a copy is made at a time


def unknowable(
    inputs: Int[np.ndarray, " n"], labels: Int[np.ndarray, " n"]
) -> Bool[np.ndarray, " n"]:
    """Which of n labels cannot be known beside those before them.

    Of equal inputs the most frequent label can be known, and no other. So of the first m examples,
    whatever m, as many labels are lost as there are True among the first m.

    Args:
        inputs: A hash of each input, see :func:`lit.data.overlap.row_hashes`.
        labels: One an example.
    """
    count = len(labels)
    _, group = np.unique(inputs, return_inverse=True)
    times = np.empty(count, int)  # how often an input had this label so far
    order = np.lexsort((labels, group))  # which keeps the order of those that are alike
    pairs = np.stack([group[order], labels[order]])
    begins = np.append(True, (pairs[:, 1:] != pairs[:, :-1]).any(axis=0))[:count]
    starts = np.flatnonzero(begins)
    times[order] = np.arange(count) - np.repeat(starts, np.diff(starts, append=count)) + 1
    order = np.argsort(group, kind="stable")
    most = np.maximum.accumulate(times[order] + group[order] * (count + 1))
    lost = np.empty(count, bool)
    lost[order] = np.diff(most, prepend=0) == 0  # it occurs no more often than another before
    return lost


def knowable_shares(
    x: np.ndarray, rows: Int[np.ndarray, "S n"], labels: Int[np.ndarray, "S n"]
) -> Float64[np.ndarray, " S"]:
    """Share of each seed's labels, of these rows of x (N, ...), that a network can know by heart.

    It is 1 of no rows.
    """
    if not rows.size:
        return np.ones(len(rows))
    drawn = zip(rows, labels, strict=True)
    return np.array([1 - unknowable(_hashes(x, own), y).mean() for own, y in drawn])


def _hashes(x: np.ndarray, rows: Int[np.ndarray, " n"]) -> Int[np.ndarray, " n"]:
    parts = np.split(rows, range(CHUNK, len(rows), CHUNK))
    return np.concatenate([row_hashes(x[part]) for part in parts])
