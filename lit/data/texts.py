"""Texts of files: plain text, JSON lines, delimited text, Parquet; and their labels by column."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from lit.data.arrow import read_parquet
from lit.data.columns import as_texts
from lit.data.delimited import first_bytes, read_delimited
from lit.data.raw import words
from lit.errors import InputError, check_known

ROWS = (".jsonl", ".ndjson", ".csv", ".tsv", ".parquet")


def read_texts(
    path: Path, spec: Mapping[str, Any], label: str | None
) -> tuple[list[str] | list[bytes], list[str]]:
    """Texts, and of each its label, from the column ``label`` where there is one.

    A file of rows holds a text in each, in the column ``text`` of the entry. Any other file is one
    text, as bytes, and of a folder so is each file that ends in .txt, in the order of their names.

    Raises:
        InputError: no such column, an empty text, a missing label; it names the row.
    """
    if not path.is_dir() and path.suffix.lower() in ROWS:
        return _of_rows(path, spec, label)
    if label is not None:
        raise InputError(
            f"{path}: a label for each text is read from a column, of {', '.join(ROWS)}; write"
            " label: next to code the text itself"
        )
    files = sorted(path.rglob("*.txt")) if path.is_dir() else [path]
    if not files:
        raise InputError(f"{path} has no file that ends in .txt; name the texts so")
    found = [file.read_bytes() for file in files]
    for file, text in zip(files, found, strict=True):
        if not text.strip():
            raise InputError(f"{file} is empty; take it out")
    return found, []


def _of_rows(path: Path, spec: Mapping[str, Any], label: str | None) -> tuple[list[str], list[str]]:
    names = {"text": spec.get("text", "text")} | ({} if label is None else {"label": label})
    frame = _read_rows(path, spec, list(names.values()))
    for key, name in names.items():
        check_known(f"{path}: {key}", "column", name, frame.columns)
        missing = frame[name].isna() | (as_texts(frame[name]).str.strip() == "")
        if missing.any():
            what = "text" if key == "text" else "label"
            raise InputError(
                f"{path}: {missing.sum():,} rows have no {what} in column {name!r}, first row"
                f" {int(missing.to_numpy().argmax())}; drop such rows, or fill them in"
            )
    text = frame[names["text"]]
    odd = ~text.map(lambda one: isinstance(one, str)).astype(bool)
    if odd.any():
        row = int(odd.to_numpy().argmax())
        raise InputError(
            f"{path}: row {row} of column {names['text']!r} holds {text.iloc[row]!r}, which is no"
            " text; name the column of texts by text:"
        )
    return text.tolist(), [] if label is None else as_texts(frame[label]).tolist()


def _read_rows(path: Path, spec: Mapping[str, Any], names: list[str]) -> pd.DataFrame:
    if first_bytes(path) == b"PAR1":
        with read_parquet(path) as file:
            held = file.schema_arrow.names
            for name in names:
                check_known(str(path), "column", name, held)
            return file.read(columns=names).to_pandas(ignore_metadata=True)
    if path.suffix.lower() in (".csv", ".tsv"):
        tabs = {"separator": "\t"} if path.suffix.lower() == ".tsv" else {}
        return read_delimited(path, tabs | dict(spec))
    return _read_json_lines(path, names)


def _read_json_lines(path: Path, names: list[str]) -> pd.DataFrame:
    """A JSON object in each line that is not blank."""
    rows = []
    for number, line in enumerate(path.read_bytes().decode("utf-8-sig").splitlines()):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            raise InputError(
                f"{path}: line {number + 1} is no JSON ({words(error)}); write one object a line"
            ) from error
        if not isinstance(row, dict):
            raise InputError(f"{path}: line {number + 1} is no JSON object; write one a line")
        rows.append({name: row[name] for name in names if name in row})
    if not rows:
        raise InputError(f"{path} has no line; write a JSON object in each")
    return pd.DataFrame(rows)
