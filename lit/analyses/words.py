"""What texts and figures say of a table: numbers, intervals and sizes as people read them."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

DRAWN = {"random": "random labels", "shuffled": "labels of other examples"}
CLASSES = {
    "classes": "classes",
    "without": "all but class",
    "only": "class",
    "constant": "all labels are",
}


def one_of(table: pd.DataFrame, column: str) -> Any:
    """The value that a column has throughout; a ValueError where it has several."""
    (value,) = set(table[column])
    return value


def number(value: float, digits: int = 0) -> str:
    """A number as people read it, whole or with decimals, with a true minus sign."""
    text = f"{value:,.{digits}f}"
    return (text if float(text.replace(",", "")) else text.removeprefix("-")).replace("-", "−")


def numbers(values: Iterable[float]) -> str:
    """Different whole numbers in their order, such as all k of a table."""
    return ", ".join(f"{value:,}" for value in sorted(set(values)))


def percent(share: float, digits: int = 0) -> str:
    """A share in per cent."""
    return f"{number(100 * share, digits)} %"


def counted(count: int, noun: str) -> str:
    """How many there are of what is named in the singular."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def plus_minus(mean: float, se: float) -> str:
    """A mean with its standard error, if there is one."""
    digits = 1 if se < 1 else 0
    return number(mean) if np.isnan(se) else f"{number(mean, digits)} ± {number(se, digits)}"


def with_interval(row: Mapping[Any, Any], name: str) -> str:
    """The bits of :func:`lit.analyses.common.spread` in words, with any interval."""
    low = row[f"{name}_ci_low"]
    high = row[f"{name}_ci_high"]
    interval = "" if np.isnan(low) else f" (95 % interval {number(low)} to {number(high)})"
    return f"{number(row[f'{name}_bits'])} bits{interval}"


def say_p(p: float) -> str:
    """A p-value in words."""
    return f"p = {p:.3f}" if p >= 0.0005 else "p < 0.001"


def say_more(
    first: str,
    second: str,
    bits: str,
    interval: str,
    how: str,
    *,
    told_apart: bool,
    does: str = "saves",
    more: str = "more",
) -> str:
    """By how much one arm saves more than another, or needs fewer, and whether that can be told."""
    unsure = "" if told_apart else ": they cannot be told apart"
    said = f"{first} {does} {bits} bits {more} than {second}"
    return f"{said} (95 % interval {interval}, {how}){unsure}."


def in_order(told: list[str]) -> str:
    """What is told of each, in the order given; of more than four, the first and the last alone."""
    if len(told) <= 4:
        return "; ".join(told)
    return f"first {told[0]}; last {told[-1]}; the table has the {len(told) - 2} between them"


def size(n: Any) -> str:
    """What M was trained on, by its n."""
    return "ready weights" if pd.isna(n) else "θ₀" if n == 0 else f"n = {n:,}"


def at_n(n: Any) -> str:
    """How a sentence about rows of one n begins."""
    return "With ready weights" if pd.isna(n) else f"At n = {n:,}"


def say_labels(name: object) -> str:
    """Labels by the name of their transform."""
    kind, _, value = str(name).partition("-")
    if name == "true":
        return "true labels"
    if kind in DRAWN:
        return DRAWN[kind] if value == "1" else f"{100 * float(value):g} % {DRAWN[kind]}"
    if kind in CLASSES:
        return f"{CLASSES[kind]} {value.replace('+', ', ')}"
    if kind == "groups":
        return f"classes grouped as {value.replace('+', ', ').replace('_', ' | ')}"
    return str(name)
