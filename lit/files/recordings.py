"""Files of recorded runs: one row a run, start, seed and position; format in docs/recorded.md."""

import io
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lit.errors import InputError, check_known
from lit.study.recordings import (
    ABOUT,
    PARQUET,
    SUFFIXES,
    THETA0,
    About,
    files_of,
    format_of,
    joined,
    pyarrow_parquet,
    read_about,
    read_runs,
)

# Columns and their types: text, integers, or bits. Those that may be left out are in brackets.
COLUMNS = {
    "run": "text",
    "start": "text",
    "seed": "integers",
    "position": "integers",
    "labels": "[integers]",
    "bits": "numbers",
    "index": "[integers]",
    "right": "[integers]",
}
KINDS = {"integers": "iu", "numbers": "fiu"}  # of NumPy's types
OPTIONAL = [name for name, kind in COLUMNS.items() if kind.startswith("[")]
Columns = dict[str, np.ndarray]


@dataclass(frozen=True)
class Streams:
    """The recorded streams of one run.

    Attributes:
        seeds: S seeds, which every start has.
        by_start: For ``theta0`` and every M its arrays (S, k): ``bits`` float64, and as far as they
            are recorded ``labels``, ``index``, ``right`` int64.
    """

    seeds: list[int]
    by_start: Mapping[str, Columns]


def read_streams(path: str | Path, run: str) -> Streams:
    """A run's streams, from a file or a folder of them.

    Raises:
        InputError: naming file, column or row and what is wrong: a column that is missing or of
            another type, bits that are negative or not finite, positions that are doubled, out of
            order or not as many as k, and starts whose seeds, labels or examples do not pair.
    """
    runs = read_runs(path)
    check_known(str(path), "run", run, runs)
    about = runs[run]
    starts = [THETA0, *about["starts"]]
    found: dict[tuple[str, int], Columns] = {}
    for file in (file for file in files_of(path) if run in read_about(file)):
        columns = read_columns(file)
        rows = np.flatnonzero(columns["run"] == run)
        for start in dict.fromkeys(columns["start"][rows].tolist()):
            check_known(f"{file}: run {run!r}", "start", start, starts, " in its metadata")
        for (start, seed), at in _streams(columns, rows):
            where = f"{file}: run {run!r}, start {start!r}, seed {seed}"
            if (start, seed) in found:
                raise InputError(f"{where} is recorded in another file too; remove one of them")
            found[start, seed] = _checked(columns, at, about["k"], where)
    return _paired(found, starts, f"{path}: run {run!r}")


def code_lengths(path: str | Path, settings: Mapping[str, Any]) -> Columns:
    """Arrays of the code lengths of one start, as :mod:`lit.files.result_files` has them.

    Args:
        path: The file, or the folder.
        settings: ``recorded`` (the run's name), ``start``, ``seeds``, ``k``, ``classes`` and
            ``blocks``, the cuts (start, stop) of its first k examples.

    Raises:
        InputError: as :func:`read_streams`; seeds that were not recorded.
    """
    streams = read_streams(path, settings["recorded"])
    if missing := [seed for seed in settings["seeds"] if seed not in streams.seeds]:
        raise InputError(
            f"{path}: run {settings['recorded']!r} has seeds {streams.seeds}, and none is"
            f" {missing[0]}; write seeds: {streams.seeds} in the study, or record it"
        )
    rows = [streams.seeds.index(seed) for seed in settings["seeds"]]
    stream = streams.by_start[settings["start"]]
    arrays = {name: values[rows, : settings["k"]] for name, values in stream.items()}
    found = {"bits/network": arrays["bits"], "blocks": np.array(settings["blocks"])}
    found |= {"classes": np.array(settings["classes"])}
    if "index" in arrays:
        found["index"] = arrays["index"]
    if "labels" in arrays and (arrays["labels"] != 1).any():
        found["labels"] = arrays["labels"]
    if "right" in arrays:
        found["right/network"] = arrays["right"].astype(np.uint8)
    return found


