"""Delimited text, as CSV: its columns by name, as texts."""

import codecs
import re
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from lit.data.foreign_data import PACKED, first_bytes
from lit.data.raw import words
from lit.errors import InputError

NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
OTHERS = {";": "semicolons", "\t": "tabs", "|": "bars", ",": "commas"}
DELIMITED = (".csv", ".tsv")
# What pandas takes for a missing value.
MISSING = frozenset(
    {"", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN"}
    | {"<NA>", "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null"}
)
LINES = "lines"  # name of an index whose row r is line r + 2 of the file, that of names being 1
UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def unpacked_suffix(path: Path) -> str:
    """What a name ends with; of what is inside, where delimited text is packed."""
    *_, inner, last = ["", "", *(suffix.lower() for suffix in path.suffixes)]
    return inner if last in PACKED and inner in DELIMITED else last


def read_delimited(path: Path, spec: Mapping[str, Any]) -> pd.DataFrame:
    """All columns of a file as texts, without blanks around them; NaN where nothing is.

    A file may be compressed (gzip, bz2, zip, xz, by its suffix). Empty fields are missing, and
    what pandas takes for that (NA, NaN, null, None, n/a, ...) unless the entry lists it as a class
    or a category, and ``na_values`` of the entry. An index called LINES tells lines of the file.

    Raises:
        InputError: another encoding or separator, rows of other lengths, names that occur twice.
    """
    begin = first_bytes(path)
    if begin[:1] == b"{" or begin[:2] == b"[{":
        raise InputError(f"{path} looks like JSON; save it as CSV or Parquet")
    encoding = spec.get("encoding") or ("utf-16" if begin[:2] in UTF_16 else "utf-8-sig")
    options: dict[str, Any] = {
        "sep": spec.get("separator", ","),
        "encoding": encoding,
        "dtype": str,
        "skipinitialspace": True,
    }
    try:
        head = pd.read_csv(path, header=None, nrows=1, keep_default_na=False, **options)
        names = _names([str(name).strip() for name in head.iloc[0]], path, options["sep"])
        options |= {"names": names, "header": 0, "index_col": False}
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)
            options |= {"na_values": _marks(names, spec), "keep_default_na": False}
            frame = pd.read_csv(path, **options)
    except (UnicodeError, LookupError) as error:
        if b"\0" in first_bytes(path, 4096) and not _is_packed(path):
            raise InputError(
                f"{path} is no text, as it holds zero bytes; save it as CSV (UTF-8), or write"
                " encoding: utf-16-le or utf-16-be if it is in one of these"
            ) from None  # of which no other encoding makes text
        raise InputError(
            f"{path} is not {encoding.removesuffix('-sig')} text ({words(error)}); write encoding:"
            " and what it is, such as cp1252 or latin-1"
        ) from error
    except (pd.errors.ParserWarning, ValueError) as error:  # a ParserError is one, too
        raise InputError(
            f"{path} cannot be read as rows of fields ({words(error)}); every row needs as many as"
            f" there are names, and quotes around those that hold {options['sep']!r}"
        ) from error
    frame.index.name = LINES if _is_row_a_line(path, len(frame)) else None
    return frame.apply(lambda column: column.str.strip())


def row_name(index: pd.Index, row: Any) -> str:
    """How errors name a row of a frame with this index, with its line in the file if that tells."""
    return f"row {row} (line {row + 2})" if index.name == LINES else f"row {row}"


def _marks(names: list[str], spec: Mapping[str, Any]) -> dict[str, list[str]]:
    """By column, texts that stand for what is missing: not the classes and categories listed."""
    categories, classes = spec.get("categories"), spec.get("classes")
    listed = dict(categories) if isinstance(categories, Mapping) else {}
    if isinstance(classes, list | tuple):
        listed[spec.get("label")] = classes
    if spec.get("kind") == "text":
        listed[spec.get("text", "text")] = MISSING - {""}  # there, any text is one
    more = spec.get("na_values", [])
    return {name: sorted((MISSING - set(listed.get(name, ()))) | set(more)) for name in names}


def _is_row_a_line(path: Path, rows: int) -> bool:
    """Whether a file has just one line a row, none blank or within quotes, below that of names."""
    lines, last = 0, b"\n"
    with path.open("rb") as file:
        while chunk := file.read(2**20):
            lines, last = lines + chunk.count(b"\n"), chunk[-1:]
    return not _is_packed(path) and lines + (last != b"\n") == rows + 1


def _is_packed(path: Path) -> bool:
    return first_bytes(path, 2) in (b"\x1f\x8b", b"BZ", b"PK", b"\xfd7")


def _names(names: list[str], path: Path, separator: str) -> list[str]:
    """Names of the columns; one without a name is called by its number."""
    if len(names) == 1:
        for other, called in OTHERS.items():
            if other != separator and other in names[0]:
                raise InputError(
                    f"{path}: the first line has {called} and no {OTHERS.get(separator, separator)}"
                    f"; write separator: {other!r}"
                )
    if all(re.fullmatch(NUMBER, name) for name in names):
        raise InputError(
            f"{path}: the first line holds numbers ({names[0]}, ...) where names of the columns"
            " belong; write a line of names above it"
        )
    names = [name or f"unnamed {number}" for number, name in enumerate(names)]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise InputError(f"{path}: two columns are called {twice[0]!r}; give each its own name")
    return names
