"""A labelled data set in memory, and its checks: all that reading a result needs. :mod:`lit.loaders` reads users' files."""

import hashlib
from dataclasses import dataclass

import numpy as np

from lit.errors import InputError


@dataclass(frozen=True)
class Dataset:
    """A labelled data set in memory.

    Attributes:
        x: (N, ...) uint8 (scaled to 0..1 when used) or float32 (used as given); images are (N, channels, H, W).
        y: (N,) int64 labels 0..classes-1.
        classes: Number of classes C, at least 2.
        names: Names of the classes, where the data have them.
        scaling: How x came to be scaled, in words.
        notes: What was left out or converted on the way, a sentence each.
    """

    x: np.ndarray
    y: np.ndarray
    classes: int
    names: tuple[str, ...] | None = None
    scaling: str = ""
    notes: tuple[str, ...] = ()


def check_dataset(x: np.ndarray, y: np.ndarray, where: str, classes: int | None = None) -> Dataset:
    """Check shapes, types and values of x (N, ...) and y (N,); return them as a Dataset.

    With ``classes``, not every class has to occur.

    Raises:
        InputError: naming the row, or the class, and the remedy.
    """
    x, y = np.asarray(x), np.asarray(y)
    if x.dtype == object or y.dtype == object:
        raise InputError(f"{where}: x and y must be plain number arrays, not arrays of Python objects")
    if y.ndim != 1:
        raise InputError(f"{where}: y has shape {y.shape}; write one integer label an example, shape (N,)")
    if x.ndim < 2 or len(x) != len(y):
        raise InputError(
            f"{where}: x has shape {x.shape} and y has {len(y)} labels; x must be ({len(y)}, ...), one row a label"
        )
    if x.size == 0:
        raise InputError(f"{where}: x has shape {x.shape}, which holds no numbers; write at least one a row")
    return Dataset(_check_inputs(x, where), *_check_labels(y, where, classes))


def _check_inputs(x: np.ndarray, where: str) -> np.ndarray:
    if x.dtype == np.uint8:
        return x
    if x.dtype.kind not in "fiub":
        raise InputError(f"{where}: x has type {x.dtype}; write uint8 (scaled to 0..1) or float32")
    x = x.astype(np.float32)
    finite = np.isfinite(x).reshape(len(x), -1).all(axis=1)
    if not finite.all():
        raise InputError(
            f"{where}: x has NaN or infinity in {(~finite).sum()} rows, first in row {int(np.argmin(finite))};"
            " drop these rows or fill them in"
        )
    return x


def _check_labels(y: np.ndarray, where: str, classes: int | None) -> tuple[np.ndarray, int]:
    if y.dtype.kind not in "iu":
        raise InputError(f"{where}: y has type {y.dtype}; labels must be integers 0..C-1, such as y.astype('int64')")
    y = y.astype(np.int64)
    if len(y) and y.min() < 0:
        raise InputError(f"{where}: y[{int(y.argmin())}] is {y.min()}; labels must be integers 0..C-1")
    if classes is not None:
        if len(y) and y.max() >= classes:
            raise InputError(f"{where}: y[{int(y.argmax())}] is {y.max()}, but classes={classes} allows 0..{classes - 1}")
        return y, classes
    present = np.unique(y)
    if len(present) < 2:
        raise InputError(f"{where}: y holds {len(present)} class(es); at least 2 are needed to carry information")
    classes = int(present[-1]) + 1
    if len(present) < classes:
        missing = np.setdiff1d(np.arange(min(classes, len(y) + 1)), present)[0]
        raise InputError(
            f"{where}: labels go up to {classes - 1} but class {missing} never occurs;"
            " renumber them without gaps, such as y = numpy.unique(y, return_inverse=True)[1]"
        )
    return y, classes


def scale(x: np.ndarray) -> np.ndarray:
    """x as float32: uint8 divided by 255, float32 as given."""
    return x.astype(np.float32) / np.float32(255) if x.dtype == np.uint8 else x


def row_hashes(x: np.ndarray) -> np.ndarray:
    """(N,) int64 hash of each row's bytes; equal for exact duplicates, also across data sets of one type."""
    digests = (hashlib.blake2b(np.ascontiguousarray(row).tobytes(), digest_size=8).digest() for row in x)
    return np.frombuffer(b"".join(digests), dtype=np.int64)
