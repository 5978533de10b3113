"""Labels in the order in which they are coded, one after the other, whoever's example they are of.

A mixture of experts follows labels, a table reports examples. Where each example carries one label
these are the same.
"""

import numpy as np
from jaxtyping import Float64, Int64, Shaped

from lit.files.result_files import Arrays


def count_labels(codes: Arrays, k: int) -> np.ndarray:
    """(S,) labels that the first k examples of a run carry, from its code lengths."""
    if "labels" in codes:
        return codes["labels"][:, :k].sum(axis=1)
    bits = next(array for name, array in codes.items() if name.startswith("bits/"))
    return np.full(len(bits), k)


class LabelOrder:
    """Between examples and labels of S streams.

    Attributes:
        several: Whether examples carry several labels.
        count: (S, k) labels of each example.
    """

    def __init__(self, label: Int64[np.ndarray, "S k *T"]):
        """``label`` is -1 where an example has none."""
        self.several = label.ndim == 3
        self._there = label >= 0
        self.count = self._there.sum(axis=2) if self.several else self._there.astype(np.int64)
        self._ends = self.count.cumsum(axis=1)

    def labels(self, array: Shaped[np.ndarray, "S k *T"], fill: float = 0) -> np.ndarray:
        """(S, L) or (S, L, C): the entries of labels that are there, and ``fill`` behind the last
        of a stream that has fewer than the most, L."""
        if not self.several:
            return array
        totals = self._ends[:, -1]
        found = np.full((len(array), totals.max(), *array.shape[3:]), fill, dtype=array.dtype)
        for stream, there in enumerate(self._there):
            found[stream, : totals[stream]] = array[stream][there]
        return found

    def sums(self, array: Float64[np.ndarray, "S L"]) -> Float64[np.ndarray, "S k"]:
        """Sums over the labels of each example."""
        if not self.several:
            return array
        return np.diff(self.last(array.cumsum(axis=1)), axis=1, prepend=0)

    def last(self, array: Float64[np.ndarray, "S L"]) -> Float64[np.ndarray, "S k"]:
        """The entry of the last label up to the end of each example; 0 before the first label."""
        if not self.several:
            return array
        return np.take_along_axis(np.pad(array, ((0, 0), (1, 0))), self._ends, axis=1)
