"""Numbers and rows of tables as the report page shows them."""

from typing import Any

import numpy as np
import pandas as pd


def format_bits(value: float | None) -> str:
    """A number of bits as people read it: one decimal below 1000, none above, a true minus sign."""
    if pd.isna(value):
        return "–"
    text = f"{value:,.{_digits(value)}f}"
    return ("0.0" if text == "-0.0" else text).replace("-", "−")


def as_written(bits: float) -> float:
    """A number of bits, rounded as :func:`format_bits` rounds it."""
    return round(bits, _digits(bits))


def _digits(bits: float) -> int:
    """Decimals of a number of bits."""
    return 1 if abs(bits) < 1000 else 0


def format_interval(low: float, high: float) -> str:
    """An interval in bits, or a dash."""
    return "–" if pd.isna(low) else f"{format_bits(low)} to {format_bits(high)}"


def format_count(value: int | None) -> str:
    """A number of examples, or a dash where it is unknown."""
    return "–" if pd.isna(value) else f"{int(value):,}"


def format_share(value: float | None) -> str:
    """An accuracy with three decimals, or a dash."""
    return "–" if pd.isna(value) else f"{value:.3f}"


def format_cell(value: Any) -> str:
    """A value of an analysis' table: whole numbers as counts, others as bits."""
    if isinstance(value, str):
        return value
    if pd.isna(value):
        return "–"
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, int | np.integer):
        return format_count(int(value))
    return f"{value:.3f}".replace("-", "−") if abs(value) < 10 else format_bits(value)


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as mappings, None where a value is missing."""
    rows = table.astype(object).where(table.notna(), None).to_dict("records")
    return [{str(name): value for name, value in row.items()} for row in rows]
