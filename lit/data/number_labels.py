"""Labels as users have them, to numbers 0..C-1."""

import re
from collections.abc import Sequence
from decimal import Decimal

import numpy as np

from lit.data.classes import shortened, visible
from lit.data.dataset import WARNING
from lit.errors import InputError, nearest

Classes = int | Sequence[str] | None  # how many there are, or their names in order, as a user says
Names = tuple[str, ...] | None
AMOUNT = re.compile(r"[-+]?\d*[.]?\d+(e[-+]?\d+)?", re.IGNORECASE)
MISSING = {"nan", "none", "null", "<na>", "n/a", "nat"}  # as libraries write what is not there
MANY = 20  # different labels, from which on they may be amounts
INTEGER = "y.astype('int64')"
AMOUNTS = (
    "cut amounts into classes, such as numpy.digitize(y, numpy.quantile(y, [0.25, 0.5, 0.75]))"
)
BINS = 64  # about as many as a message proposes


def number_labels(
    y: np.ndarray, rows: int, classes: Classes = None, names: Sequence[str] | None = None
) -> tuple[np.ndarray, int, Names, tuple[str, ...]]:
    """Check labels, and number them.

    Args:
        y: (N,), (N, 1) or (1, N) integers, truth values or texts.
        rows: N, as x has it.
        classes, names: See :func:`lit.data.check_dataset.check_dataset`.

    Returns:
        (N,) int64 labels, their number of classes C, names, and notes.

    Raises:
        InputError: naming the row or the class, and the remedy.
    """
    if isinstance(classes, str | bool):
        raise InputError(
            f"classes: found {classes!r}; write a number of classes, or a list of their names"
        )
    count, listed = None, None
    if isinstance(classes, int | np.integer):
        count = int(classes)
    elif classes is not None:
        listed = tuple(map(str, classes))
    y, notes = _column(y, rows)
    if y.dtype.kind in "UST":
        y, names = _from_texts(y, names, listed is not None)
    y = _integers(y)
    for given in (names or (), listed or ()):
        if len(set(given)) < len(given):
            twice = next(name for name in given if list(given).count(name) > 1)
            raise InputError(f"two classes are named {twice!r}; give each a name of its own")
    if names is not None and len(y) and y.max() >= len(names):
        raise InputError(
            f"y holds {y.max()}, but there are names for {len(names)} classes: {shortened(names)}"
        )
    if names is not None and listed is not None:
        present, at = np.unique(y, return_inverse=True)
        y = _numbers([names[c] for c in present], listed, "classes")[at]
    named = names if listed is None else listed
    if named is None:
        if count is None:
            return y, _without_gaps(np.unique(y)), None, notes
        return y, count, None, notes + _check_count(y, count, None)
    if count not in (None, len(named)):
        more = f"the names of all {count}, as in classes: [{', '.join(named[:2])}, ...]"
        fewer = f"classes: {len(named)}, or drop rows of those that are no class"
        raise InputError(
            f"classes: {count}, but the data name {len(named)}: {shortened(named)};"
            f" write {more if count > len(named) else fewer}"
        )
    notes += _check_count(y, len(named), named) + _similar(named)
    return y, len(named), tuple(named), notes


def regression(amounts: np.ndarray) -> str:
    """What to write where labels are amounts, at least two of them: bins, with a width that fits.

    Bins of whole numbers are not narrower than 1.
    """
    width = Decimal(f"{float(np.ptp(amounts)) / BINS:.0e}")
    if (amounts == np.round(amounts)).all():
        width = max(width, Decimal(1))
    return (
        f"this is regression; write bins: {{width: {width:f}}}, which makes about"
        f" {max(round(float(np.ptp(amounts)) / float(width)), 1)} bins, or {AMOUNTS}; numbers that"
        " name something, such as persons, are no labels"
    )


