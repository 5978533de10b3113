"""What a notebook codes from: the start state M, what it was made of, and whether a stream may be coded from it.

The workflow has a plan behind every file; a notebook has variables, which are easily exchanged. So M carries its model
and its examples, and what does not belong together is refused.
"""

import hashlib
import re
import sys
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from torch import nn

from lit.data.classes import tell_numbers
from lit.data.dataset import Dataset
from lit.data.inputs import scale
from lit.data.overlap import row_hashes
from lit.errors import InputError
from lit.networks.build import Vision, build_theta0
from lit.training.state import State

WARN_SHARE = 0.01  # of a stream: so many of its inputs may be M's too, as real data hold duplicates
SKETCH = 256  # numbers of an example, evenly spaced, that tell it when its scale is left out
MIN_SKETCH = 16  # with fewer, examples that differ look alike
SKETCH_STEP = 0.01  # of a standard deviation of these numbers
WARN_RATIO = 50  # between the largest inputs of M and of the stream


@dataclass(frozen=True, repr=False)
class Source:
    """Trained start states M, one a seed.

    Attributes:
        state: Weights and temperature, on the CPU.
        seeds: The S seeds.
        accuracy: (S,) share of the training labels that M gets right.
        bits: (S, n) bits of the training labels under M, in the order of ``index``.
        index: (S, n) rows of x that M was trained on.
        data: A copy of the training examples: for a learner with ``memory: source``, and to know which examples are fresh.
        model: The model's entry; None where it is not known.
        network: Digest of the architecture, see :func:`network_digest`; empty where it is not known.
        hashes: As :func:`input_hashes` of the training examples; None where they are not known.
        scale: How they were asked to be scaled.
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
    hashes: np.ndarray | None = None
    scale: str | None = None
    columns: tuple[str, ...] | None = None

    @property
    def digest(self) -> str:
        """Digest of the S states: equal for equal M, in another session too."""
        arrays = self.state.arrays()
        return _digest(
            *(
                part
                for name in sorted(arrays)
                for part in (name.encode(), np.ascontiguousarray(arrays[name]))
            )
        )

    def __getstate__(self) -> dict[str, Any]:
        """For pickle: a factory by its name, or no model where it has none that another session could find."""
        factory = (self.model or {}).get("factory")
        if self.model is None or not callable(factory):
            return self.__dict__
        module, _, function = factory_name(factory).partition(":")
        found = getattr(sys.modules.get(module), function, None) is factory
        return self.__dict__ | {
            "model": {**self.model, "factory": f"{module}:{function}"} if found else None
        }

    def __repr__(self) -> str:
        right = f", {self.accuracy.mean():.1%} of their labels right" if self.index.size else ""
        trained = f"{self.index.shape[1]} examples of {self.data.classes} classes"
        return f"Source(M: {describe(self.model)}, trained on {trained}{right}; seeds {self.seeds})"


def factory_name(factory: Any) -> str:
    """``module:function`` of a factory."""
    if isinstance(factory, str):
        return factory
    return f"{getattr(factory, '__module__', '')}:{getattr(factory, '__qualname__', type(factory).__name__)}"


def describe(entry: Mapping[str, Any] | None) -> str:
    """A model's entry in words: ``mlp, hidden [128]``."""
    if entry is None:
        return "a model that is not known"
    options = [f"{key} {value}" for key, value in named(entry).items() if key != "kind"]
    return ", ".join([str(entry["kind"]), *options])


def named(entry: Mapping[str, Any]) -> dict[str, Any]:
    """An entry with a factory by its name."""
    return {k: factory_name(v) if k == "factory" else v for k, v in entry.items()}


def network_digest(net: nn.Module) -> str:
    """Digest of an architecture: its modules with their options, names and shapes of its state, and its preprocessing."""
    text = re.sub("0x[0-9a-f]+", "", str(net))  # addresses, where a module shows any
    taken = [net.size, net.reverse, net.mean, net.std] if isinstance(net, Vision) else []
    return _digest(f"{text} {_shapes(net.state_dict())} {taken}".encode())


