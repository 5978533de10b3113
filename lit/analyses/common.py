"""What analyses share: which rows they take, and the columns of their tables."""

import dataclasses
import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
from scipy import stats

from lit.analyses.results import Datasets, Options, Results, Row
from lit.errors import InputError
from lit.measures.intervals import estimate
from lit.study import label_transforms

# rows -----------------------------------------------------------------------------------------


def trained(rows: list[Row]) -> list[Row]:
    """Rows whose M is a trained one."""
    return [row for row in rows if row["n"] != 0]


def differing(rows: list[Row], names: Iterable[str]) -> list[str]:
    """Names of the values that are not the same in all rows."""
    return [name for name in names if len({row[name] for row in rows}) > 1]


def by_key(
    rows: list[Row], key: Callable[[Row], tuple[Any, ...]], what: str
) -> dict[tuple[Any, ...], Row]:
    """Rows by what tells them apart; two of one key are refused, and ``what`` it is in words."""
    found: dict[tuple[Any, ...], Row] = {}
    for row in rows:
        own = key(row)
        if own in found:
            raise InputError(
                f"arms {found[own]['arm']} and {row['arm']} have the same {what}"
                f" ({', '.join(map(str, own))}); keep one of them"
            )
        found[own] = row
    return found


def select_trained(rows: list[Row], options: Options, datasets: Datasets) -> list[Row]:
    """Rows of a trained M."""
    found = trained(rows)
    if not found:
        raise InputError("no row has n > 0; add arms with a trained M, such as n: [0, 256]")
    return found


def select_order(rows: list[Row], options: Options, datasets: Datasets) -> list[Row]:
    """All rows, to be set in an order against a reference of one n.

    :func:`lit.workflow.preflight.check_together` sees that they code the same labels.
    """
    if len(rows) < 2:
        raise InputError(
            f"needs several rows to set in an order, and has arm {rows[0]['arm']} alone; add one"
        )
    sizes = [str(row["n"]) for row in rows if row["arm"] == options.get("reference")]
    if len(sizes) > 1:
        raise InputError(
            f"the reference {options['reference']} has several n ({', '.join(sizes)}), and one row"
            " is needed; name an arm of one n"
        )
    return rows


def on_one_stream(results: Results) -> Results:
    """The same results, every row cut at the smallest k of them.

    Raises:
        InputError: naming two arms that do not code the same labels in the same order.
    """
    k = min(row["k"] for row in results.rows)
    first, *others = results.rows
    label = results.codes[first["cold"]]["label"][:, :k]
    for row in others:
        if not np.array_equal(label, results.codes[row["cold"]]["label"][:, :k]):
            raise InputError(
                f"arms {first['arm']} and {row['arm']} code other labels; take arms of one data"
                " set, features of it among them"
            )
    return dataclasses.replace(results, rows=[row | {"k": k} for row in results.rows])


# columns --------------------------------------------------------------------------------------


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


def about(row: Row) -> Row:
    """The columns that say which row of the main table this is."""
    names = ("arm", "target", "model", "learner", "n", "k")
    return {name: row[name] for name in names} | {
        "source": row["source_dataset"],
        "labels": label_transforms.name(row["labels"]),
        "source_labels": label_transforms.name(row["source_labels"]),
    }


def spread(name: str, values: np.ndarray) -> dict[str, float]:
    """Columns ``<name>_bits``, ``_se``, ``_ci_low``, ``_ci_high`` of values (S,) by seed.

    See :func:`lit.measures.intervals.estimate`.
    """
    found = estimate(values)
    columns = {"bits": found.mean, "se": found.se, "ci_low": found.ci[0], "ci_high": found.ci[1]}
    return {f"{name}_{column}": value for column, value in columns.items()}


def mean_and_se(name: str, values: np.ndarray) -> dict[str, float]:
    """Columns ``<name>_bits`` and ``_se`` of values (S,) by seed, where no interval is wanted."""
    se = float(stats.sem(values)) if len(values) > 1 else math.nan
    return {f"{name}_bits": float(np.mean(values)), f"{name}_se": se}


def cumulative(bits: np.ndarray) -> np.ndarray:
    """(S, k + 1) bits of the first 0, 1, ..., k labels, of bits (S, k)."""
    return np.pad(bits.cumsum(axis=1), ((0, 0), (1, 0)))
