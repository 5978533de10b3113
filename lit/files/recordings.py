"""Streams of recorded runs, checked: every start codes the same examples; see docs/recorded.md."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lit.errors import InputError, check_known
from lit.files.recorded_columns import OPTIONAL, Columns, misfits, read_columns
from lit.study.recordings import THETA0, files_of, read_about, read_runs


@dataclass(frozen=True)
class Streams:
    """The recorded streams of one run.

    Attributes:
        seeds: S seeds, which every start has.
        by_start: For ``theta0`` and every M its arrays (S, k): ``bits`` float64, and as far as they
            are recorded ``index``, ``right`` int64; and ``labels`` int64, 1 where none are said.
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
    if (arrays["labels"] != 1).any():
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
    position, bits = (columns[name][at] for name in ("position", "bits"))
    _refuse(position, at, "position", where)
    position, bits = position.astype(np.int64), bits.astype(np.float64)
    _refuse_twice(position, "position", where)
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
    _refuse(bits, at, "bits", where)
    for name in OPTIONAL:
        if name in columns:
            _refuse(columns[name][at], at, name, where)
    stream = {name: columns[name][at].astype(np.int64) for name in OPTIONAL if name in columns}
    if "index" in stream:
        _refuse_twice(stream["index"], "index", where)
    return {"bits": bits} | stream


def _refuse(values: np.ndarray, at: np.ndarray, name: str, where: str) -> None:
    """Refuse the first value that is out of its column's range, by its row in the file."""
    wrong, belongs = misfits(name, values)
    if wrong.any():
        first = int(np.argmax(wrong))
        raise InputError(f"{where}: row {at[first]} has {name} {values[first]}, where {belongs}")


def _refuse_twice(values: np.ndarray, name: str, where: str) -> None:
    """Refuse a position or an example that a stream has twice."""
    known, counts = np.unique(values, return_counts=True)
    if counts.max() > 1:
        twice = known[np.argmax(counts > 1)]
        raise InputError(f"{where}: {name} {twice} is there twice: an example is scored once")


def _paired(found: Mapping[tuple[str, int], Columns], starts: list[str], where: str) -> Streams:
    """Streams of all starts, once they have the same seeds, labels and examples."""
    seeds = sorted(seed for start, seed in found if start == THETA0)
    if not seeds:
        raise InputError(f"{where} has no rows of start {THETA0!r}; record it from there too")
    for start in starts:
        own = sorted(seed for name, seed in found if name == start)
        if not own or own != seeds:
            raise InputError(
                f"{where}: start {start!r} has seeds {own}, but theta0 has {seeds}; L_IT is paired"
                " by seed: record the same ones of every start"
            )
    some = [seed for seed in seeds if "index" in found[THETA0, seed]]
    if some and len(some) < len(seeds):
        without = next(seed for seed in seeds if seed not in some)
        raise InputError(
            f"{where}: seed {some[0]} has a column 'index', and seed {without} has none; record it"
            " with every seed, or with none"
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
    if ("index" in stream) != ("index" in cold):
        raise InputError(f"{where}: only one of {start} and theta0 has a column 'index'")
    for name in ("labels", "index"):
        if name in stream and (differs := stream[name] != cold[name]).any():
            first = int(np.argmax(differs))
            raise InputError(
                f"{where}: position {first} has {name} {stream[name][first]} from {start}, but"
                f" {cold[name][first]} from theta0; both must code the same examples in the same"
                " order"
            )
