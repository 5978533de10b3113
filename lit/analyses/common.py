"""What analyses share: which rows they take, and how these are named in their tables."""

import dataclasses
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from lit.analyses.results import Datasets, Options, Results, Row
from lit.errors import InputError
from lit.files.result_files import Arrays
from lit.study import label_transforms


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
    """The same results, every row cut at the smallest k of them; see :func:`check_one_stream`."""
    k = min(row["k"] for row in results.rows)
    check_one_stream([(row["arm"], results.codes[row["cold"]]) for row in results.rows], k)
    return dataclasses.replace(results, rows=[row | {"k": k} for row in results.rows])


def check_one_stream(streams: list[tuple[str, Arrays]], k: int, where: str = "") -> None:
    """Check that codes are of the same k labels in the same order, or of recorded runs, whose
    labels are not known, of the same examples.

    Args:
        streams: Arms' names, and the arrays of their codes from theta0.
        k: Of the first k labels.
        where: How errors begin.

    Raises:
        InputError: naming two arms that do not, or do not say so.
    """
    first, arrays = streams[0]
    name = "label" if "label" in arrays else "index"
    for arm, other in streams[1:]:
        if other is arrays:
            continue
        if name not in arrays or name not in other:
            raise InputError(
                f"{where}arms {first} and {arm} do not say which examples they code; record them"
                " with index"
            )
        if not np.array_equal(arrays[name][:, :k], other[name][:, :k]):
            raise InputError(
                f"{where}arms {first} and {arm} code other labels; take arms of one data set,"
                " features of it among them"
            )


def subject(row: Row) -> str:
    """An arm, with its n where it has one, in words."""
    return f"{row['arm']}, n = {row['n']:,}" if row["n"] else row["arm"]


def about(row: Row) -> Row:
    """The columns that say which row of the main table this is."""
    names = ("arm", "target", "model", "learner", "n", "k")
    return {name: row[name] for name in names} | {
        "source": row["source_dataset"],
        "labels": label_transforms.name(row["labels"]),
        "source_labels": label_transforms.name(row["source_labels"]),
    }
