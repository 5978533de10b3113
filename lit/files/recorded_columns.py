"""Files of recorded runs as columns, in Parquet or HDF5; format in docs/recorded.md."""

import io
import json
import tempfile
from collections.abc import Collection, Mapping
from pathlib import Path

import numpy as np

from lit.errors import InputError
from lit.files.store import write_whole
from lit.study.recordings import (
    ABOUT,
    PARQUET,
    SUFFIXES,
    About,
    check_about,
    format_of,
    joined,
    pyarrow_parquet,
    read_about,
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
# The least of a column's numbers, and the most where there is one.
RANGES: dict[str, tuple[int, int | None]] = {
    "position": (0, None),
    "labels": (1, None),
    "bits": (0, None),
    "index": (0, None),
    "right": (0, 1),
}
OPTIONAL = [name for name, kind in COLUMNS.items() if kind.startswith("[")]
Columns = dict[str, np.ndarray]


def misfits(name: str, values: np.ndarray) -> tuple[np.ndarray, str]:
    """Which of a column's numbers are out of its range or not finite, and what belongs there."""
    least, most = RANGES[name]
    wrong = ~(np.isfinite(values) & (values >= least))
    if most is None:
        return wrong, f"{least} or more belong"
    return wrong | (values > most), f"{least} or {most} belong"


def read_columns(path: Path) -> Columns:
    """All columns of one file, as long as each other; without ``labels`` these are 1 each.

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
        if column.ndim != 1 or len(column) != len(columns["run"]):
            raise InputError(f"{path}: column {name!r} is not as long as column 'run'")
        if wanted == "text":
            wrong = not all(isinstance(text, str) for text in set(column.tolist()))
        else:
            wrong = column.dtype.kind not in KINDS[wanted]
        if wrong:
            raise InputError(f"{path}: column {name!r} does not hold {wanted}, or has gaps")
    return _with_labels(columns)


def _with_labels(columns: Columns) -> Columns:
    """A column of labels that is absent means one each."""
    ones = {"labels": np.ones(len(columns["run"]), dtype=np.int64)}
    both = ones | columns
    return {name: both[name] for name in COLUMNS if name in both}


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


def check_writable(path: Path) -> None:
    """Refuse a file that could not be written, before there is anything to write into it.

    Its folder is made.

    Raises:
        InputError: another ending than files of recorded runs have; Parquet without its package; a
            folder in which nothing can be written.
    """
    if path.suffix not in SUFFIXES:
        raise InputError(f"{path}: write a name that ends in {', '.join(SUFFIXES)}")
    if SUFFIXES[path.suffix] == PARQUET:
        pyarrow_parquet()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        raise InputError(
            f"{path}: nothing can be written into {path.parent} ({error.strerror}); name another"
            " folder, or make this one writable"
        ) from error


def with_runs(path: Path, runs: Mapping[str, About]) -> dict[str, About]:
    """What a file says of its runs, with what is to be added to it.

    Raises:
        InputError: it says otherwise of one of them; what no file may say.
    """
    for run, said in runs.items():
        check_about(said, run, str(path))
    before = read_about(path) if path.exists() else {}
    new = {
        run: joined(before[run], said, run, str(path)) if run in before else said
        for run, said in runs.items()
    }
    return before | new


def check_same_columns(path: Path, old: Collection[str], new: Collection[str]) -> None:
    """Refuse rows whose columns are not those of the file.

    Raises:
        InputError: naming the columns of both.
    """
    if set(old) != set(new):
        raise InputError(
            f"{path} has the columns {', '.join(old)}, and the new rows {', '.join(new)};"
            " write these into another file"
        )


def add(path: Path, runs: Mapping[str, About], columns: Columns) -> None:
    """Write rows to ``path``, after those that it has, atomically; its folder is made.

    Args:
        path: A file that ends in .parquet, .h5 or .hdf5; one process at a time writes it.
        runs: What is said of the rows' runs.
        columns: By name, as :func:`read_columns` gives them.

    Raises:
        InputError: another ending or a folder that cannot be written; a file that is none of
            recorded runs, or has others of these names; other columns.
    """
    check_writable(path)
    about = with_runs(path, runs)
    if path.exists():
        old, columns = read_columns(path), _with_labels(columns)
        check_same_columns(path, list(old), list(columns))
        columns = {name: np.concatenate([old[name], columns[name]]) for name in old}
    written = _as_parquet if SUFFIXES[path.suffix] == PARQUET else _as_hdf5
    write_whole(path, written(json.dumps(about, sort_keys=True), columns))


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
            # Names are of plain letters; as texts of one length they take far less room.
            plain = column.astype("S") if COLUMNS[name] == "text" else column
            file.create_dataset(name, data=plain)
        file.attrs[ABOUT] = about
    return out.getvalue()
