"""What files of recorded runs say of themselves: format and meaning are in docs/recorded.md.

Their bits are read by :mod:`lit.files.recordings`. Nothing that is read here is executed.
"""

import importlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lit.errors import InputError
from lit.extras import install

ABOUT = "runs"  # metadata of a Parquet file, attribute of an HDF5 file: JSON, a mapping a run
THETA0 = "theta0"
PARQUET, HDF5 = "parquet", "hdf5"
SUFFIXES = {".parquet": PARQUET, ".h5": HDF5, ".hdf5": HDF5}
MAGIC = {b"PAR1": PARQUET, b"\x89HDF": HDF5}
NAME = re.compile(r"(?!.*--)[A-Za-z0-9][A-Za-z0-9._-]{0,99}")  # as the schema's
# Of a run, and of an M under its ``starts``: the types, and whether it may be left out.
KEYS = {
    "classes": (int, False),
    "k": (int, False),
    "starts": (Mapping, False),
    "model": (str, True),
    "dataset": (str, True),
}
START_KEYS = {"n": (int | None, True), "source": (str, True)}

About = dict[str, Any]  # of a run: the values of KEYS


def pyarrow_parquet() -> Any:
    """The optional package that reads and writes Parquet.

    Raises:
        InputError: it is not installed.
    """
    try:
        return importlib.import_module("pyarrow.parquet")
    except ImportError as error:
        raise InputError(
            f"Parquet needs pyarrow: {install('tables')}; or write HDF5, .h5"
        ) from error


def files_of(path: str | Path) -> list[Path]:
    """The file ``path``, or all files of recorded runs in the folder ``path``.

    Raises:
        InputError: there are none.
    """
    path = Path(path)
    if path.is_file():
        return [path]
    found = [p for p in sorted(path.glob("*")) if p.suffix in SUFFIXES and p.is_file()]
    if not found:
        raise InputError(
            f"{path}: no file of recorded runs is there, nor a folder of .parquet, .h5"
        )
    return found


def format_of(path: Path) -> str:
    """``parquet`` or ``hdf5``, by a file's first bytes.

    Raises:
        InputError: it is neither.
    """
    with open(path, "rb") as file:
        found = MAGIC.get(file.read(4))
    if found is None:
        raise InputError(f"{path} is neither Parquet nor HDF5; write one of these, see lit.record")
    return found


def read_about(path: Path) -> dict[str, About]:
    """What one file says of its runs, by their names.

    Raises:
        InputError: it is damaged, or says something else; naming file and key.
    """
    try:
        text = _parquet_text(path) if format_of(path) == PARQUET else _hdf5_text(path)
    except InputError:
        raise
    except Exception as error:  # of a damaged file both libraries complain in many ways
        raise InputError(f"{path} cannot be read, it is damaged: {error}") from error
    if text is None:
        raise InputError(f"{path} says nothing of its runs: metadata {ABOUT!r} is missing")
    try:
        said = json.loads(text)
    except ValueError as error:
        raise InputError(f"{path}: metadata {ABOUT!r} is no JSON: {error}") from error
    if not isinstance(said, dict) or not said:
        raise InputError(f"{path}: metadata {ABOUT!r} must be a mapping, a key for each run")
    for run, about in said.items():
        check_about(about, run, str(path))
    return said


def _parquet_text(path: Path) -> str | bytes | None:
    return (pyarrow_parquet().read_metadata(path).metadata or {}).get(ABOUT.encode())


def _hdf5_text(path: Path) -> Any:
    import h5py

    with h5py.File(path, "r", locking=False) as file:
        return file.attrs.get(ABOUT)


def check_about(about: Any, run: str, where: str) -> None:
    """Refuse what is not said of a run as docs/recorded.md has it."""
    where = f"{where}: run {run!r}"
    check_name(run, where)
    _check_keys(about, KEYS, where)
    for key, least in (("classes", 2), ("k", 1)):
        if about[key] < least:
            raise InputError(f"{where}: {key} is {about[key]}; write {least} or more")
    for start, more in about["starts"].items():
        at = f"{where}: starts.{start}"
        check_name(start, at)
        _check_keys(more, START_KEYS, at)
        if start == THETA0:
            raise InputError(f"{at}: theta0 is no M; name only what was trained")
        if (more.get("n") or 0) < 0:
            raise InputError(f"{at}: n is {more['n']}; write how many examples M was trained on")


def check_name(name: str, where: str) -> None:
    """Refuse a name of a run or a start that could be no part of a file's name."""
    if not NAME.fullmatch(name):
        raise InputError(
            f"{where}: {name!r} is no name: write letters, digits, '.', '_' and '-' (not '--'),"
            " a letter or digit first; at most 100"
        )


def _check_keys(said: Any, keys: Mapping[str, tuple[Any, bool]], where: str) -> None:
    if not isinstance(said, Mapping):
        raise InputError(f"{where}: found {said!r} where a mapping of {', '.join(keys)} belongs")
    for key, (wanted, optional) in keys.items():
        if key not in said:
            if not optional:
                raise InputError(f"{where}: key {key!r} is missing in metadata {ABOUT!r}")
        elif not isinstance(said[key], wanted) or isinstance(said[key], bool):
            raise InputError(f"{where}: {key} is {said[key]!r}, which is of another type")
    if unknown := [key for key in said if key not in keys]:
        raise InputError(f"{where}: unknown key {unknown[0]!r}; known: {', '.join(keys)}")


def read_runs(path: str | Path) -> dict[str, About]:
    """What a file, or all files of a folder, say of their runs; the starts of a run are joined.

    Raises:
        InputError: as :func:`read_about`; two files that say different things of one run.
    """
    found: dict[str, About] = {}
    for file in files_of(path):
        for run, about in read_about(file).items():
            found[run] = joined(found[run], about, run, str(file)) if run in found else about
    return found


def joined(one: About, other: About, run: str, where: str) -> About:
    """What is said of a run in two places: alike, but for the starts that each has.

    Raises:
        InputError: they differ in anything else.
    """
    for key in (key for key in KEYS if key != "starts"):
        if one.get(key) != other.get(key):
            raise InputError(
                f"{where}: {key} of run {run!r} is {other.get(key)!r}, but {one.get(key)!r} is"
                " recorded of it already; give one of the two runs another name"
            )
    for start, more in other["starts"].items():
        if one["starts"].get(start, more) != more:
            raise InputError(
                f"{where}: {start!r} of run {run!r} is {more!r}, but {one['starts'][start]!r} is"
                " recorded of it already; give one of the two starts another name"
            )
    return one | {"starts": one["starts"] | other["starts"]}
