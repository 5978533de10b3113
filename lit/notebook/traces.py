"""What tells a notebook's examples again, whatever type or scale they come in."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float32, Float64, Int64

from lit.data.dataset import Dataset
from lit.data.inputs import scale
from lit.data.overlap import row_hashes
from lit.rng import generator

PLACES = 256  # sums of an example's numbers that tell it when its scale is left out
FEWEST = 16  # numbers, with fewer of which examples that differ look alike
STEP = 0.01  # of a standard deviation of its numbers: as coarse as to survive any rounding
ROUNDING = 2  # of the type's steps at its largest number, that a rescaled example is off by at most
TELLING = 8  # so many sums have to differ from 0
CLEAR = 10  # and so many times what rounding may do


@dataclass(frozen=True)
class Traces:
    """Traces of N examples; each finds equal inputs that the others miss.

    Attributes:
        seen: (N,) hashes of inputs as the network sees them: those of another type are equal.
        given: (N,) hashes of inputs as they were given, before scaling by a data set's statistics.
        coarse: (N,) hashes of ``shape`` in steps so coarse that rescaling by hand changes few.
        shape: (N, P) an example's numbers less their median and over their standard deviation,
            which one offset and one positive factor for all of x do not change; of more than P
            numbers, P sums of all with signs. Zeros, and coarse is then seen, where too few of them
            tell an example, as in a table beside a column of far larger numbers; none (P = 0) where
            there are too few at all.
        blur: (N,) how far rounding may put them off.
    """

    seen: Int64[np.ndarray, " N"]
    given: Int64[np.ndarray, " N"]
    coarse: Int64[np.ndarray, " N"]
    shape: Float32[np.ndarray, "N P"]
    blur: Float64[np.ndarray, " N"]

    @classmethod
    def of(cls, x: np.ndarray, data: Dataset) -> "Traces":
        """Those of x as it was given, of which ``data`` was made."""
        seen = _hashes(data.x)
        same = x.dtype == data.x.dtype == np.float32 and np.array_equal(x, data.x)
        shape, blur = _shapes(x)
        coarse = seen.copy()
        steps = np.rint(shape / STEP).astype(np.int16)
        for row in np.flatnonzero(shape.any(axis=1)):
            coarse[row] = row_hashes(steps[row][None])[0]
        return cls(seen, seen if same else _hashes(x, np.float32), coarse, shape, blur)

    def __len__(self) -> int:
        return len(self.seen)

    def among(self, others: "Traces", rows: np.ndarray) -> np.ndarray:
        """(N,) whether each example is one of these rows of others."""
        found = np.isin(self.seen, others.seen[rows]) | np.isin(self.given, others.given[rows])
        alike = dict(_groups(others.coarse, rows))
        for row in np.flatnonzero(~found):
            near = alike.get(self.coarse[row])
            if near is not None:
                apart = np.abs(others.shape[near] - self.shape[row])
                blur = others.blur[near] + self.blur[row]
                found[row] = bool((apart <= blur[:, None]).all(axis=1).any())
        return found


def _groups(hashes: np.ndarray, rows: np.ndarray) -> Iterator[tuple[Any, np.ndarray]]:
    """Each hash with those of the rows that have it."""
    order = rows[np.argsort(hashes[rows], kind="stable")]
    values, starts = np.unique(hashes[order], return_index=True)
    return zip(values, np.split(order, starts[1:]), strict=True)


def _shapes(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """``shape`` and ``blur`` of examples."""
    flat = x.reshape(len(x), -1)
    count = flat.shape[1]
    few = count < FEWEST
    places = min(count, PLACES)
    place, sign = np.arange(count) % places, np.ones(count)
    if count > places:  # every number counts, so that rows that are alike in most of them differ
        sign = generator("traces", count).choice([-1.0, 1.0], count)
    each = math.sqrt(count / places)  # of a sum's numbers, by which it is divided
    shape = np.zeros((len(x), 0 if few else places), np.float32)
    blur = np.zeros(len(x))
    step = np.finfo(x.dtype if x.dtype == np.float16 else np.float32).eps
    for row, numbers in enumerate([] if few else flat):
        values = numbers.astype(np.float64)
        most, spread = np.abs(values).max(), values.std()
        if not (np.isfinite(spread) and spread > 0):
            continue
        off = ROUNDING * step * most / spread * each
        values = sign * (values - np.median(values)) / (spread * each)
        sums = np.bincount(place, values, places)
        if (np.abs(sums) > CLEAR * off).sum() >= TELLING:
            shape[row], blur[row] = sums, off
    return shape, blur


def _hashes(x: np.ndarray, dtype: type | None = None) -> np.ndarray:
    """(N,) row hashes of x, scaled as a network sees it or, with a type, not; -0 counts as 0."""
    rows = (scale(row) if dtype is None else row.astype(dtype) for row in x)
    return np.array([row_hashes(row[None] + np.float32(0))[0] for row in rows], np.int64)
