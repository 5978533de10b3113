"""Rows of a table that a data set has: by the values of some columns."""

import math
import re
from collections.abc import Mapping
from typing import Any

import pandas as pd

from lit.data.columns import as_texts
from lit.data.raw import say_rows
from lit.errors import InputError, nearest

NUMBER = r"([-+]?(?:\d+\.?\d*|\.\d+))"
COMPARED = re.compile(rf"(<=|=<|≤|<|>=|=>|≥|>) *{NUMBER}")
RANGE = re.compile(rf"{NUMBER} *(?:-|–|\.\.|to) *{NUMBER}")


def chosen_rows(frame: pd.DataFrame, rows: Mapping[str, Any]) -> pd.Series:
    """Which rows of a table have the values that are asked for, in all columns that are named.

    Args:
        frame: N rows; what is missing is never chosen.
        rows: By column a value, a list of values, or ``{from: 30, to: 39}``, both ends included.

    Raises:
        InputError: a value that no row has, ends of a column that holds no numbers, or no row.
    """
    found = pd.Series(True, frame.index)
    for name, asked in rows.items():
        column = frame[name]
        if isinstance(asked, Mapping):
            found &= _between(column, asked)
        else:
            found &= _equal(column, asked if isinstance(asked, list) else [asked])
    if not found.any():
        raise InputError(f"rows: no row has {say_rows(rows)} together; choose others")
    return found


def _equal(column: pd.Series, values: list[Any]) -> pd.Series:
    texts = as_texts(column)
    asked = as_texts(pd.Series(values, dtype=object)).tolist()
    present = set(texts.dropna().unique())
    for value in asked:
        if value not in present:
            ends = _ends_meant(value, column)
            meant = f"write {say_rows({str(column.name): ends})} (both included)" if ends else ""
            raise InputError(
                f"rows: {column.name}: no row has {value!r}; {meant or nearest(value, present)}"
            )
    return texts.isin(asked)


def _ends_meant(text: str, column: pd.Series) -> dict[str, float]:
    """What to write for a text such as ``<= 6`` or ``3-6`` where a column holds numbers; or {}.

    Of ``< 6`` it is the largest value below 6, as both ends are included.
    """
    if not pd.api.types.is_numeric_dtype(column):
        return {}
    if found := RANGE.fullmatch(text.strip()):
        low, high = sorted(map(float, found.groups()))
        return {"from": _plain(low), "to": _plain(high)}
    if not (found := COMPARED.fullmatch(text.strip())):
        return {}
    sign, number = found[1], float(found[2])
    if sign in "<>":
        inside = column[column < number] if sign == "<" else column[column > number]
        number = inside.max() if sign == "<" else inside.min()
    end = "to" if set(sign) & set("<≤") else "from"
    return {} if math.isnan(number) else {end: _plain(number)}


def _plain(number: float) -> float:
    return int(number) if number.is_integer() else number


def _between(column: pd.Series, ends: Mapping[str, float]) -> pd.Series:
    if not pd.api.types.is_numeric_dtype(column):
        value = as_texts(column).iloc[0]
        raise InputError(
            f"rows: {column.name} holds texts such as {value!r}, which have no from: and to:; write"
            " a list of them"
        )
    low, high = _range(ends)
    found = ((column >= low) & (column <= high)).fillna(False).astype(bool)
    if not found.any():
        has = f"it goes from {column.min():g} to {column.max():g}"
        raise InputError(
            f"rows: no row has {say_rows({str(column.name): ends})}; {has}, choose others"
        )
    return found


def _range(ends: Mapping[str, float]) -> tuple[float, float]:
    return ends.get("from", -math.inf), ends.get("to", math.inf)


def never_both(a: Mapping[str, Any] | None, b: Mapping[str, Any] | None) -> bool:
    """Whether no row is chosen by both, by what is asked of one column."""
    a, b = a or {}, b or {}
    return any(_apart(a[name], b[name]) for name in a.keys() & b.keys())


def _apart(one: Any, other: Any) -> bool:
    """Whether no value is asked for by both."""
    if isinstance(one, Mapping):
        one, other = other, one
    if isinstance(one, Mapping):
        (low, high), (least, most) = _range(one), _range(other)
        return max(low, least) > min(high, most)
    values = one if isinstance(one, list) else [one]
    if isinstance(other, Mapping):
        low, high = _range(other)
        return all(isinstance(value, int | float) and not low <= value <= high for value in values)
    others = other if isinstance(other, list) else [other]
    texts, besides = (set(as_texts(pd.Series(part, dtype=object))) for part in (values, others))
    return not texts & besides
