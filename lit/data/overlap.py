"""Proof that the coded stream and a source's training set share no example; row hashes, and what
equal inputs are."""

import hashlib

import numpy as np
from jaxtyping import Int, Shaped

from lit.errors import InputError

TIMES = 2  # inputs that come so often on average, or more, come again
APART = 0.1  # of inputs that come again, share with several labels from which on they look alike
FEWEST = 60  # examples whose inputs come again: fewer say too little of the others


def check_disjoint(stream: Int[np.ndarray, " k"], source: Int[np.ndarray, " n"], what: str) -> None:
    """Prove that no example is in both, from the stored indices of one seed.

    Raises:
        InputError: naming the first shared example.
    """
    shared = np.intersect1d(stream, source)
    if len(shared):
        raise InputError(
            f"{what}: {len(shared)} examples are in the coded stream and in the source's training"
            f" set (first: row {shared[0]}); L_IT needs fresh examples"
        )


def row_hashes(x: Shaped[np.ndarray, "N ..."]) -> Int[np.ndarray, " N"]:
    """int64 hash of each row's bytes; equal for exact duplicates of one type, in any data set.

    -0 counts as 0, which no network can tell from it.
    """
    rows = (row + x.dtype.type(0) for row in x) if x.dtype.kind == "f" else x
    digests = (
        hashlib.blake2b(np.ascontiguousarray(row).tobytes(), digest_size=8).digest() for row in rows
    )
    return np.frombuffer(b"".join(digests), dtype=np.int64)


def numbers_of_kinds(x: Shaped[np.ndarray, "N ..."]) -> Int[np.ndarray, " N"] | None:
    """Of each row the number of its kind, 0, 1, ..., equal for equal rows; None where kinds come
    less than twice on average."""
    _, found = np.unique(row_hashes(x), return_inverse=True)
    return found if len(found) >= TIMES * (found.max(initial=-1) + 1) else None


def _labels_differ(hashes: Int[np.ndarray, " N"], y: Shaped[np.ndarray, " N *T"]) -> float:
    """Of inputs that come again, by their hashes, the share that has several labels, as copies have
    not; 0 where few come again, or where an example has many labels."""
    if y.ndim > 1:
        return 0.0
    counts = np.unique(hashes, return_counts=True)[1]
    pairs = np.unique(np.stack([hashes, row_hashes(y)], axis=1), axis=0)
    several = np.unique(pairs[:, 0], return_counts=True)[1] > 1
    again = counts > 1
    return float(several[again].mean()) if counts[again].sum() >= FEWEST else 0.0


def look_alike(
    x: Shaped[np.ndarray, "N ..."], hashes: Int[np.ndarray, " N"], y: Shaped[np.ndarray, " N *T"]
) -> bool:
    """Whether equal inputs are other examples that look alike, as in a table of few values: their
    labels differ. Of images, texts and the like equal ones are copies whatever their labels."""
    return x.ndim == 2 and _labels_differ(hashes, y) >= APART