def _streams(columns: Columns, rows: np.ndarray) -> Iterator[tuple[tuple[str, int], np.ndarray]]:
    """Each start and seed among some rows, and its rows in the order that they have."""
    starts, seeds = columns["start"][rows], columns["seed"][rows]
    _, which = np.unique(starts.astype(str), return_inverse=True)
    order = np.lexsort((rows, seeds, which))
    changes = (np.diff(which[order]) != 0) | (np.diff(seeds[order]) != 0)
    for part in np.split(order, np.flatnonzero(changes) + 1):
        if part.size:
            yield (str(starts[part[0]]), int(seeds[part[0]])), rows[part]


def _checked(columns: Columns, at: np.ndarray, k: int, where: str) -> Columns:
    """One stream's columns, once its positions and numbers are in order."""
    position, bits = columns["position"][at], columns["bits"][at].astype(np.float64)
    counts = np.bincount(np.maximum(position, 0))
    if position.min() < 0 or counts.max() > 1:
        wrong = int(position.min() if position.min() < 0 else np.argmax(counts > 1))
        how = "is negative" if wrong < 0 else "is there twice: an example is scored once"
        raise InputError(f"{where}: position {wrong} {how}")
    if (np.diff(position) < 0).any():
        row = int(np.argmax(np.diff(position) < 0)) + 1
        raise InputError(
            f"{where}: row {at[row]} has position {position[row]} after {position[row - 1]}; write"
            " rows in the order in which the examples were scored"
        )
    if len(position) != k or position[-1] != k - 1:
        raise InputError(
            f"{where}: {len(position)} positions, the last {position[-1]}, where 0 to {k - 1}"
            f" belong: k is {k} in its metadata"
        )
    _refuse(~(np.isfinite(bits) & (bits >= 0)), bits, at, "bits", "0 or more belong", where)
    for name, least in (("labels", 1), ("index", 0), ("right", 0)):
        if name in columns:
            values = columns[name][at]
            _refuse(values < least, values, at, name, f"{least} or more belong", where)
    stream = {name: columns[name][at].astype(np.int64) for name in OPTIONAL if name in columns}
    if "index" in stream and len(np.unique(stream["index"])) < k:
        twice = int(np.argmax(np.bincount(stream["index"]) > 1))
        raise InputError(f"{where}: index {twice} is there twice: an example is scored once")
    return {"bits": bits} | stream


def _refuse(
    wrong: np.ndarray, values: np.ndarray, at: np.ndarray, name: str, belongs: str, where: str
) -> None:
    """Refuse the first value that is wrong, by its row in the file."""
    if wrong.any():
        first = int(np.argmax(wrong))
        raise InputError(f"{where}: row {at[first]} has {name} {values[first]}, where {belongs}")


def _paired(found: Mapping[tuple[str, int], Columns], starts: list[str], where: str) -> Streams:
    """Streams of all starts, once they have the same seeds, labels and examples."""
    seeds = sorted(seed for start, seed in found if start == THETA0)
    for start in starts:
        own = sorted(seed for name, seed in found if name == start)
        if not own or own != seeds:
            raise InputError(
                f"{where}: start {start!r} has seeds {own}, but theta0 has {seeds}; L_IT is paired"
                " by seed: record the same ones of every start"
            )
    for (start, seed), stream in found.items():
        _check_pair(stream, found[THETA0, seed], start, f"{where}, seed {seed}")
    by_start = {start: [found[start, seed] for seed in seeds] for start in starts}
    return Streams(
        seeds,
        {
            start: {name: np.stack([stream[name] for stream in streams]) for name in names}
            for start, streams in by_start.items()
            for names in [[name for name in streams[0] if all(name in s for s in streams)]]
        },
    )


def _check_pair(stream: Columns, cold: Columns, start: str, where: str) -> None:
    """Refuse a stream that carries other labels or examples than the one from theta0."""
    for name in ("labels", "index"):
        if (name in stream) != (name in cold):
            raise InputError(f"{where}: only one of {start} and theta0 has a column {name!r}")
        if name in stream and (differs := stream[name] != cold[name]).any():
            first = int(np.argmax(differs))
            raise InputError(
                f"{where}: position {first} has {name} {stream[name][first]} from {start}, but"
                f" {cold[name][first]} from theta0; both must code the same examples in the same"
                " order"
            )


