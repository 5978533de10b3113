"""Proof that no stream holds an example that M was trained on. No torch."""

import numpy as np
from jaxtyping import Int64

from lit.data.overlap import check_disjoint, count_duplicates


def check_fresh(
    streams: Int64[np.ndarray, "S k"],
    sources: Int64[np.ndarray, "S n"],
    same_data: bool,
    stream_hash: Int64[np.ndarray, " N"],
    source_hash: Int64[np.ndarray, " Q"],
    what: str,
) -> list[int]:
    """Prove that no seed's stream holds an example that M was trained on; count exact duplicates.

    Args:
        streams: Rows of the target data set.
        sources: Rows of the source data set.
        same_data: Whether the two show the same examples, so that equal rows are equal examples.
        stream_hash, source_hash: Row hashes of either data set.
        what: The run, for the error.

    Returns:
        By seed, how many coded inputs also occur, exactly, among M's training inputs.
    """
    pairs = list(zip(streams, sources, strict=True))
    if same_data:
        for stream, source in pairs:
            check_disjoint(stream, source, what)
    return [count_duplicates(stream_hash[stream], source_hash[source]) for stream, source in pairs]
