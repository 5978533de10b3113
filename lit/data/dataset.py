"""A labelled data set in memory: all that reading a result needs.

:mod:`lit.data.check_dataset` makes one of users' arrays, :mod:`lit.data.loaders` of files.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

WARNING = "Warning: "  # opens a note that the report shows first


@dataclass(frozen=True)
class Dataset:
    """A labelled data set in memory.

    Attributes:
        x: (N, ...) uint8 (divided by 255 when used) or float32 (used as given); images are
            (N, channels, H, W).
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
        return {name: getattr(self, name) for name in ("classes", "names", "scaling", "notes")}

    @classmethod
    def of(cls, x: np.ndarray, y: np.ndarray, about: Mapping[str, Any]) -> "Dataset":
        """From arrays and what :meth:`about` said of them, or JSON made of it."""
        names = about.get("names")
        return cls(
            x,
            y,
            about["classes"],
            None if names is None else tuple(names),
            about.get("scaling", ""),
            tuple(about.get("notes", ())),
        )
