"""Users' arrays to a checked :class:`lit.data.dataset.Dataset`: types, shapes, order of axes.

Labels are then numbered by :mod:`lit.data.number_labels`, inputs scaled by :mod:`lit.data.scaling`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lit.data.bin_targets import bin_targets
from lit.data.dataset import WARNING, Dataset
from lit.data.next_tokens import refuse_unsaid
from lit.data.number_labels import Classes, number_labels, number_several
from lit.data.raw import errors_of
from lit.data.scaling import apply_rule
from lit.data.tokens import check_tokens
from lit.errors import InputError
from lit.logs import log

COLOURS = (1, 3, 4)  # sizes of an axis surely meant for channels: grey, colour, and transparency
# What arrays of other types hold, by NumPy's letter for them.
HELD = {"c": "complex numbers", "V": "records", "M": "dates", "m": "durations"}
HELD |= dict.fromkeys("UST", "texts")


def check_dataset(
    x: np.ndarray,
    y: np.ndarray,
    where: str,
    classes: Classes = None,
    scale: str | None = None,
    *,
    names: Sequence[str] | None = None,
    channels: str | None = None,
    notes: Sequence[str] = (),
    several: bool = False,
    vocabulary: int | None = None,
    next_tokens: bool = False,
    tokenizer: str = "",
    bins: Mapping[str, Any] | None = None,
) -> Dataset:
    """Check shapes, types and values of x (N, ...) and y (N,), number labels and scale inputs.

    What is converted, and what may be wrong, is logged and said in the data set's notes.

    Args:
        x: (N, ...) numbers; images (N, channels, H, W), or (N, H, W, channels) where that is
            surely meant.
        y: (N,) or (N, 1) integers 0..C-1, truth values, or names of classes.
        where: How errors name the data set.
        classes: C, or the names of all classes in order; then not every one has to occur.
        scale: ``none``, ``unit``, ``standard``, or None for the rule of :mod:`lit.data.scaling`.
        names: Names of the classes 0, 1, ..., where the data have them.
        channels: Where images have theirs: ``first``, ``last``, or ``none`` if (N, H, W).
        notes: What was converted or left out before.
        several: Whether each example carries several labels: y is (N, T) integers, -1 for none.
        vocabulary: Where x (N, T) holds numbers of tokens, how many of these there are; -1 stands
            behind the last token of an example.
        next_tokens: Whether label t of an example is its input t + 1.
        tokenizer: Digest of what tokens stand for, where that is known.
        bins: Where y (N,) are real-valued targets, how they are cut into bins, see
            :func:`lit.data.bin_targets.bin_targets`.

    Raises:
        InputError: naming the row, or the class, and the remedy.
    """
    with errors_of(where):
        given = x, y = _plain(x, "x"), _plain(y, "y")
        if not several:
            _check_shapes(x, y)
        if x.dtype.kind == "f":
            _check_finite(x)
        moved: tuple[str, ...] = ()
        if vocabulary is None:
            x, moved = _channels_first(x, channels)
        cut = None
        if bins is not None:
            if several or classes is not None or names is not None:
                raise InputError("bins are of one number an example: take out classes, or bins")
            y, cut, numbered = bin_targets(y, len(x), bins)
            count, named = cut.count, None
        else:
            number = number_several if several else number_labels
            each = vocabulary if next_tokens else classes
            y, count, named, numbered = number(y, len(x), each, names)
        if next_tokens:
            numbered = ()  # which tokens do not occur is of no interest
        scaled: tuple[str, ...] = ()
        if vocabulary is None:
            x, scaling, scaled = apply_rule(x, scale)
        else:
            x, scaling = check_tokens(x, vocabulary), "numbers of tokens"
        if several and not next_tokens:
            refuse_unsaid(*given)
    made = (*notes, *moved, *numbered, *scaled)
    for note in made:
        say = log.warning if note in moved or note.startswith(WARNING) else log.info
        say("%s: %s", where, note)
    return Dataset(x, y, count, named, scaling, made, vocabulary, next_tokens, tokenizer, cut)


def _plain(array: np.ndarray, name: str) -> np.ndarray:
    """An array of numbers, or for y of texts."""
    if isinstance(array, np.ma.MaskedArray) and np.ma.is_masked(array):
        raise InputError(f"{name} has masked entries; fill them in or drop their rows")
    if hasattr(array, "toarray"):
        raise InputError(f"{name} is a sparse matrix; write {name}.toarray()")
    try:
        array = np.asarray(array)
    except ValueError as error:
        raise InputError(f"{name} has rows of different shapes; write one array") from error
    kind = array.dtype.kind
    if kind == "O":
        if name == "y" and array.size and all(isinstance(label, str) for label in array.flat):
            return array.astype(str)
        raise InputError(
            f"{name} must be of numbers, not of Python objects; write {name}.astype(...)"
        )
    if name == "x" and kind not in "fiub":
        plain = "uint8 (divided by 255) or float32 (used as given)"
        remedy = "x.real or numpy.abs(x)" if kind == "c" else plain
        raise InputError(f"x has type {array.dtype}, which holds {HELD[kind]}; write {remedy}")
    return array


def _check_shapes(x: np.ndarray, y: np.ndarray) -> None:
    """See that x has a row a label, with numbers in it."""
    found = f"x has shape {x.shape}"
    if x.ndim and not len(x) and y.size == 0:
        raise InputError(f"{found}, 0 examples, which holds no numbers; look at what chose them")
    if 0 in (x.ndim, y.ndim):
        raise InputError(f"{found} and y {y.shape}; write x (N, ...) and y (N,), one row a label")
    if x.ndim == 1 < y.ndim and x.dtype.kind in "iub" and len(x) == len(y) < y.size:
        raise InputError(f"{found} and y {y.shape}; x are inputs, y labels: exchange the two")
    a_column = y.size == max(y.shape)
    labels = y.size if a_column else len(y)
    if len(x) != labels and (a_column or len(x) not in y.shape):
        last = ""
        if x.shape[-1] == labels and x.ndim > 1:
            last = "; its examples lie last: write numpy.moveaxis(x, -1, 0)"
        raise InputError(
            f"{found} and y has {labels} labels; x must be ({labels}, ...), one row a label{last}"
        )
    if x.ndim < 2:
        raise InputError(f"{found}, one number a row; if that is all, write x[:, None]")
    if x.size == 0:
        raise InputError(f"{found}, which holds no numbers; write at least one a row")


def _check_finite(x: np.ndarray) -> None:
    wrong = np.flatnonzero(~np.isfinite(x).reshape(len(x), -1).all(axis=1))
    if len(wrong):
        raise InputError(
            f"x has NaN or infinity in {len(wrong)} rows, first in row {wrong[0]}; drop these rows"
            " or fill them in"
        )


def _channels_first(x: np.ndarray, channels: str | None) -> tuple[np.ndarray, tuple[str, ...]]:
    """Images as (N, channels, H, W), and a note where this was not said but is surely meant."""
    notes: tuple[str, ...] = ()
    if channels is not None:
        _check_channels(x, channels)
    elif x.ndim == 4 and min(x.shape[1:3]) > 4:
        _, height, width, last = x.shape
        if height == width and last in COLOURS:
            channels = "last"
            form = f"(N, {last}, {height}, {width})"
            notes = (f"x of shape {x.shape} was read as channels last and turned into {form}",)
        elif last <= 4 or last < min(height, width):
            raise InputError(
                f"x has shape {x.shape}: are the channels the last axis, as in (N, H, W, channels),"
                " or the first, as in (N, channels, H, W)? Write channels: last or channels: first;"
                " or save numpy.moveaxis(x, -1, 1) if they are last"
            )
    if channels == "none":
        return x[:, None], notes
    if channels == "last":
        return np.ascontiguousarray(x.transpose(0, 3, 1, 2)), notes
    return x, notes


def _check_channels(x: np.ndarray, channels: str) -> None:
    if channels not in ("first", "last", "none"):
        raise InputError(f"channels: found {channels!r}; write first, last or none")
    form = "(N, H, W)" if channels == "none" else "(N, channels, H, W) or (N, H, W, channels)"
    if x.ndim != (3 if channels == "none" else 4):
        raise InputError(
            f"channels: {channels} is for images {form}, but x has shape {x.shape}; take it out"
        )
