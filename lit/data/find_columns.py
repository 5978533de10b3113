"""A config's entry for a file of rows: which column holds the labels, and what the others are."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from lit.data.arrow import read_parquet
from lit.data.bin_targets import high_apart
from lit.data.bins import Bins
from lit.data.columns import COMMA, DATE, MANY, as_texts
from lit.data.delimited import NUMBER, OTHERS, read_delimited
from lit.data.foreign_data import first_bytes
from lit.data.missing_codes import say_codes
from lit.data.number_labels import MANY as MANY_LABELS
from lit.data.raw import errors_of
from lit.data.row_numbers import numbers_the_rows
from lit.errors import InputError, check_known

# Names that columns of labels mostly have.
LABELS = (
    *("label", "labels", "y", "target", "targets", "class", "classes", "category", "outcome"),
    *("response", "species", "diagnosis", "topic", "sentiment", "stars"),
)
# Names that columns which name the rows mostly have: id, customer_id, customerId.
ID = re.compile(r"(?:^|[^A-Za-z])(?i:ids?|idx|key|nr|uuid)$|[a-z]I[dD]$")
ASKED = "as asked"  # why a column that looks like an input is none
# Names of whom rows are of, where one has several.
WHOM = re.compile(
    r"(?i)patient|person|subject|participant|respondent|pupil|user|customer|client|household|device"
)
LARGEST_GROUP = 1 / 4  # of all rows: a larger one leaves a seed's sources few
FEWEST_GROUPS, FEWEST_ROWS = 20, 1.5  # and rows of each on average: of fewer nothing is recognised
WORDS = 4  # of a text, on average, from which on it is no name
LENGTHS = (16, 32, 64, 128)  # bytes of texts, of which a CPU can read more, but slowly
BINS = 64  # of a real-valued target: about so many


def called_label(names: Iterable[Any]) -> str | None:
    """The one name that labels mostly have; or the only name there is."""
    names = list(map(str, names))
    found = [name for name in names if name.strip().lower() in LABELS]
    return next(iter(found or names)) if len(found or names) == 1 else None


def find_columns(path: Path, label: str | None) -> dict[str, Any]:
    """The entry of a table, or of texts or lists of numbers with a label each.

    Raises:
        InputError: it cannot be read, or which column holds the labels cannot be told.
    """
    frame, spec = _read(path)
    lists = [name for name, column in frame.items() if _holds_lists(column)]
    if label is None:
        named = [name for name in frame if name not in lists]
        label = called_label(named)
        counts = ", ".join(f"{name} ({frame[name].nunique():,})" for name in named[:40])
    if label is None:
        raise InputError(
            f"{path}: which column holds the labels? write --label and its name; in brackets, how"
            f" many different values it has: {counts}"
        )
    check_known(f"{path}: --label", "column", label, frame.columns)
    if lists:
        return {"kind": "parquet", "path": str(path), "x": lists[0], "y": label}
    inputs = frame.drop(columns=label)
    texts = [name for name, column in inputs.items() if _is_prose(column)]
    if texts or _suffix_of_json(path):
        text = texts[0] if texts else _longest(inputs)
        sizes = _texts(frame[text]).map(lambda one: len(one.encode()))
        length = next((n for n in LENGTHS if n >= sizes.quantile(0.9)), LENGTHS[-1])
        found = {"kind": "text", "path": str(path), "text": text, "label": label} | spec
        target = _number(frame[label], r"\.")
        return found | {"length": length} | ({} if target is None else bins_of(target.to_numpy()))
    return {"kind": "table", "path": str(path), "label": label} | spec | _columns(frame, label)


def _read(path: Path) -> tuple[pd.DataFrame, dict[str, Any]]:
    """A file's columns, and what an entry has to say to have them read."""
    if _suffix_of_json(path):
        with errors_of(str(path), "it is no file of one JSON object a line"):
            return pd.read_json(path, lines=True, dtype=False), {}
    if first_bytes(path) == b"PAR1":
        with read_parquet(path) as file:
            return file.read().to_pandas(ignore_metadata=True), {}
    spec = _separator(path)
    if "encoding" not in spec:
        try:
            return _checked(path, read_delimited(path, spec)), spec
        except InputError as error:
            if not isinstance(error.__cause__, UnicodeError):
                raise
            spec |= {"encoding": "cp1252"}
    return _checked(path, read_delimited(path, spec)), spec


