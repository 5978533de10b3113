"""Texts of files: plain text, JSON lines, delimited text, Parquet; and their labels by column."""

import json
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from lit.data.arrow import read_parquet
from lit.data.columns import as_texts
from lit.data.dataset import WARNING
from lit.data.delimited import DELIMITED, read_delimited, unpacked_suffix
from lit.data.folders import Aside, files_below, left_out, suffix
from lit.data.foreign_data import first_bytes
from lit.data.number_labels import AMOUNTS, MANY
from lit.data.plain_text import read_plain
from lit.data.raw import words
from lit.errors import InputError, check_known

ROWS = (".jsonl", ".ndjson", *DELIMITED, ".parquet")
# Options of some files alone: the suffixes of these, in lower case.
OPTIONS = {
    "separator": DELIMITED,
    "text": ROWS,
    "encoding": (".txt", ".jsonl", ".ndjson", *DELIMITED),
}
SCALARS = (str, bool, int, float, np.bool_, np.number)  # what a label is, whatever file it is of
Read = tuple[list[str] | list[bytes], list[str], tuple[str, ...]]


def read_texts(path: Path, spec: Mapping[str, Any], label: str | None) -> Read:
    """Texts; of each its label, from the column ``label`` where there is one; and notes.

    A file of rows holds a text in each, in the column ``text`` of the entry. Any other file is one
    text, as bytes of UTF-8, and of a folder so is each file that ends in .txt, in the order of
    their names.

    Raises:
        InputError: no such column, an empty text, a missing label; it names the row. A file that
            is no text; an option that the file does not take.
    """
    kind = ".txt" if path.is_dir() else unpacked_suffix(path)
    rows = kind in ROWS
    if rows and first_bytes(path) == b"PAR1":
        kind = ".parquet"
    _check_options(path, kind if rows else ".txt", spec)
    if rows:
        return (*_of_rows(path, kind, spec, label), ())
    aside: Aside = defaultdict(list)
    files = _text_files(path, aside) if path.is_dir() else [path]
    found = [read_plain(file, spec.get("encoding")) for file in files]
    if label is not None:
        raise InputError(
            f"{path}: a label for each text is read from a column, of {', '.join(ROWS)}; write"
            " label: next to code the text itself"
        )
    if kind == ".json":
        raise InputError(
            f"{path} is JSON; write an object a line and name it .jsonl, or name it .txt to code it"
            " as it stands"
        )
    for file, text in zip(files, found, strict=True):
        if not text.strip():
            raise InputError(f"{file} is empty; take it out")
    groups = {
        f"{WARNING}left out, not named .txt": aside["others"],
        "Left out, hidden": aside["hidden"],
        "Left out, links that lead back to a folder above": aside["loops"],
    }
    return found, [], tuple(left_out(groups, path))


def _check_options(path: Path, kind: str, spec: Mapping[str, Any]) -> None:
    for option, takes in OPTIONS.items():
        if option in spec and kind not in takes:
            of = ", ".join(takes)
            raise InputError(f"{option}: is for {of}, and {path} is none of these; leave it out")


def _text_files(folder: Path, aside: Aside) -> list[Path]:
    files: list[Path] = []
    for file in files_below(folder, (), aside):
        (files if suffix(file) == ".txt" else aside["others"]).append(file)
    if not files:
        raise InputError(f"{folder} has no file that ends in .txt; name the texts so")
    return files


def _of_rows(
    path: Path, kind: str, spec: Mapping[str, Any], label: str | None
) -> tuple[list[str], list[str]]:
    names = {"text": spec.get("text", "text")} | ({} if label is None else {"label": label})
    frame = _read_rows(path, kind, spec, list(names.values()))
    for key, name in names.items():
        check_known(f"{path}: {key}", "column", name, frame.columns)
        missing = frame[name].isna() | (as_texts(frame[name]).str.strip() == "")
        if missing.any():
            what = "text" if key == "text" else "label"
            kept = ", or list NA, None and the like under classes:" if key == "label" else ""
            raise InputError(
                f"{path}: {missing.sum():,} rows have no {what} in column {name!r}, first row"
                f" {int(missing.to_numpy().argmax())}; drop such rows, or fill them in{kept}"
            )
    text = frame[names["text"]]
    _refuse_others(text, (str,), f"{path}: ", "is no text; name the column of texts by text:")
    if label is None:
        return text.tolist(), []
    remedy = "is neither text nor number; write one label a text"
    _refuse_others(frame[label], SCALARS, f"{path}: ", remedy)
    labels = as_texts(frame[label])
    if "bins" not in spec:
        _refuse_amounts(labels, spec.get("classes"), f"{path}: column {label!r}")
    return text.tolist(), labels.tolist()


def _refuse_others(column: pd.Series, types: tuple[type, ...], at: str, remedy: str) -> None:
    """Refuse values of a column that are of none of some types."""
    odd = ~column.astype(object).map(lambda one: isinstance(one, types)).astype(bool)
    if odd.any():
        row = int(odd.to_numpy().argmax())
        raise InputError(
            f"{at}row {row} of column {column.name!r} holds {column.iloc[row]!r}, which {remedy}"
        )


def _refuse_amounts(labels: pd.Series, classes: Any, where: str) -> None:
    """Refuse many whole numbers that do not count classes, as a table does."""
    if classes is not None or not labels.str.fullmatch(r"-?\d{1,18}").all():
        return
    present = np.unique(labels.to_numpy(dtype=str).astype(np.int64))
    if len(present) > MANY and not np.array_equal(present, np.arange(len(present))):
        raise InputError(
            f"{where} holds {len(present):,} different numbers: {AMOUNTS}; or write classes: if"
            " they are classes"
        )


def _read_rows(path: Path, kind: str, spec: Mapping[str, Any], names: list[str]) -> pd.DataFrame:
    if kind == ".parquet":
        with read_parquet(path) as file:
            held = file.schema_arrow.names
            for name in names:
                check_known(str(path), "column", name, held)
            return file.read(columns=names).to_pandas(ignore_metadata=True)
    if kind in DELIMITED:
        tabs = {"separator": "\t"} if kind == ".tsv" else {}
        return read_delimited(path, tabs | dict(spec))
    return _read_json_lines(path, spec.get("encoding"), names)


def _read_json_lines(path: Path, encoding: str | None, names: list[str]) -> pd.DataFrame:
    """A JSON object in each line that is not blank; lines end at a line feed and nowhere else."""
    rows = []
    for number, line in enumerate(read_plain(path, encoding).decode("utf-8-sig").split("\n")):
        if not line.strip():
            continue
        at = f"{path}: line {number + 1}"
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            raise InputError(
                f"{at} is no JSON ({words(error)}); write one object a line"
            ) from error
        if not isinstance(row, dict):
            raise InputError(f"{at} is no JSON object; write one a line")
        row = {name: row[name] for name in names if name in row}
        try:
            "".join(one for one in row.values() if isinstance(one, str)).encode()
        except UnicodeEncodeError as error:
            raise InputError(
                f"{at} has half of a letter ({words(error)}); write both \\u of a pair, or drop it"
            ) from error
        rows.append(row)
    if not rows:
        raise InputError(f"{path} has no line; write a JSON object in each")
    return pd.DataFrame(rows)
