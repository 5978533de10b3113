"""Columns of a table to inputs: numbers standardised, categories one-hot, gaps as one says.

All statistics are public, those of all rows: both codes know the inputs, and only labels cost bits.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from lit.data.classes import shortened
from lit.data.delimited import NUMBER, row_name
from lit.data.scaling import apply_rule
from lit.errors import InputError, check_known

MANY = 100  # different texts of a column, beyond which it is refused unless it is asked for
WHOLE = r"[-+]?\d+"
COMMA = r"[-+]?\d*,\d+"
DATE = r"\d{4}-\d{1,2}-\d{1,2}.*|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}.*"
FEWEST_CODES, MOST_CODES = 3, 12  # values of a column that may be codes
AMOUNTS = "read as amounts"  # begins the note of such columns
GAP = "missing"  # category of what is missing
EXACT = 2**53  # whole numbers up to which float64 has all of them

Categories = Collection[str] | Mapping[str, Sequence[str]]


class Inputs(NamedTuple):
    """Inputs x (N, D), the names of the D, how they were scaled if so, and what was done."""

    x: np.ndarray
    names: tuple[str, ...]
    scaling: str
    notes: tuple[str, ...]


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
        if texts.str.fullmatch(WHOLE).all():
            _check_exact(texts, plain)
        return pd.Series(plain, texts.index).reindex(column.index)
    odd = texts[~number]
    row = row_name(column.index, odd.index[0])
    found = f"column {column.name!r}: {row} has {odd.iloc[0]!r}"
    if odd.str.fullmatch(COMMA).all():
        raise InputError(
            f'{found}; write decimal: "," if that is a number with a decimal comma, or take out'
            " commas between thousands"
        )
    if number.mean() > 0.5:
        raise InputError(
            f"{found}, but {number.sum():,} of its {len(number):,} values are numbers; write"
            f" na_values: [{odd.iloc[0]!r}] if it stands for a missing value, categories:"
            f" [{column.name}] if the numbers are names, drop: to leave the column out, or correct"
            " the row"
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


def inputs(frame: pd.DataFrame, categories: Categories, missing: str, standardise: bool) -> Inputs:
    """Inputs of a table's columns, in their order.

    Args:
        frame: N rows of columns that hold numbers, truth values or texts.
        categories: Columns that are categories whatever they hold; by column, where so, the texts
            of all of them, each of which is an input whether it occurs or not.
        missing: ``mean``: the column's mean; ``indicator``: that and a column which says so, of
            categories one more category; anything else where nothing is missing.
        standardise: Numbers get mean 0 and standard deviation 1; categories stay 0 and 1.

    Raises:
        InputError: columns with too many categories, infinity, nothing that varies.
    """
    parts: list[np.ndarray] = []
    names: list[str] = []
    numbers: list[bool] = []
    still, said, codes = [], [], []
    for name, column in frame.items():
        if number := name not in categories and _holds_numbers(column):
            part, made = _number(column, missing)
        else:
            part, made = _one_hot(column, missing, categories)
        listed = isinstance(categories, Mapping) and name in categories
        if column.isna().all() or (not listed and (part == part[0]).all()):
            still.append(str(name))
            continue
        parts.append(part)
        names += made
        numbers += [number] + [False] * (len(made) - 1)
        said.append(str(name) if len(made) == 1 else f"{name} ({len(made)})")
        if number and (values := _codes(column)):
            codes.append(f"{name} (1 to {values})")
    if not parts:
        raise InputError(
            f"no column varies: {shortened(still) or 'there is none beside what is left out'}"
        )
    x = np.concatenate(parts, axis=1)
    taken, made_of = f"{x.shape[1]} input{'s' * (x.shape[1] > 1)}", "s" * (len(said) > 1)
    notes = [f"{len(said)} column{made_of} became {taken}: {shortened(said, 50)}"]
    if codes:
        notes.append(f"{AMOUNTS}: {shortened(codes)}; write those that are codes into categories")
    if still:
        do = "columns do not vary and were" if len(still) > 1 else "column does not vary and was"
        notes.append(f"{len(still)} {do} left out: {shortened(still)}")
    scaling = ""
    if standardise and any(numbers):
        x[:, numbers] = apply_rule(x[:, numbers], "standard")[0]
        others = "" if all(numbers) else "; those of categories are 0 to 1"
        scaling = f"standardised by column{others}"
        notes.append(
            f"{sum(numbers)} inputs are numbers and were standardised by mean and standard"
            f" deviation of all rows{others}"
        )
    return Inputs(x, tuple(names), scaling, tuple(notes))


def _holds_numbers(column: pd.Series) -> bool:
    types = pd.api.types
    return types.is_numeric_dtype(column) and not types.is_bool_dtype(column)


def _codes(column: pd.Series) -> int:
    """How many values a column of numbers has, where these are 1, 2, 3 and so on, and few; else 0.

    Amounts mostly have other values too, such as 0.
    """
    values = column.dropna().unique()
    few = FEWEST_CODES <= len(values) <= MOST_CODES
    return len(values) if few and sorted(values) == [*range(1, len(values) + 1)] else 0


def _number(column: pd.Series, missing: str) -> tuple[np.ndarray, list[str]]:
    """(N, 1) float64, the mean where nothing is; (N, 2) with an indicator of that; names."""
    values = column.to_numpy(dtype=np.float64, copy=True, na_value=np.nan)[:, None]
    if np.isinf(values).any():
        row = row_name(column.index, column.index[int(np.argmax(np.isinf(values)))])
        raise InputError(f"column {column.name!r} holds infinity in {row}; correct the row")
    if pd.api.types.is_integer_dtype(column):
        _check_exact(column, values[:, 0])
    gaps = np.isnan(values)
    filled = _with_means(values)
    if missing == "indicator" and gaps.any():
        return np.hstack([filled, gaps]), [str(column.name), f"{column.name} is missing"]
    return filled, [str(column.name)]


def _check_exact(whole: pd.Series, values: np.ndarray) -> None:
    """Refuse whole numbers, or texts of them, that float64 cannot tell apart."""
    largest = np.nanmax(np.abs(values), initial=0)
    if largest > EXACT and whole.dropna().map(int).nunique() > pd.Series(values).nunique():
        raise InputError(
            f"column {whole.name!r} holds whole numbers up to {largest:.3g}, which float64"
            f" cannot tell apart beyond 2**53; write drop: [{whole.name}], or categories:"
            f" [{whole.name}] if they are names"
        )


def _one_hot(
    column: pd.Series, missing: str, categories: Categories
) -> tuple[np.ndarray, list[str]]:
    """(N, categories) zeros and ones in the order of texts; where nothing is, shares of each; and
    names."""
    texts, name = as_texts(column), str(column.name)
    listed = [*categories[name]] if isinstance(categories, Mapping) and name in categories else []
    gap = ""
    if missing == "indicator" and texts.isna().any():
        gap = GAP
        while gap in {*texts, *listed}:  # a category of that name is another
            gap += " "
        texts = texts.fillna(gap)
    levels, number = np.unique(texts.dropna().to_numpy(dtype=str), return_inverse=True)
    if len(levels) > MANY and name not in categories:
        raise InputError(
            f"column {name!r} holds {len(levels):,} different texts, such as"
            f" {shortened([str(level) for level in levels[:3]])}; write drop: [{name}], or"
            f" categories: [{name}] if each is to be an input of its own"
        )
    if listed:
        levels, number = _as_listed(name, levels, number, [*listed, gap] if gap else listed)
    part = np.full((len(texts), len(levels)), np.nan)
    part[texts.notna().to_numpy()] = np.eye(len(levels))[number]
    names = [f"{name} is missing" if gap and one == gap else f"{name}={one}" for one in levels]
    return _with_means(part), names


def _as_listed(
    name: str, levels: np.ndarray, number: np.ndarray, listed: list[str]
) -> tuple[np.ndarray, np.ndarray]:
    """Levels as the entry lists them, and their numbers in that order."""
    for level in levels:
        check_known(f"categories: {name}", "category", str(level), listed)
    return np.array(listed), np.array([listed.index(level) for level in levels], int)[number]


def _with_means(part: np.ndarray) -> np.ndarray:
    """Rows of NaN become the mean of the others."""
    empty = np.isnan(part).any(axis=1)
    if empty.any() and not empty.all():
        part[empty] = part[~empty].mean(axis=0)
    return part