def _suffix_of_json(path: Path) -> bool:
    return path.suffix.lower() in (".jsonl", ".ndjson")


def _checked(path: Path, frame: pd.DataFrame) -> pd.DataFrame:
    if len(frame) < 2 or len(frame.columns) < 2:
        raise InputError(
            f"{path} holds {len(frame)} rows of {len(frame.columns)} columns; a table has a line of"
            " names, and beside the labels at least one column of inputs"
        )
    return frame


def _separator(path: Path) -> dict[str, str]:
    """That which cuts the first line into most columns; left out where it is a comma."""
    counts = {}
    for mark in (",", *OTHERS):
        try:
            head = pd.read_csv(path, sep=mark, header=None, nrows=1, dtype=str, encoding="latin-1")
        except ValueError:  # an empty file, which the loader names
            return {}
        counts[mark] = head.shape[1]
    best = max(counts, key=lambda mark: counts[mark])
    return {} if best == "," else {"separator": best}


def _holds_lists(column: pd.Series) -> bool:
    return isinstance(column.iloc[0], list | np.ndarray)


def _texts(column: pd.Series) -> pd.Series:
    """What is there of a column of texts; nothing of another."""
    return (
        as_texts(column.dropna()) if pd.api.types.is_string_dtype(column) else pd.Series(dtype=str)
    )


def _is_prose(column: pd.Series) -> bool:
    """Whether a column holds texts of several words, hardly one twice."""
    texts = _texts(column)
    return (
        len(texts) > 0
        and texts.map(lambda one: len(one.split())).mean() >= WORDS
        and texts.nunique() > len(texts) / 2
    )


def _longest(frame: pd.DataFrame) -> str:
    lengths = {name: _texts(frame[name]).str.len().mean() for name in frame}
    known = {name: length for name, length in lengths.items() if length == length}
    if not known:
        raise InputError(f"no column holds texts; there are {', '.join(map(str, frame.columns))}")
    return str(max(known, key=lambda name: known[name]))


def _columns(frame: pd.DataFrame, label: str) -> dict[str, Any]:
    """What has to be said of columns: those that are no inputs, gaps, decimal commas, bins."""
    found: dict[str, Any] = {}
    commas = [_texts(column).str.fullmatch(COMMA) for _, column in frame.items()]
    if any(len(one) and one.all() for one in commas):
        found["decimal"] = ","
    mark = r"\." if "decimal" not in found else ","
    numbers = {name: _number(column, mark) for name, column in frame.items()}
    inputs = frame.drop(columns=label)
    if groups := [name for name, column in inputs.items() if _says_whom(column, str(name))][:1]:
        found["groups"] = str(groups[0])
    drop = [
        str(name)
        for name, column in inputs.items()
        if name not in groups and _no_input(column, numbers[name], str(name))
    ]
    if drop:
        found["drop"] = drop
    gaps = frame.drop(columns=drop).isna().any()
    if gaps.any():
        found["missing"] = "indicator" if gaps.drop(label).any() else "drop"
    target = numbers[label]
    return found if target is None else found | bins_of(target.to_numpy())


def _number(column: pd.Series, mark: str) -> pd.Series | None:
    """A column of numbers, whichever way it is written; None where it is none."""
    if pd.api.types.is_bool_dtype(column) or column.isna().all():
        return None
    if pd.api.types.is_numeric_dtype(column):
        return column.dropna().astype(float)
    texts = _texts(column)
    if not len(texts) or not texts.str.fullmatch(NUMBER.replace(r"\.", mark)).all():
        return None
    return texts.str.replace(",", ".").astype(float)


def _no_input(column: pd.Series, numbers: pd.Series | None, name: str) -> str:
    """Why a column is no input: it is empty, names or numbers the rows, or holds dates; else ""."""
    if column.isna().all():
        return "empty in every row"
    if numbers is not None:
        if numbers_the_rows(numbers.to_numpy(), name):
            return "numbers the rows"
        likely = ID.search(name) or (np.diff(np.sort(numbers)) == 1).all()
        return "another whole number in every row" if likely and _may_be_id(numbers) else ""
    texts = _texts(column)
    if pd.api.types.is_datetime64_any_dtype(column):
        return "dates"
    if len(texts) and texts.str.fullmatch(DATE).all():
        return "dates"
    return f"{texts.nunique():,} different texts" if texts.nunique() > MANY else ""