def number_several(
    y: np.ndarray, rows: int, classes: Classes = None, names: Sequence[str] | None = None
) -> tuple[np.ndarray, int, Names, tuple[str, ...]]:
    """The same for y (N, T), several labels an example, -1 where there is none.

    Raises:
        InputError: naming the row or the class, and the remedy.
    """
    if y.ndim != 2 or len(y) != rows or y.dtype.kind not in "iu":
        raise InputError(
            f"y has shape {y.shape} and type {y.dtype}; several labels an example are integers"
            f" ({rows}, T), -1 where there is none"
        )
    there = y >= 0
    if len(wrong := np.flatnonzero((y < -1).any(axis=1))):
        raise InputError(f"y[{wrong[0]}] holds {y[wrong[0]].min()}; write -1 where there is none")
    if not (there.any(axis=1)).all():
        row = int(np.argmin(there.any(axis=1)))
        raise InputError(f"y[{row}] has no label at all; drop such rows")
    found = np.full(y.shape, -1, dtype=np.int64)
    found[there], count, named, notes = number_labels(y[there], there.sum(), classes, names)
    return found, count, named, notes


def _numbers(names: Sequence[str], listed: Sequence[str], where: str) -> np.ndarray:
    """Number of each name in a list."""
    index = {name: i for i, name in enumerate(listed)}
    for name in names:
        if name not in index:
            hint = nearest(name, index)
            raise InputError(
                f"{where}: the data have a class {name!r}, which is not listed; {hint}"
            )
    return np.array([index[name] for name in names], dtype=np.int64)


def _similar(names: Sequence[str]) -> tuple[str, ...]:
    """A warning where two names differ in upper case or blanks alone."""
    seen: dict[str, str] = {}
    for name in names:
        other = seen.setdefault("".join(name.split()).casefold(), name)
        if other != name:
            alike = f"classes {other!r} and {name!r} differ in upper case or blanks alone"
            return (WARNING + alike,)
    return ()


def _column(y: np.ndarray, rows: int) -> tuple[np.ndarray, tuple[str, ...]]:
    """One label an example, or why there is none."""
    if y.ndim == 1:
        return y, ()
    if y.size == rows == max(y.shape, default=0):
        return y.reshape(-1), (f"y of shape {y.shape} was read as {rows} labels",)
    found = f"y has shape {y.shape}"
    if y.ndim != 2 or rows not in y.shape or y.dtype.kind not in "biuf":
        raise InputError(f"{found}; write one integer label an example, shape ({rows},)")
    axis = 1 if len(y) == rows else 0
    if np.isin(y, (0, 1)).all() and (y.sum(axis=axis) == 1).all():
        raise InputError(
            f"{found} and looks one-hot; write one integer label an example: y.argmax(axis={axis})"
        )
    column = "y[:, 0]" if axis == 1 else "y[0]"
    raise InputError(
        f"{found}: several numbers an example; write one integer label an example, such as"
        f" {column}, or y.argmax(axis={axis}) if these are scores of classes"
    )


def _from_texts(
    y: np.ndarray, names: Sequence[str] | None, listed: bool
) -> tuple[np.ndarray, Sequence[str]]:
    """Texts to numbers: of the names that the data have, else of the texts in their order.

    Texts that are whole numbers are in the order of these. ``listed`` says whether the user lists
    the names.
    """
    try:
        y = np.char.decode(y, "utf-8") if y.dtype.kind == "S" else y.astype(object).astype(str)
    except UnicodeDecodeError as error:
        raise InputError("y holds bytes that are no UTF-8 text; write texts") from error
    present, at, number = np.unique(y, return_index=True, return_inverse=True)
    texts = [str(text) for text in present]
    if texts and not texts[0].strip():
        raise InputError(f"y[{at[0]}] is an empty text; drop such rows, or name their class")
    if names is None:
        if not listed:
            _check_meant(texts, at)
            _check_unlike(texts, at)
        names = texts
        if all(text.isdecimal() for text in texts):
            names = sorted(texts, key=lambda text: (int(text), text))
    return _numbers(texts, names, "y")[number.reshape(-1)], names


def _check_meant(texts: list[str], at: np.ndarray) -> None:
    """Refuse texts that surely name no classes: what stands for a missing label, and amounts."""
    for text, first in zip(texts, at.tolist(), strict=True):
        if text.strip().casefold() in MISSING:
            raise InputError(
                f"y[{first}] is {text!r}, which stands for a missing label; drop such rows,"
                " or list it under classes: if it is a class"
            )
    amounts = all(AMOUNT.fullmatch(text.strip()) for text in texts)
    if len(texts) > MANY and amounts and not all(text.isdecimal() for text in texts):
        remedy = regression(np.array(texts, dtype=np.float64))
        found = f"y holds {len(texts):,} different numbers such as {texts[0].strip()}"
        raise InputError(f"{found}: {remedy}")