# Files -------------------------------------------------------------------------------------------


def read_columns(path: Path) -> Columns:
    """All columns of one file, as long as each other.

    Raises:
        InputError: naming file and column: damaged, missing, of another type or with gaps.
    """
    try:
        columns = _read_parquet(path) if format_of(path) == PARQUET else _read_hdf5(path)
    except InputError:
        raise
    except Exception as error:  # of a damaged file both libraries complain in many ways
        raise InputError(f"{path} cannot be read, it is damaged: {error}") from error
    for name, kind in COLUMNS.items():
        if name not in columns:
            if kind.startswith("["):
                continue
            raise InputError(f"{path}: column {name!r} is missing; it has {', '.join(columns)}")
        column, wanted = columns[name], kind.strip("[]")
        if len(column) != len(columns["run"]) or column.ndim != 1:
            raise InputError(f"{path}: column {name!r} is not as long as column 'run'")
        if wanted == "text":
            wrong = not all(isinstance(text, str) for text in set(column.tolist()))
        else:
            wrong = column.dtype.kind not in KINDS[wanted]
        if wrong:
            raise InputError(f"{path}: column {name!r} does not hold {wanted}, or has gaps")
    return columns


def _read_parquet(path: Path) -> Columns:
    file = pyarrow_parquet().ParquetFile(path)
    names = [name for name in COLUMNS if name in file.schema_arrow.names]
    table = file.read(columns=names)
    return {
        name: np.array(table[name].to_pylist(), dtype=object)
        if COLUMNS[name] == "text"
        else table[name].to_numpy()
        for name in names
    }


def _read_hdf5(path: Path) -> Columns:
    import h5py

    found: Columns = {}
    with h5py.File(path, "r", locking=False) as file:
        for name in (name for name in COLUMNS if name in file):
            if not isinstance(file.get(name, getlink=True), h5py.HardLink):
                raise InputError(f"{path}: {name} is a link, which is not followed")
            item = file[name]
            if not isinstance(item, h5py.Dataset) or item.is_virtual or item.external:
                raise InputError(f"{path}: {name} does not hold its values itself")
            values = item.asstr()[()] if COLUMNS[name] == "text" else item[()]
            found[name] = np.asarray(values)
    return found


def add(path: Path, runs: Mapping[str, About], columns: Columns) -> None:
    """Write rows to ``path``, after those that it has, atomically; its folder is made.

    Args:
        path: A file that ends in .parquet, .h5 or .hdf5; one process at a time writes it.
        runs: What is said of the rows' runs.
        columns: By name, as :func:`read_columns` gives them.

    Raises:
        InputError: another ending; a file that is none of recorded runs, or has others of these
            names.
    """
    if path.suffix not in SUFFIXES:
        raise InputError(f"{path}: write a name that ends in {', '.join(SUFFIXES)}")
    about = dict(runs)
    if path.exists():
        before, old = read_about(path), read_columns(path)
        for run, said in about.items():
            about[run] = joined(before[run], said, run, str(path)) if run in before else said
        about = before | about
        names = [name for name in COLUMNS if name in columns and name in old]
        columns = {name: np.concatenate([old[name], columns[name]]) for name in names}
    written = _as_parquet if SUFFIXES[path.suffix] == PARQUET else _as_hdf5
    _write_whole(path, written(json.dumps(about, sort_keys=True), columns))


def _as_parquet(about: str, columns: Columns) -> bytes:
    parquet = pyarrow_parquet()
    import pyarrow

    table = pyarrow.table({name: pyarrow.array(column) for name, column in columns.items()})
    out = io.BytesIO()
    parquet.write_table(table.replace_schema_metadata({ABOUT: about}), out)
    return out.getvalue()


def _as_hdf5(about: str, columns: Columns) -> bytes:
    import h5py

    out = io.BytesIO()
    with h5py.File(out, "w") as file:
        for name, column in columns.items():
            text = COLUMNS[name] == "text"
            kind: Any = h5py.string_dtype() if text else column.dtype
            file.create_dataset(name, data=column.astype(object) if text else column, dtype=kind)
        file.attrs[ABOUT] = about
    return out.getvalue()


def _write_whole(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        with open(partial, "wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)
