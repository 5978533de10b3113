"""Proof that the coded stream and a source's training set share no example; row hashes."""

import hashlib

import numpy as np
from jaxtyping import Int, Shaped

from lit.errors import InputError


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
    """int64 hash of each row's bytes; equal for exact duplicates of one type, in any data set."""
    digests = (
        hashlib.blake2b(np.ascontiguousarray(row).tobytes(), digest_size=8).digest() for row in x
    )
    return np.frombuffer(b"".join(digests), dtype=np.int64)
