"""A labelled data set in memory: all that reading a result needs.

:mod:`lit.data.check_dataset` makes one of users' arrays, :mod:`lit.data.loaders` of files.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from lit.data.bins import Bins

WARNING = "Warning: "  # opens a note that the report shows first


@dataclass(frozen=True)
class Form:
    """What a network takes, and what it gives: one example's inputs, its logits.

    Attributes:
        shape: Of the inputs, such as (1, 28, 28).
        classes: Number of classes C; of bins, that of knots.
        labels: How many labels an example carries, T, for each of which there are C logits; None
            where it carries one.
        vocabulary: How many tokens there are, where inputs are numbers of tokens; else None.
        next_tokens: Whether label t of an example is its input t + 1.
    """

    shape: tuple[int, ...]
    classes: int
    labels: int | None = None
    vocabulary: int | None = None
    next_tokens: bool = False

    @property
    def outputs(self) -> tuple[int, ...]:
        """Shape of an example's logits."""
        return (self.classes,) if self.labels is None else (self.labels, self.classes)


@dataclass(frozen=True)
class Dataset:
    """A labelled data set in memory.

    Attributes:
        x: (N, ...) uint8 (divided by 255 when used) or float32 (used as given); images are
            (N, channels, H, W); tokens (N, T) int32, -1 behind the last one of an example.
        y: (N,) int64 labels 0..classes-1, or (N, T) where an example carries several, -1 where it
            has none.
        classes: Number of classes C, at least 2.
        names: Names of the classes 0, 1, ..., where there are any.
        scaling: How x came to be scaled, in words.
        notes: What was converted or left out on the way, or may be wrong, a sentence each.
        vocabulary: How many tokens there are, where x holds their numbers.
        next_tokens: Whether label t of an example is its input t + 1.
        tokenizer: Digest of what tokens stand for, where that is known.
        bins: Where labels are numbers of bins of a real-valued target, these.
        columns: Names of the inputs, where the user's file has them; its own file leaves them out.
        rows: (N,) numbers of a table's rows in the user's file, likewise.
        groups: (N,) int64 number of each example's group, of which a seed has all in the stream's
            part or all in the sources' part, see :mod:`lit.data.streams`.
    """

    x: np.ndarray
    y: np.ndarray
    classes: int
    names: tuple[str, ...] | None = None
    scaling: str = ""
    notes: tuple[str, ...] = ()
    vocabulary: int | None = None
    next_tokens: bool = False
    tokenizer: str = ""
    bins: Bins | None = None
    columns: tuple[str, ...] = ()
    rows: np.ndarray | None = None
    groups: np.ndarray | None = None

    def form(self, classes: int | None = None) -> Form:
        """What a network of these examples takes and gives, with other ``classes`` if so."""
        labels = self.y.shape[1] if self.y.ndim == 2 else None
        count = self.classes if classes is None else classes
        if self.bins is not None:
            count = self.bins.knots
        return Form(self.x.shape[1:], count, labels, self.vocabulary, self.next_tokens)

    def labels_and_groups(self) -> dict[str, np.ndarray]:
        """The arrays of its file that are no inputs."""
        return {"y": self.y} | ({} if self.groups is None else {"groups": self.groups})

    def about(self) -> dict[str, Any]:
        """What its file says beside the arrays."""
        said = {name: getattr(self, name) for name in ("classes", "names", "scaling", "notes")}
        names = ("vocabulary", "next_tokens", "tokenizer")
        tokens = {name: getattr(self, name) for name in names}
        bins = {} if self.bins is None else {"bins": asdict(self.bins)}
        return said | (tokens if self.vocabulary else {}) | bins

    @classmethod
    def of(cls, x: np.ndarray, y: np.ndarray, about: Mapping[str, Any]) -> "Dataset":
        """From arrays and what :meth:`about` said of them, or JSON made of it."""
        names, bins = about.get("names"), about.get("bins")
        return cls(
            x,
            y,
            about["classes"],
            None if names is None else tuple(names),
            about.get("scaling", ""),
            tuple(about.get("notes", ())),
            about.get("vocabulary"),
            about.get("next_tokens", False),
            about.get("tokenizer", ""),
            None if bins is None else Bins(**bins),
        )
