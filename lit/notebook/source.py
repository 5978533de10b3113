"""The start state M of a notebook, and what it was made of.

The workflow has a plan behind every file; a notebook has variables, which are easily exchanged. So
M carries its model and its examples.
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from lit.data.dataset import Dataset
from lit.data.labels import transform_labels
from lit.data.unknowable import knowable_shares
from lit.measures.controls import MEMORISED, knows_by_heart
from lit.notebook.digests import digest
from lit.notebook.scales import Scale
from lit.notebook.traces import Traces
from lit.study.label_transforms import Transform
from lit.training.state import State


@dataclass(frozen=True, repr=False)
class Source:
    """Trained start states M, one a seed.

    Attributes:
        state: Weights and temperature, on the CPU.
        seeds: The S seeds.
        accuracy: (S,) share of the training labels that M gets right.
        bits: (S, n) bits of the training labels under M, in the order of ``index``.
        index: (S, n) rows of x that M was trained on.
        data: A copy of the training examples: for a learner with ``memory: source``, and to know
            which examples are fresh.
        model: The model's entry, if known.
        network: Its digest, if known.
        traces: What tells the training examples again, if known.
        scale: How they were asked to be scaled.
        scaled: By what they were scaled, if by their own statistics.
        relabel: What became of the labels before M was trained on them, as ``train_source`` has it.
        columns: Names of the columns of x, where it was a table.
    """

    state: State
    seeds: list[int]
    accuracy: np.ndarray
    bits: np.ndarray
    index: np.ndarray
    data: Dataset
    model: Mapping[str, Any] | None = None
    network: str = ""
    traces: Traces | None = None
    scale: str | None = None
    columns: tuple[str, ...] | None = None
    scaled: Scale | None = None
    relabel: Transform = None

    @property
    def digest(self) -> str:
        """Digest of the S states: equal for equal M, in another session too."""
        parts: list[Any] = []
        for name, array in sorted(self.state.arrays().items()):
            parts += [name.encode(), np.ascontiguousarray(array)]
        return digest(*parts)

    @property
    def label(self) -> np.ndarray:
        """(S, n) or (S, n, T) labels that M was trained on, in the order of ``index``."""
        of = self.data
        every = (
            transform_labels(of.y, of.classes, self.relabel, seed, of.groups)[0]
            for seed in self.seeds
        )
        return np.stack([y[rows] for y, rows in zip(every, self.index, strict=True)])

    @property
    def knowable(self) -> np.ndarray:
        """(S,) share of the training labels that a network can know by heart; 1 where an example
        carries several.

        Of equal inputs with different labels it can know one; see :mod:`lit.data.unknowable`.
        """
        if self.data.y.ndim > 1:
            return np.ones(len(self.index))
        return knowable_shares(self.data.x, self.index, self.label)

    @property
    def memorised(self) -> bool:
        """Whether M knows its labels by heart, as one of random labels has to as a control."""
        known = self.accuracy.mean()
        # What can be known is looked for where that matters.
        return bool(known >= MEMORISED or knows_by_heart(known, self.knowable.mean()))

    @property
    def one_draw(self) -> bool:
        """Whether all seeds were trained on the same examples; not so of ready weights."""
        rows = np.sort(self.index, axis=1)
        return bool(self.index.size and (rows == rows[0]).all())

    def __getstate__(self) -> dict[str, Any]:
        """For pickle: a factory by its name; no model where another session could not find it."""
        model = self.model or {}
        factory = model.get("factory")
        if not callable(factory):
            return self.__dict__
        module, _, function = factory_name(factory).partition(":")
        found = getattr(sys.modules.get(module), function, None) is factory
        return self.__dict__ | {"model": named(model) if found else None}

    def __repr__(self) -> str:
        right = f", {self.accuracy.mean():.1%} of their labels right" if self.index.size else ""
        trained = f"{self.index.shape[1]} examples of {self.data.classes} classes"
        return f"Source(M: {describe(self.model)}, trained on {trained}{right}; seeds {self.seeds})"


def factory_name(factory: Any) -> str:
    """``module:function`` of a factory."""
    if isinstance(factory, str):
        return factory
    function = getattr(factory, "__qualname__", type(factory).__name__)
    return f"{getattr(factory, '__module__', '')}:{function}"


def describe(entry: Mapping[str, Any] | None) -> str:
    """A model's entry in words: ``mlp, hidden [128]``."""
    if entry is None:
        return "a model that is not known"
    options = [f"{key} {value}" for key, value in named(entry).items() if key != "kind"]
    return ", ".join([str(entry["kind"]), *options])


def named(entry: Mapping[str, Any]) -> dict[str, Any]:
    """An entry with a factory by its name."""
    return {k: factory_name(v) if k == "factory" else v for k, v in entry.items()}
