"""Data sets: from a config's entry to arrays x and y, checked.

One module a kind, so that an edit of one concerns its kind alone. A module has
``load(spec, where)``, which returns a :class:`lit.data.raw.RawData`, and ``PACKAGES``, whose
versions may matter to what is read. Nothing that is read is executed. Where a library raises many
kinds of errors on a damaged file, each of them means the same to the user.
"""

import contextlib
import dataclasses
import importlib
from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import Any

import numpy as np

from lit.data.check_dataset import check_dataset
from lit.data.dataset import Dataset
from lit.data.raw import RawData, say_rows
from lit.errors import InputError
from lit.rng import generator


def module_name(kind: str) -> str:
    """Module of a kind that is loaded."""
    return f"lit.data.loaders.{kind}"


def loader(kind: str) -> ModuleType:
    """The module of a kind. Imported by name, so that each has a code digest."""
    return importlib.import_module(module_name(kind))


def load_dataset(spec: Mapping[str, Any], where: str = "dataset") -> Dataset:
    """Load and check the data set of a config's entry, which errors name ``where``.

    An entry is such as ``{"kind": "npz", "path": "mine.npz"}``; of ``kind: python`` it has the
    function itself as ``factory``, see :func:`lit.files.user_code.with_function`.

    Raises:
        InputError: anything that is missing, malformed or not a classification data set.
    """
    path = str(spec.get("path", ""))
    with _naming(path, "", where):
        loaded = loader(spec["kind"]).load(spec, where)
    with _naming(path, f"label: {spec['label']!r}: " if "label" in spec else "", where):
        data = _checked(loaded, spec, where)
    data = dataclasses.replace(data, rows=loaded.rows, groups=loaded.groups)
    if loaded.chosen is not None:
        asked = say_rows(spec["rows"])
        note = f"{loaded.chosen.sum():,} of {len(data.y):,} rows are those of rows: {{{asked}}}"
        data = dataclasses.replace(_part(data, loaded.chosen), notes=(*data.notes, note))
    there, count = len(data.y), spec.get("examples", len(data.y))
    if count > there:
        raise InputError(
            f"{where}: examples: {count}, but there are {there}; write at most {there}"
        )
    if count == there:
        return data
    # Always the same ones, in order; classes and scaling stay those of all.
    chosen = np.sort(generator("examples").choice(there, count, replace=False))
    return _part(data, chosen)


def _part(data: Dataset, chosen: np.ndarray) -> Dataset:
    """Some of a data set's examples."""
    rows, groups = (None if one is None else one[chosen] for one in (data.rows, data.groups))
    return dataclasses.replace(data, x=data.x[chosen], y=data.y[chosen], rows=rows, groups=groups)


@contextlib.contextmanager
def _naming(path: str, column: str, where: str) -> Iterator[None]:
    """Errors raised inside name the file, and ``column``, unless they name the file already."""
    try:
        yield
    except InputError as error:
        said = str(error)
        if path and path not in said:
            said = f"{where}: {path}: {column}{said.removeprefix(f'{where}: ')}"
        raise InputError(said) from error


def _checked(loaded: RawData, spec: Mapping[str, Any], where: str) -> Dataset:
    """What a loader found, checked, with the names of its inputs."""
    data = check_dataset(
        loaded.x,
        loaded.y,
        where,
        spec.get("classes"),
        spec.get("scale"),
        names=loaded.names,
        channels=spec.get("channels"),
        notes=loaded.notes,
        several=loaded.several or spec.get("labels") == "several",
        vocabulary=spec.get("vocabulary", loaded.vocabulary),
        next_tokens=loaded.next_tokens,
        tokenizer=loaded.tokenizer,
        bins=spec.get("bins"),
    )
    scaling = loaded.scaling or data.scaling
    return dataclasses.replace(data, columns=loaded.columns, scaling=scaling)
