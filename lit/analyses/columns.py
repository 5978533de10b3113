"""Columns of an analysis' table from values by seed, and headings of columns in the report."""

import math
from collections.abc import Mapping

import numpy as np
from scipy import stats

from lit.measures.intervals import estimate
from lit.measures.samples import Sample


def headings(*parts: str | Mapping[str, str]) -> dict[str, str]:
    """Headings of a report's table by column, in their order.

    Args:
        parts: ``column: heading``; names that are their own headings; or headings by column.
    """
    found: dict[str, str] = {}
    for part in parts:
        if not isinstance(part, str):
            found |= part
        elif ": " in part:
            name, heading = part.split(": ")
            found[name] = heading
        else:
            found |= {name: name for name in part.split()}
    return found


def spread_headings(name: str, heading: str, se: str = "± s.e.") -> dict[str, str]:
    """Headings of the columns that :func:`spread` makes."""
    return {f"{name}_bits": heading, f"{name}_se": se} | interval_headings(name)


def interval_headings(name: str) -> dict[str, str]:
    """Headings of the ends of an interval."""
    return {f"{name}_ci_low": "95 % from", f"{name}_ci_high": "to"}


def spread(name: str, values: np.ndarray | Sample, p: bool = False) -> dict[str, float]:
    """Columns ``<name>_bits``, ``_se``, ``_ci_low``, ``_ci_high`` of values by seed; with ``p``
    also ``_p``, of being 0.

    See :func:`lit.measures.intervals.estimate`.
    """
    found = estimate(values)
    columns = {"bits": found.mean, "se": found.se, "ci_low": found.ci[0], "ci_high": found.ci[1]}
    columns |= {"p": found.p} if p else {}
    return {f"{name}_{column}": value for column, value in columns.items()}


def mean_and_se(name: str, values: np.ndarray) -> dict[str, float]:
    """Columns ``<name>_bits`` and ``_se`` of values (S,) by seed, where no interval is wanted."""
    se = float(stats.sem(values)) if len(values) > 1 else math.nan
    return {f"{name}_bits": float(np.mean(values)), f"{name}_se": se}


def cumulative(bits: np.ndarray) -> np.ndarray:
    """(S, k + 1) bits of the first 0, 1, ..., k labels, of bits (S, k)."""
    return np.pad(bits.cumsum(axis=1), ((0, 0), (1, 0)))