def data_digests(data: Dataset, hashes: np.ndarray) -> dict[str, str]:
    """Inputs as the network sees them, by their :func:`input_hashes`, and labels, each as a shape and a digest."""
    x, y = _digest(np.ascontiguousarray(hashes[:, 0])), _digest(data.y)
    return {"x": f"{data.x.shape} digest {x}", "y": f"{data.y.shape} digest {y}"}


def input_hashes(x: np.ndarray, data: Dataset) -> np.ndarray:
    """(N, 3) int64 hashes of each example's inputs: as the network sees them, as they were given, and without their scale.

    Each alone would miss some equal inputs: those that came in another type, those that were scaled by statistics of
    another data set, and those that were rescaled by hand.
    """
    seen = _hashes(data.x)
    same = x.dtype == data.x.dtype == np.float32 and np.array_equal(x, data.x)
    return np.stack(
        [seen, seen if same else _hashes(x, np.float32), _scaleless_hashes(x, seen)], axis=1
    )


def _scaleless_hashes(x: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """(N,) row hashes that one offset and one positive factor for all of x do not change; those of ``seen`` where a row
    has too few numbers, or none that differ, to be told by what is left of it."""
    flat = x.reshape(len(x), -1)
    places = np.unique(np.linspace(0, max(flat.shape[1] - 1, 0), SKETCH).astype(int))
    if len(places) < MIN_SKETCH:
        return seen
    hashes = seen.copy()
    for row in range(len(x)):
        values = flat[row, places].astype(np.float64)
        values -= values.mean()
        spread = values.std()
        if np.isfinite(spread) and spread > 0:
            # whole steps, so coarse that float32 rounds to the same one whatever the scale was
            hashes[row] = row_hashes(np.rint(values / spread / SKETCH_STEP).astype(np.int16)[None])[
                0
            ]
    return hashes


def _hashes(x: np.ndarray, dtype: type | None = None) -> np.ndarray:
    """(N,) row hashes of x, scaled as a network sees it or, with a type, unscaled; a negative zero counts as a zero."""
    if not len(x):
        return np.empty(0, np.int64)
    return np.concatenate(
        [
            row_hashes((scale(row) if dtype is None else row.astype(dtype))[None] + np.float32(0))
            for row in x
        ]
    )


def _digest(*parts: Any) -> str:
    found = hashlib.blake2b(digest_size=8)
    for part in parts:
        found.update(part)
    return found.hexdigest()


def _shapes(tensors: Mapping[str, Any], skip: int = 0) -> dict[str, tuple[int, ...]]:
    return {name: tuple(value.shape[skip:]) for name, value in tensors.items()}


def check_model(source: Source, entry: Mapping[str, Any], where: str) -> None:
    """Refuse to code from M with another network than M is.

    Raises:
        InputError: naming both.
    """
    if source.model is not None and entry == source.model:
        return
    net = build_theta0(entry, source.data.x.shape[1:], source.data.classes, source.seeds[0], where)
    if source.network:
        same = network_digest(net) == source.network
    else:
        same = _shapes(net.state_dict()) == _shapes(source.state.tensors, skip=1)
    if not same:
        raise InputError(
            f"{where}: start is {describe(source.model)}, but model is {describe(entry)}, another network; leave model out,"
            " or train M with this one"
        )


def check_inputs(source: Source, data: Dataset, where: str) -> None:
    """Refuse a stream whose inputs M cannot have been made for: of another shape, or plainly of another scale.

    Raises:
        InputError: naming both shapes or ranges.
    """
    theirs, ours = source.data.x, data.x
    if theirs.shape[1:] != ours.shape[1:]:
        raise InputError(
            f"{where}: M was trained on examples of shape {theirs.shape[1:]}, but those of x have {ours.shape[1:]};"
            " give both one shape"
        )
    given, other = (theirs, ours) if theirs.dtype == np.uint8 else (ours, theirs)
    ranges = f"M was trained on inputs {_range(theirs)} and x has inputs {_range(ours)}"
    if given.dtype == np.uint8 != other.dtype and not (other.min() >= 0 and other.max() <= 1):
        raise InputError(f"{where}: {ranges}; give both one type and one scale")
    largest = sorted(
        float(np.abs(scale(np.array([x.min(), x.max()], x.dtype))).max()) for x in (theirs, ours)
    )
    if largest[1] > WARN_RATIO * largest[0]:
        warnings.warn(f"{where}: {ranges}; were both meant to have one scale?", stacklevel=3)


def column_names(x: Any) -> tuple[str, ...] | None:
    """Names of a table's columns; None of anything else."""
    columns = getattr(x, "columns", None)
    return None if columns is None or callable(columns) else tuple(map(str, columns))


def check_columns(source: Source, x: Any, where: str) -> None:
    """Refuse a table whose columns are not M's, or come in another order.

    Raises:
        InputError: naming the first that differs.
    """
    theirs, ours = source.columns, column_names(x)
    unnamed = tuple(map(str, range(len(ours or ()))))
    if theirs is None or ours is None or theirs == ours:
        return
    if set(theirs) == set(ours):
        raise InputError(f"{where}: x has M's columns in another order; write x[list(M.columns)]")
    if unnamed not in (theirs, ours):
        at = next(
            (i for i, (a, b) in enumerate(zip(theirs, ours, strict=False)) if a != b),
            min(len(theirs), len(ours)),
        )
        raise InputError(
            f"{where}: x has other columns than M was trained on, first at place {at}:"
            f" {ours[at : at + 1]} where M has {theirs[at : at + 1]}; give both the same"
        )


def _range(x: np.ndarray) -> str:
    return f"{x.min():.4g} to {x.max():.4g}" + (
        " of type uint8, which are scaled to 0..1" if x.dtype == np.uint8 else ""
    )


def check_classes(
    source: Source, y: np.ndarray, classes: int | tuple[str, ...] | None, where: str
) -> int | tuple[str, ...]:
    """M's classes, by number or by name, for a stream that keeps M's head.

    Raises:
        InputError: classes other than M's were passed, or occur in y.
    """
    count, names = source.data.classes, source.data.names
    new = "write head='new' to replace M's head by zeros, or train M with"
    if classes is not None and classes not in (count, names):
        raise InputError(
            f"{where}: M has {count} classes, but classes is {classes!r}; {new} classes={classes!r}"
        )
    if y.dtype.kind in "iu" and y.size and y.max() >= count:
        raise InputError(
            f"{where}: y[{int(y.argmax())}] is {y.max()}, but M has {count} classes, 0..{count - 1};"
            f" {new} classes={y.max() + 1}"
        )
    if y.dtype.kind in "iub" and classes != names and not tell_numbers(names):
        raise InputError(
            f"{where}: M's classes have names ({', '.join(names or ())[:60]}), but y holds numbers, which do not tell them;"
            " write y as names, or classes=[...], the names in the order of y's numbers"
        )
    if names and y.dtype.kind in "SUT" and (other := sorted(set(y.ravel().tolist()) - set(names))):
        raise InputError(
            f"{where}: y has the class {other[0]!r}, which M has not; {new} classes=[...], the names of all"
        )
    return names or count


def check_fresh(source: Source, hashes: np.ndarray, where: str) -> None:
    """Refuse a stream of examples that M was trained on; count the few that real data hold twice.

    Args:
        source: M.
        hashes: (k, 3) of the stream, see :func:`input_hashes`.
        where: How errors name the call.

    Raises:
        InputError: more than one in a hundred of the stream's inputs are among M's.
    """
    rows = np.unique(source.index)
    known = input_hashes(source.data.x, source.data) if source.hashes is None else source.hashes
    shared = np.flatnonzero(
        np.any(
            [np.isin(new, old) for new, old in zip(hashes.T, known[rows].T, strict=True)], axis=0
        )
    )
    if not len(shared):
        return
    found = f"{len(shared)} of {len(hashes)} examples of x have inputs that M was trained on (first: row {shared[0]})"
    if len(shared) > max(1, WARN_SHARE * len(hashes)):
        raise InputError(
            f"{where}: {found}; L_IT needs fresh examples: code others, or train M without these. Where equal inputs are"
            " different examples, as with few symbols, write overlap='allow'"
        )
    warnings.warn(
        f"{where}: {found}; take them out if they are the same examples, not duplicates",
        stacklevel=3,
    )
