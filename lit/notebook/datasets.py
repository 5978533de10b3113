"""A notebook's arrays as a checked data set, its classes or bins as M has them."""

import dataclasses
import re
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lit.data.check_dataset import check_dataset
from lit.data.dataset import Dataset
from lit.errors import InputError
from lit.logs import log
from lit.notebook.arguments import check_choice, read_bins, read_classes
from lit.notebook.arrays import as_arrays
from lit.notebook.checks import check_classes
from lit.notebook.source import Source

Classes = int | Sequence[str] | None
LABELS = ("one", "several", "next")


def read_examples(
    x: Any, y: Any, classes: Classes, scale: str | None, where: str, **kind: Any
) -> tuple[np.ndarray, Dataset]:
    """Inputs as they were given, and the checked data set of them; of a data set, itself.

    ``kind`` is as :func:`read_kind` takes it.
    """
    if isinstance(x, Dataset):
        refuse_beside(y, where, classes=classes, scale=scale, **kind)
        return x.x, x
    given, known = as_arrays(x, y, where)
    return given, make_dataset(
        given, known, classes, scale, where, **read_kind(**kind, where=where)
    )


def refuse_beside(y: Any, where: str, **arguments: Any) -> None:
    """Refuse what a data set says by itself."""
    for name, value in {"y": y, **arguments}.items():
        if value is not None and not (name == "labels" and value == "one"):
            raise InputError(
                f"{where}: x is a data set, which says its {name} itself; leave {name} out, or"
                " change it as it is read: lit.read_data(path, ...)"
            )


def read_kind(
    labels: str, vocabulary: int | None, bins: Mapping[str, Any] | None, where: str
) -> dict[str, Any]:
    """What labels and inputs are, as :func:`lit.data.check_dataset.check_dataset` takes it."""
    check_choice("labels", labels, LABELS, where)
    follows = labels == "next"
    if follows and vocabulary is None:
        raise InputError(f"{where}: labels is 'next', of tokens; write vocabulary, their number")
    cut = None if bins is None else read_bins(bins, where)
    return {
        "vocabulary": vocabulary,
        "several": labels != "one",
        "next_tokens": follows,
        "bins": cut,
    }


def as_in_m(
    labels: str | None, vocabulary: int | None, m: Source | None, head: str
) -> tuple[str, int | None]:
    """Which of ``LABELS`` there are, and how many tokens: as passed, else as M has them.

    A new head is for labels of any kind; the tokens are M's still.
    """
    theirs = "one"
    if m and head != "new" and m.data.y.ndim > 1:
        theirs = "next" if m.data.next_tokens else "several"
    return labels or theirs, vocabulary or (m.data.vocabulary if m else None)


def make_dataset(
    x: np.ndarray, y: np.ndarray, classes: Classes, scale: str | None, where: str, **kind: Any
) -> Dataset:
    """Checked arrays (n, ...) and (n,) or (n, T)."""
    options: dict[str, Any] = {"classes": read_classes(classes, where)} | (
        {} if scale is None else {"scale": scale}
    )
    try:
        data = check_dataset(x, y, where, **options, **kind)
    except InputError as error:
        said = re.sub(r"\bclasses: (?=\d|\[)", "classes=", str(error))  # here it is an argument
        if "write scale: " in said:
            said += "; here it is an argument, such as scale='none'"
        raise InputError(said) from error
    if any("write scale: " in note for note in data.notes):
        log.warning(
            "In Python: mean, std = x_all.mean(0), x_all.std(0) + 1e-9, of all inputs, and"
            " (x - mean) / std for M's x and the stream's alike. The argument scale='standard'"
            " goes by the x of each call alone"
        )
    return data


