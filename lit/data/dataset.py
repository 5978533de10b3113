"""A labelled data set in memory: all that reading a result needs.

:mod:`lit.data.checks` makes one of users' arrays, :mod:`lit.data.loaders` of files.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Dataset:
    """A labelled data set in memory.

    Attributes:
        x: (N, ...) uint8 (divided by 255 when used) or float32 (used as given); images are (N, channels, H, W).
        y: (N,) int64 labels 0..classes-1.
        classes: Number of classes C, at least 2.
        names: Names of the classes 0, 1, ..., where there are any.
        scaling: How x came to be scaled, in words.
        notes: What was converted or left out on the way, or may be wrong, a sentence each.
    """

    x: np.ndarray
    y: np.ndarray
    classes: int
    names: tuple[str, ...] | None = None
    scaling: str = ""
    notes: tuple[str, ...] = ()

    def about(self) -> dict[str, Any]:
        """What its file says beside the arrays."""
        return {
            "classes": self.classes,
            "names": self.names,
            "scaling": self.scaling,
            "notes": self.notes,
        }

    @classmethod
    def of(cls, x: np.ndarray, y: np.ndarray, about: Mapping[str, Any]) -> "Dataset":
        """From arrays and what :meth:`about` said of them."""
        names = about.get("names")
        named = None if names is None else tuple(names)
        return cls(
            x, y, about["classes"], named, about.get("scaling", ""), tuple(about.get("notes", ()))
        )


def scale(x: np.ndarray) -> np.ndarray:
    """x as float32: uint8 divided by 255, float32 as given."""
    return x.astype(np.float32) / np.float32(255) if x.dtype == np.uint8 else x


def row_hashes(x: np.ndarray) -> np.ndarray:
    """(N,) int64 hash of each row's bytes; equal for exact duplicates, also across data sets of one type."""
    digests = (
        hashlib.blake2b(np.ascontiguousarray(row).tobytes(), digest_size=8).digest() for row in x
    )
    return np.frombuffer(b"".join(digests), dtype=np.int64)