def _check_unlike(texts: list[str], at: np.ndarray) -> None:
    """Refuse one class written in two ways: one number, or one word in two encodings."""
    seen: dict[str | Decimal, tuple[str, int]] = {}
    for text, first in zip(texts, at.tolist(), strict=True):
        meant = Decimal(text) if AMOUNT.fullmatch(text) else visible(text)
        other, before = seen.setdefault(meant, (text, first))
        if other != text:
            raise InputError(
                f"y[{before}] is {other!a} and y[{first}] is {text!a}, one class written in two"
                " ways; write one of them, or list all under classes: if they are two"
            )


def _integers(y: np.ndarray) -> np.ndarray:
    """(N,) int64 labels that are not negative."""
    if y.dtype.kind == "f":
        _refuse_floats(y)
    if y.dtype.kind not in "iub":
        raise InputError(f"y has type {y.dtype}; labels must be integers 0..C-1, or texts")
    if y.dtype.kind == "u" and len(y) and y.max() > np.iinfo(np.int64).max:
        raise InputError(f"y[{y.argmax()}] is {y.max()}; labels must be integers 0..C-1")
    y = y.astype(np.int64)
    if len(y) and y.min() < 0:
        pair = set(np.unique(y).tolist()) == {-1, 1}
        remedy = "write (y > 0).astype('int64')" if pair else "drop rows without a label"
        raise InputError(f"y[{y.argmin()}] is {y.min()}; labels must be integers 0..C-1: {remedy}")
    return y


def _refuse_floats(y: np.ndarray) -> None:
    if not np.isfinite(y).all():
        i = np.argmin(np.isfinite(y))
        raise InputError(f"y[{i}] is {y[i]}; drop rows without a label, then write {INTEGER}")
    present = np.unique(y)
    if (y == np.round(y)).all() and (len(present) <= MANY or len(present) > present[-1]):
        from_one = present[0] == 1 and present[-1] == len(present) > 1
        remedy = INTEGER.replace("y", "(y - 1)", 1) if from_one else INTEGER
        raise InputError(f"y has type {y.dtype}; labels must be integers 0..C-1: write {remedy}")
    first = y[int(np.argmax(y != np.round(y)))]
    found = f"y holds {len(present):,} different values such as {first:g}"
    raise InputError(f"{found}: {regression(present)}")


def _check_count(y: np.ndarray, count: int, names: Sequence[str] | None) -> tuple[str, ...]:
    """See that labels are of ``count`` classes; a note where some of these do not occur."""
    if len(y) and y.max() >= count:
        enough = f"the names of all {y.max() + 1}" if names else y.max() + 1
        from_one = y.max() == count and y.min() == 1
        remedy = "labels begin at 0: write y - 1" if from_one else f"write {enough}"
        raise InputError(
            f"y[{y.argmax()}] is {y.max()}, but classes={count} allows 0..{count - 1}; {remedy},"
            " or drop such rows"
        )
    if count < 2:
        raise InputError(f"there is one class, {shortened(names or ())}; at least 2 are needed")
    absent = np.setdiff1d(np.arange(count), y).tolist()
    if not absent:
        return ()
    which = shortened([names[c] if names else str(c) for c in absent])
    return (f"{len(absent)} of {count} classes have no example here: {which}",)


def _without_gaps(present: np.ndarray) -> int:
    """Number of classes where nobody says it: one more than the largest label, if all occur."""
    if len(present) < 2:
        raise InputError(f"y holds {len(present)} class(es); at least 2 are needed")
    classes = int(present[-1]) + 1
    if len(present) == classes:
        return classes
    missing = int(np.setdiff1d(np.arange(min(classes, len(present) + 1)), present)[0])
    found = f"labels go up to {classes - 1} but class {missing} never occurs"
    say = f"write classes: {classes} if it merely has no example here"
    if missing == 0 and len(present) == classes - 1:
        raise InputError(f"{found}; labels begin at 0: write y - 1, alike in every file, or {say}")
    if MANY < len(present) < classes / 2:
        raise InputError(f"{found}, and only {len(present):,} do; {AMOUNTS}; or {say}")
    raise InputError(
        f"{found}; {say}; renumber only if the numbers have gaps by themselves, and then alike in"
        " every file"
    )