def make_stream(
    x: np.ndarray,
    y: np.ndarray,
    m: Source | None,
    classes: Classes,
    scale: str | None,
    head: str,
    where: str,
    kind: Mapping[str, Any],
) -> Dataset:
    """The stream, with its classes or bins as they were passed, else as M has them, else as the
    labels have them."""
    if m and scale != m.scale:
        raise InputError(
            f"{where}: M was trained with scale={m.scale!r}, but scale is {scale!r}; write the same"
            " for both"
        )
    kept = m if m and head != "new" else None
    if kept and (kept.data.bins or kind["bins"]):
        return _in_bins_of(kept, x, y, classes, scale, where, kind)
    known = check_classes(kept, y, read_classes(classes, where), where) if kept else None
    data = make_dataset(x, y, classes if known is None else known, scale, where, **kind)
    if kept and data.names and not kept.data.names:
        raise InputError(
            f"{where}: y holds names, but M was trained on numbers, which names do not tell; number"
            " y as M's was"
        )
    if kind["bins"] is not None:
        _warn_of_range(data, kind["bins"], where)
    elif classes is None and known is None and not data.next_tokens:
        warnings.warn(
            f"{where}: C = {data.classes} is taken from the labels that are coded, but who decodes"
            f" them has to know it beforehand; write classes={data.classes}, or how many there can"
            " be",
            stacklevel=4,
        )
    return data


def kind_of(data: Dataset) -> str:
    """Which of ``LABELS`` a data set has."""
    return "next" if data.next_tokens else "several" if data.y.ndim > 1 else "one"


def read_stream(
    x: Any,
    y: Any,
    m: Source | None,
    classes: Classes,
    scale: str | None,
    head: str,
    where: str,
    labels: str | None,
    vocabulary: int | None,
    bins: Mapping[str, Any] | None,
) -> tuple[np.ndarray, Dataset]:
    """As :func:`read_examples`, of a stream: what is left out is as M has it."""
    if isinstance(x, Dataset):
        said = {"labels": labels, "vocabulary": vocabulary, "bins": bins}
        refuse_beside(y, where, classes=classes, scale=scale, **said)
        return x.x, check_read(x, m, head, where)
    labels, vocabulary = as_in_m(labels, vocabulary, m, head)
    given, known = as_arrays(x, y, where)
    kind = read_kind(labels, vocabulary, bins, where)
    return given, make_stream(given, known, m, classes, scale, head, where, kind)


def check_read(data: Dataset, m: Source | None, head: str, where: str) -> Dataset:
    """A data set as it was read, for a stream; refused where M's head is kept and has other
    classes."""
    if m is None or head == "new":
        return data
    theirs = m.data
    names = theirs.names if theirs.names and data.names else data.names
    about = (theirs.classes, names, theirs.bins, theirs.vocabulary, theirs.next_tokens)
    if about != (data.classes, data.names, data.bins, data.vocabulary, data.next_tokens):
        raise InputError(
            f"{where}: M has {theirs.classes} classes, and x has {data.classes}, or others; train M"
            " on data that were read alike, or write head='new' to replace M's head by zeros"
        )
    return data


def _in_bins_of(
    m: Source,
    x: np.ndarray,
    y: np.ndarray,
    classes: Classes,
    scale: str | None,
    where: str,
    kind: Mapping[str, Any],
) -> Dataset:
    """A stream whose targets are cut as M's are."""
    theirs = m.data.bins
    if theirs is None:
        raise InputError(
            f"{where}: M has {m.data.classes} classes and no bins; leave bins out, or write"
            " head='new' to replace M's head by zeros"
        )
    said = dataclasses.asdict(theirs) | (kind["bins"] or {})
    data = make_dataset(x, y, classes, scale, where, **{**kind, "bins": said})
    if data.bins != theirs:
        raise InputError(
            f"{where}: M was trained on other bins, {theirs}, than these, {data.bins}; leave bins"
            " out, which takes M's, or write head='new' to replace M's head by zeros"
        )
    return data


def _warn_of_range(data: Dataset, bins: Mapping[str, Any], where: str) -> None:
    """The range of the targets that are coded tells something of them."""
    if {"low", "high"} <= set(bins) or data.bins is None:
        return
    low, high = data.bins.low, data.bins.high
    warnings.warn(
        f"{where}: the bins go from {low:g} to {high:g}, the range of the targets that are coded,"
        " but who decodes them has to know it beforehand; write low and high into bins",
        stacklevel=5,
    )
