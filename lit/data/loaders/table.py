"""A table of named columns, as CSV or Parquet: one holds the labels, the others are inputs."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from lit.data.arrow import pyarrow, read_parquet
from lit.data.choose_rows import chosen_rows
from lit.data.columns import as_texts, inputs, with_numbers
from lit.data.dataset import WARNING
from lit.data.delimited import read_delimited, row_name
from lit.data.foreign_data import first_bytes
from lit.data.number_labels import MANY, regression
from lit.data.raw import RawData, errors_of, existing_path
from lit.data.row_numbers import numbers_the_rows
from lit.errors import InputError, check_known

KIND = {"reads": "file"}
PACKAGES = ("numpy", "pandas", "pyarrow")
FEWEST = 6  # groups: of fewer, seeds draw the same ones
KEPT = "; to keep texts such as NA as a {}"  # which are missing in text alone


def load(spec: Mapping[str, Any], where: str) -> RawData:
    """Read a table: Parquet where the file begins as such, else delimited text.

    Raises:
        InputError: columns that are not there, or hold no numbers, truth values or categories;
            missing values, unless the entry says what becomes of them.
    """
    path = existing_path(spec, where)
    with errors_of(where, f"{path} cannot be read as a table"):
        parquet = first_bytes(path) == b"PAR1"
        frame = (_read_parquet if parquet else _read_text)(path, spec)
        if frame.empty:
            raise InputError(f"{path} has names of columns and no rows; write a row an example")
        rows = chosen_rows(frame, spec["rows"]) if "rows" in spec else None
        column = frame[spec["groups"]] if "groups" in spec else None
        frame = frame[_kept(list(frame.columns), spec)]
        notes = _row_numbers(frame)
        missing = spec.get("missing", "error")
        frame, left_out = _without_gaps(frame, spec["label"], missing, "" if parquet else KEPT)
        chosen = None if rows is None else rows[frame.index].to_numpy()
        label = frame.pop(spec["label"])
        groups = None if column is None else _groups(column[frame.index])
        if groups is not None:
            count = f"{groups.max() + 1:,} values of {spec['groups']}"
            notes = (*notes, f"groups: {count}, none of which is both coded and trained on")
        made = inputs(frame, spec.get("categories", ()), missing, "scale" not in spec)
        y = _targets(label, spec) if "bins" in spec else _labels(label, spec.get("classes"))
    return RawData(
        made.x,
        y,
        notes=(*notes, *left_out, *made.notes),
        columns=made.names,
        scaling=made.scaling,
        chosen=chosen,
        groups=groups,
        rows=frame.index.to_numpy(),
    )


def _chosen(names: Sequence[str], spec: Mapping[str, Any]) -> list[str]:
    """Names of the label and of the columns that are inputs, in the order of the file."""
    label = spec["label"]
    if "columns" in spec and "drop" in spec:
        raise InputError("write columns: or drop:, not both")
    for key in ("columns", "drop", "categories"):
        for name in spec.get(key, ()):
            check_known(f"{spec['path']}: {key}", "column", name, names)
            if name == label:
                raise InputError(f"{key}: {name!r} is the label; take it out")
            if name == spec.get("groups") and key != "drop":
                raise InputError(f"{key}: {name!r} is the column of groups, no input; take it out")
    check_known(f"{spec['path']}: label", "column", label, names)
    if "groups" in spec:
        check_known(f"{spec['path']}: groups", "column", spec["groups"], names)
        if spec["groups"] == label:
            raise InputError(f"groups: {label!r} is the label; name another column")
    return _kept(names, spec)


def _kept(names: Sequence[str], spec: Mapping[str, Any]) -> list[str]:
    dropped = {*spec.get("drop", ()), spec.get("groups")}
    kept = {*(spec.get("columns") or names), spec["label"]} - dropped
    return [name for name in names if name in kept]


def _needed(names: Sequence[str], spec: Mapping[str, Any]) -> list[str]:
    """Besides, the columns that choose rows, and that of groups."""
    for name in spec.get("rows", ()):
        check_known(f"{spec['path']}: rows", "column", name, names)
    kept = {*_chosen(names, spec), *spec.get("rows", ()), spec.get("groups")}
    return [name for name in names if name in kept]


def _read_text(path: Path, spec: Mapping[str, Any]) -> pd.DataFrame:
    frame = read_delimited(path, spec)
    frame = frame[_needed(list(frame.columns), spec)]
    return _numbers_of_texts(frame, spec, spec.get("decimal", "."))


def _numbers_of_texts(
    frame: pd.DataFrame, spec: Mapping[str, Any], decimal: str = "."
) -> pd.DataFrame:
    """Columns of texts that are all numbers, as numbers; not labels or categories."""
    as_they_are = {spec["label"], *spec.get("categories", ())}
    columns = {
        name: with_numbers(column, decimal)
        if name not in as_they_are and pd.api.types.is_string_dtype(column)
        else column
        for name, column in frame.items()
    }
    return pd.DataFrame(columns)


def _read_parquet(path: Path, spec: Mapping[str, Any]) -> pd.DataFrame:
    pa = pyarrow()
    with read_parquet(path) as file:
        schema = file.schema_arrow
        if twice := [name for name in schema.names if schema.names.count(name) > 1]:
            raise InputError(f"two columns are called {twice[0]!r}; give each its own name")
        names = _needed(schema.names, spec)
        for name in names:
            _check_type(name, schema.field(name).type, name == spec["label"])
        table = file.read(columns=names)
    kinds = {pa.bool_(): pd.BooleanDtype()}
    frame = table.to_pandas(types_mapper=kinds.get, ignore_metadata=True)
    return _numbers_of_texts(frame, spec)


def _check_type(name: str, kind: Any, labels: bool) -> None:
    """Refuse columns of what is neither a number, a truth value nor a text."""
    types = pyarrow().types
    if types.is_dictionary(kind):
        kind = kind.value_type
    plain = ("integer", "floating", "boolean", "string", "large_string", "null")
    if any(getattr(types, f"is_{of}")(kind) for of in plain):
        return
    remedy = "cast it to float64"
    if types.is_temporal(kind):
        remedy = "replace it by numbers such as the day of the year"
    elif types.is_nested(kind):
        remedy = "take kind: parquet for a column of lists of numbers"
    other = "name another column under label:" if labels else f"write drop: [{name}]"
    raise InputError(f"column {name!r} holds {kind}; {remedy}, or {other}")


def _row_numbers(frame: pd.DataFrame) -> tuple[str, ...]:
    """A warning of each column that merely counts the rows."""
    notes = []
    for name, column in frame.select_dtypes("number").items():
        values = column.to_numpy(dtype=np.float64, na_value=np.nan)
        if numbers_the_rows(values, str(name)):
            notes.append(
                f"{WARNING}column {name!r} numbers the rows, which tells the labels of sorted ones;"
                f" write drop: [{name}] unless it is meant as an input"
            )
    return tuple(notes)


def _without_gaps(
    frame: pd.DataFrame, label: str, missing: str, keeping: str = ""
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """A table whose missing values are as ``missing`` allows, and what was left out.

    Where it allows gaps of inputs, rows without a label are left out. ``keeping`` says how texts
    are kept that the file may not mean for missing ones.

    Raises:
        InputError: naming the column, how many values it lacks, and the first row.
    """
    gaps = frame.isna()
    counts = gaps.sum()
    counts = counts[counts > 0]
    if missing == "error" and len(counts):
        raise InputError(_found_gaps(gaps, counts, label, keeping))
    without = gaps.any(axis=1) if missing == "drop" else gaps[label]
    if without.any() and without.all():
        raise InputError(f"every row lacks a value, {counts.idxmax()!r} most; drop columns")
    lacking = {name: count for name, count in counts.items() if missing == "drop" or name != label}
    notes, said = [], ", ".join(f"{name} ({count:,})" for name, count in lacking.items())
    if missing == "drop" and without.any():
        notes.append(f"{without.sum():,} rows with missing values were left out: {said}")
    elif without.any():
        notes.append(
            f"{WARNING}{without.sum():,} rows without a label ({label}) were left out"
            + keeping.format("class, list all under the key classes")
        )
    if missing != "drop" and said:
        notes.append(f"of {len(frame):,} rows these lack values, filled as missing says: {said}")
    return frame[~without], tuple(notes)


def _found_gaps(gaps: pd.DataFrame, counts: pd.Series, label: str, keeping: str) -> str:
    """What is missing, where first, and what may be written for it."""
    counts = counts.sort_index(key=lambda names: names == label, kind="stable")  # inputs first
    name, count = counts.index[0], counts.iloc[0]
    others = ", ".join(f"{other} {number:,}" for other, number in counts.iloc[1:6].items())
    found = f"column {name!r} lacks {count:,} of {len(gaps):,} values"
    row = row_name(gaps.index, gaps[name].idxmax())
    ways = f"mean, indicator or drop (these rows), or drop: [{name}]"
    listed = f"category, list all under the key categories, {{{name}: [...]}}"
    if name == label:
        ways, listed = "drop (these rows)", "class, list all under the key classes"
    if len(counts) > 1 and label in counts:
        ways += "; rows without a label are left out by each"
    return (
        f"{found}, first in {row}{f' (others: {others})' * bool(others)}; write missing: {ways}"
        f"{keeping.format(listed)}"
    )


def _groups(column: pd.Series) -> np.ndarray:
    """(N,) numbers of groups, by the values of a column.

    Raises:
        InputError: a row without one, or a column that makes no groups.
    """
    if column.isna().any():
        first = row_name(column.index, column.isna().idxmax())
        raise InputError(
            f"groups: column {column.name!r} lacks {column.isna().sum():,} of {len(column):,}"
            f" values, first in {first}; give each row its group"
        )
    numbers, values = pd.factorize(as_texts(column))
    if len(values) < FEWEST or len(values) == len(column):
        raise InputError(
            f"groups: column {column.name!r} has {len(values):,} values in {len(column):,} rows,"
            f" and groups are {FEWEST} or more, of several rows; name the column that says whom or"
            " what a row is of"
        )
    return numbers.astype(np.int64)


def _targets(column: pd.Series, spec: Mapping[str, Any]) -> np.ndarray:
    """(N,) numbers that are cut into bins."""
    if pd.api.types.is_string_dtype(column):
        column = with_numbers(column, spec.get("decimal", "."))
    if not pd.api.types.is_numeric_dtype(column):
        raise InputError(
            f"column {column.name!r} holds {column.iloc[0]!r}, and bins are of numbers; take bins"
            " out if these are classes"
        )
    single = np.float32 if column.dtype == np.float32 else np.float64  # as exact as the file
    return column.to_numpy(dtype=single)


def _labels(column: pd.Series, classes: Any) -> np.ndarray:
    """(N,) whole numbers 0..C-1 as they are, and everything else as texts."""
    texts = as_texts(column)
    if not texts.str.fullmatch(r"-?\d{1,18}").all():
        return texts.to_numpy(dtype=str)
    whole = texts.to_numpy(dtype=str).astype(np.int64)
    present = np.unique(whole)
    if len(present) < texts.nunique():  # 01 and 1
        return texts.to_numpy(dtype=str)
    if isinstance(classes, int) or np.array_equal(present, np.arange(len(present))):
        return whole
    if len(present) > MANY and classes is None:
        found = f"column {column.name!r} holds {len(present):,} different numbers"
        raise InputError(f"{found}: {regression(present)}")
    return texts.to_numpy(dtype=str)
