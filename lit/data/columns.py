"""Columns of a table to inputs: numbers standardised, categories one-hot, gaps as one says.

All statistics are public, those of all rows: both codes know the inputs, and only labels cost bits.
"""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from lit.data.classes import shortened
from lit.data.delimited import NUMBER
from lit.data.scaling import apply_rule
from lit.errors import InputError

MANY = 100  # different texts of a column, beyond which it is refused unless it is asked for
COMMA = r"[-+]?\d*,\d+"
DATE = r"\d{4}-\d{1,2}-\d{1,2}.*|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}.*"
GAP = "missing"  # category of what is missing


def with_numbers(column: pd.Series, decimal: str = ".") -> pd.Series:
    """A column of texts as float64 where all of them are numbers; else as it is.

    Raises:
        InputError: most but not all are numbers, or they have a decimal comma that nobody told of.
    """
    texts = column.dropna()
    if texts.empty:
        return column
    number = texts.str.fullmatch(NUMBER.replace(r"\.", re.escape(decimal))).astype(bool)
    if number.all():
        plain = np.array(texts.str.replace(decimal, "."), dtype=str).astype(np.float64)
        return pd.Series(plain, texts.index).reindex(column.index)
    odd = texts[~number]
    found = f"column {column.name!r}: row {odd.index[0]} has {odd.iloc[0]!r}"
    if odd.str.fullmatch(COMMA).all():
        raise InputError(
            f'{found}; write decimal: "," if that is a number with a decimal comma, or take out'
            " commas between thousands"
        )
    if number.mean() > 0.5:
        raise InputError(
            f"{found}, but {number.mean():.0%} of the column are numbers; write na_values:"
            f" [{odd.iloc[0]!r}] if it stands for a missing value, categories: [{column.name}] if"
            " the numbers are names, drop: to leave the column out, or correct the row"
        )
    if texts.str.fullmatch(DATE).all():
        raise InputError(
            f"{found}, a date; write drop: [{column.name}], or replace it by numbers such as the"
            " day of the year"
        )
    return column


def as_texts(column: pd.Series) -> pd.Series:
    """Values as texts, whole numbers without a point; what is missing stays so."""

    def text(value: Any) -> str:
        whole = isinstance(value, float | np.floating) and value.is_integer()
        return str(int(value)) if whole else str(value)

    return column.astype(object).map(text, na_action="ignore")


def inputs(
    frame: pd.DataFrame, categories: Sequence[str], missing: str, standardise: bool
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Inputs (N, D) of a table's columns, in their order, and notes of what was done.

    Args:
        frame: N rows of columns that hold numbers, truth values or texts.
        categories: Columns that are categories whatever they hold.
        missing: ``mean``: the column's mean; ``indicator``: that and a column which says so, of
            categories one more category; anything else where nothing is missing.
        standardise: Numbers get mean 0 and standard deviation 1; categories stay 0 and 1.

    Raises:
        InputError: columns with too many categories, infinity, nothing that varies.
    """
    parts: list[np.ndarray] = []
    numbers: list[bool] = []
    still, said = [], []
    for name, column in frame.items():
        if number := name not in categories and _holds_numbers(column):
            part = _number(column, missing)
        else:
            part = _one_hot(column, missing, name in categories)
        if column.isna().all() or (part == part[0]).all():
            still.append(str(name))
            continue
        parts.append(part)
        width = part.shape[1]
        numbers += [number] + [False] * (width - 1)
        said.append(str(name) if width == 1 else f"{name} ({width})")
    if not parts:
        raise InputError(f"no column varies: {shortened(still) or 'there is none'}")
    x = np.concatenate(parts, axis=1)
    notes = [f"{len(said)} columns became {x.shape[1]} inputs: {shortened(said, 50)}"]
    if still:
        notes.append(f"{len(still)} columns do not vary and were left out: {shortened(still)}")
    if standardise and any(numbers):
        x[:, numbers] = apply_rule(x[:, numbers], "standard")[0]
        notes.append(
            f"{sum(numbers)} inputs are numbers and were standardised by mean and standard"
            " deviation of all rows; the others are 0 to 1"
        )
    return x, tuple(notes)


def _holds_numbers(column: pd.Series) -> bool:
    types = pd.api.types
    return types.is_numeric_dtype(column) and not types.is_bool_dtype(column)


def _number(column: pd.Series, missing: str) -> np.ndarray:
    """(N, 1) float64, the mean where nothing is; (N, 2) with an indicator of that."""
    values = column.to_numpy(dtype=np.float64, copy=True, na_value=np.nan)[:, None]
    if np.isinf(values).any():
        row = column.index[int(np.argmax(np.isinf(values)))]
        raise InputError(f"column {column.name!r} holds infinity in row {row}; correct the row")
    gaps = np.isnan(values)
    filled = _with_means(values)
    return np.hstack([filled, gaps]) if missing == "indicator" and gaps.any() else filled


def _one_hot(column: pd.Series, missing: str, meant: bool) -> np.ndarray:
    """(N, categories) zeros and ones in the order of texts; where nothing is, shares of each."""
    texts = as_texts(column)
    if missing == "indicator":
        texts = texts.fillna(GAP)
    levels, number = np.unique(texts.dropna().to_numpy(dtype=str), return_inverse=True)
    if len(levels) > MANY and not meant:
        raise InputError(
            f"column {column.name!r} holds {len(levels):,} different texts, such as"
            f" {shortened([str(level) for level in levels[:3]])}; write drop: [{column.name}], or"
            f" categories: [{column.name}] if each is to be an input of its own"
        )
    part = np.full((len(texts), len(levels)), np.nan)
    part[texts.notna().to_numpy()] = np.eye(len(levels))[number]
    return _with_means(part)


def _with_means(part: np.ndarray) -> np.ndarray:
    """Rows of NaN become the mean of the others."""
    empty = np.isnan(part).any(axis=1)
    if empty.any() and not empty.all():
        part[empty] = part[~empty].mean(axis=0)
    return part
