"""Proof that no stream holds an example that M was trained on. No torch."""

from collections.abc import Collection

import numpy as np
from jaxtyping import Bool, Int64

from lit.data.overlap import check_disjoint


def check_fresh(
    streams: Int64[np.ndarray, "S k"],
    sources: Int64[np.ndarray, "S n"],
    same_data: bool,
    stream_hash: Int64[np.ndarray, " N"],
    source_hash: Int64[np.ndarray, " Q"],
    what: str,
    others: bool = False,
) -> Bool[np.ndarray, "S k"]:
    """Prove that no seed's stream holds an example that M was trained on; find exact duplicates.

    Args:
        streams: Rows of the target data set.
        sources: Rows of the source data set.
        same_data: Whether the two show the same examples, so that equal rows are equal examples.
        stream_hash, source_hash: Row hashes of either data set.
        what: The run, for the error.
        others: Whether equal inputs are known to be others', see :func:`are_others`.

    Returns:
        By seed, which coded inputs also occur, exactly, among M's training inputs, and are not
        known to be others'.
    """
    pairs = list(zip(streams, sources, strict=True))
    if same_data:
        for stream, source in pairs:
            check_disjoint(stream, source, what)
    if others:
        return np.zeros(streams.shape, dtype=bool)
    return np.stack([np.isin(stream_hash[stream], source_hash[source]) for stream, source in pairs])


def are_others(target: str, source: str, apart: Collection[str]) -> bool:
    """Whether equal inputs of two data sets, by name, are others', of whom M learnt nothing.

    Of one data set of groups none is on both sides, and inputs of few values look alike; another
    may have the same persons.
    """
    return source == target and target in apart