def _says_whom(column: pd.Series, name: str) -> bool:
    """Whether a column says whom or what rows are of: it is called so, and values come again."""
    called = ID.search(name) or WHOM.fullmatch(name)
    fractions = pd.api.types.is_float_dtype(column)
    if not called or column.isna().any() or fractions or pd.api.types.is_bool_dtype(column):
        return False
    sizes = column.value_counts()
    several = len(sizes) >= FEWEST_GROUPS and len(column) >= FEWEST_ROWS * len(sizes)
    return bool(several and sizes.max() <= LARGEST_GROUP * len(column))


def _may_be_id(numbers: pd.Series | None) -> bool:
    """Whether a column holds whole numbers, of which none comes twice in many rows."""
    if numbers is None or len(numbers) <= MANY:
        return False
    return bool((numbers == np.round(numbers)).all() and numbers.is_unique)


def chosen_label(entry: dict[str, Any], asked: str | None) -> list[str]:
    """That a column was taken for the labels that nobody named; nothing where somebody did."""
    taken = entry.get("label", "next")  # next tokens are no column
    if asked is not None or taken == "next":
        return []
    return [f"label: {taken} is taken for the labels; another one: --label NAME."]


def reasons(path: Path, entry: dict[str, Any]) -> list[str]:
    """Why the entry of a table leaves columns out, and what becomes of gaps; a line each.

    Inputs that may number the rows, but are not left out, are named as well.
    """
    said: list[str] = []
    if entry["kind"] not in ("table", "text") or entry["label"] == "next":
        return said
    frame, _ = _read(path)
    if entry["kind"] == "text":
        unused = [str(name) for name in frame if name not in (entry["text"], entry["label"])]
        return [f"text: these columns are not read: {', '.join(unused)}."] if unused else said
    mark, drop = "," if "decimal" in entry else r"\.", entry.get("drop", [])
    numbers = {name: _number(column, mark) for name, column in frame.items()}
    if drop:
        why = (f"{name} ({_no_input(frame[name], numbers[name], name) or ASKED})" for name in drop)
        said.append(f"drop: these are no inputs: {', '.join(why)}.")
    if "groups" in entry:
        name = entry["groups"]
        said.append(
            f"groups: {name} has {frame[name].nunique():,} values in {len(frame):,} rows and is"
            " taken for whom or what a row is of: of no value rows are both coded and trained on."
            " If it is a trait, such as a trade, take groups out (in a notebook, groups=None)."
        )
    drop = [*drop, entry.get("groups")]
    kept = [str(name) for name in frame if name != entry["label"] and name not in drop]
    if ids := [name for name in kept if _may_be_id(numbers[name])]:
        said.append(
            f"inputs: {', '.join(ids)}: a different whole number in every row; if it only names the"
            " rows, write it into drop."
        )
    said += say_codes((name, numbers[name]) for name in kept)
    if "missing" in entry:
        gaps = frame.drop(columns=[name for name in drop if name]).isna().sum()
        lacking = ", ".join(f"{name} ({count:,})" for name, count in gaps.items() if count)
        how = "an input says where one is missing" * bool(gaps.drop(entry["label"]).sum())
        if gaps[entry["label"]]:
            how += f"{', and ' * bool(how)}rows without a label are left out"
        said.append(f"missing: of {len(frame):,} values these columns lack: {lacking}; {how}.")
        whole = len(frame.drop(columns=[name for name in drop if name]).dropna())
        if whole and entry["missing"] == "indicator":
            said[-1] += f" {whole:,} rows lack nothing; missing: drop keeps only these."
    return said


def bins_of(target: np.ndarray) -> dict[str, Any]:
    """About 64 bins of a target that takes many values; nothing of labels.

    Whole numbers are labels where there are few of them, or all from 0 on occur; bins of others are
    not narrower than 1, as every second one would be empty.
    """
    if target.dtype.kind not in "iuf" or not np.isfinite(target).all():
        return {}
    present = np.unique(target)
    if len(present) <= MANY_LABELS or np.array_equal(present, np.arange(len(present))):
        return {}
    low, high = float(present[0]), float(present[-1])
    width = float(f"{(high - low) / BINS:.0e}")
    if (present == np.round(present)).all():
        width = max(width, 1.0)
    bins = Bins(low, high, width)
    apart = high_apart(present.astype(np.float64), bins, bins.slack())
    return {"bins": {"width": width} | ({} if apart is None else {"high": apart})}
