"""A data set as its file has it, and what loaders of users' own files share."""

import contextlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lit.data.foreign_data import SORTS, refuse_foreign, sort_of
from lit.errors import InputError

MEANT = {"x": "inputs (N, ...)", "y": "labels (N,)"}  # the arrays that a file has to hold


@dataclass(frozen=True)
class RawData:
    """A data set as its file has it, not yet checked.

    Attributes:
        x: (N, ...) inputs; or (N, T) numbers of tokens, -1 behind the last.
        y: (N,) labels: integers, or names of classes; or (N, T) integers, -1 where there is none.
        names: Names of the classes 0, 1, ..., where the file has them.
        notes: What was left out or converted on the way, a sentence each.
        several: Whether each example carries several labels, as the columns of y.
        vocabulary: How many tokens there are, where x holds their numbers.
        next_tokens: Whether label t of an example is its input t + 1.
        tokenizer: Digest of what tokens stand for, where that is known.
        columns: Names of the inputs, where the file has them.
        scaling: How x was scaled already, in words, where it was.
        chosen: (N,) which examples the data set has, all where it is None; classes and scaling are
            those of all.
        rows: (N,) the numbers of a table's rows in its file, from 0.
        groups: (N,) number of each example's group.
    """

    x: np.ndarray
    y: np.ndarray
    names: tuple[str, ...] | None = None
    notes: tuple[str, ...] = ()
    several: bool = False
    vocabulary: int | None = None
    next_tokens: bool = False
    tokenizer: str = ""
    columns: tuple[str, ...] = ()
    scaling: str = ""
    chosen: np.ndarray | None = None
    rows: np.ndarray | None = None
    groups: np.ndarray | None = None


@contextlib.contextmanager
def errors_of(where: str, others: str = "") -> Iterator[None]:
    """Errors raised inside name the data set: ``where``.

    Those of libraries, of many kinds, go through; with ``others`` they are all said to mean that.
    """
    try:
        yield
    except InputError as error:
        raise InputError(f"{where}: {error}") from error
    except Exception as error:
        if not others:
            raise
        raise InputError(f"{where}: {others} ({words(error)})") from error


def words(error: Exception) -> str:
    """An error's own words on one line; none of NumPy's, which advises to unpickle."""
    said = " ".join(str(error).split()) or type(error).__name__
    return "it holds no plain arrays" if "allow_pickle" in said else said


def existing_path(spec: Mapping[str, Any], where: str, reads: str = "file") -> Path:
    """The path of an entry that reads a user's own ``file``, ``folder`` or ``file or folder``.

    Raises:
        InputError: it does not exist, is the wrong of the two, or a file that another kind reads.
    """
    path = spec["path"]
    if not os.path.exists(path):
        raise InputError(f"{where}: path: {path} does not exist (looked in {Path.cwd()})")
    found = {"folder": os.path.isdir(path), "file": os.path.isfile(path)}  # neither for a device
    if not any(there and kind in reads for kind, there in found.items()):
        what, remedy = SORTS.get(sort_of(Path(path)), ("", ""))
        raise InputError(
            f"{where}: path: {path} is no {reads}; kind {spec['kind']} needs one"
            + f". It is {what}; {remedy}" * bool(what)
        )
    refuse_foreign(Path(path), spec["kind"], f"{where}: path: ")
    return Path(path)


def array_names(
    spec: Mapping[str, Any], has: Callable[[str], bool], shapes: Callable[[], Mapping[str, str]]
) -> list[str]:
    """Names of the arrays x and y in a file: as the entry has them, else these letters.

    ``has`` says whether the file has an array, ``shapes`` shape and type of all that it has.

    Raises:
        InputError: the file has no such array; it says what the file holds.
    """
    names = {key: spec.get(key, key) for key in MEANT}
    if missing := [key for key in names if not has(names[key])]:
        held = ", ".join(f"{other} {form}" for other, form in list(shapes().items())[:20])
        lacks = " and no ".join(f"array {names[key]!r}" for key in missing)
        remedy = " and ".join(f"{key}: and the name of the {MEANT[key]}" for key in missing)
        raise InputError(
            f"{spec['path']} has no {lacks}; it holds {held or 'no arrays'}; write {remedy}"
        )
    return list(names.values())


def say_rows(rows: Mapping[str, Any]) -> str:
    """What ``rows`` of a table asks for, as a config has it."""
    return json.dumps(dict(rows), ensure_ascii=False).replace('"', "")[1:-1]
