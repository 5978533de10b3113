"""Whether rows of a table come in groups, such as several of one person, which M may recognise."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from lit.analyses.words import percent
from lit.data.arrow import read_parquet
from lit.data.columns import with_numbers
from lit.data.dataset import Dataset
from lit.data.delimited import read_delimited
from lit.data.foreign_data import first_bytes
from lit.data.row_order import count_runs
from lit.errors import InputError

FEWEST = 20  # groups, below which their mean says little
LARGEST = 50  # rows of a group, on average: a value that more have is a trait, such as a trade
# Of the pairs that have two labels among neighbours, which share has one in a group; and how many
# standard errors over groups that is, as there are many columns and tables.
CLOSER, SURELY = 0.1, 5
# The same of a number that more rows have, and whose labels jump by value. In 562 labels of public
# tables that found three codes, of a school, a state and a trade, and four quantities.
SURELY_A_CODE = 3
# Runs of equal values along the rows, as a share of those in a random order, up to which a table is
# listed by a number; it need not be closer then. Of the same public tables that names three numbers
# more, of households, communes and months, and one price.
LISTED = 0.5
READ = 2**28  # bytes of a table, beyond which reading it again takes too long here
CELLS = 2**26  # counts of classes in groups, beyond which there is no room for them
LEVELS = 8  # parts, of equally many examples, that real-valued targets are compared in


class Groups(NamedTuple):
    """What a column's groups are like: shares of pairs of rows that have one label."""

    column: str
    values: int
    within: float
    between: float
    numbers: bool  # whether values have neighbours
    code: bool  # whether so many rows have a value that it may be a place's number, say


def find_groups(frame: pd.DataFrame, y: np.ndarray) -> list[Groups]:
    """Columns whose equal values have equal labels more often than neighbouring values have: far
    more often, but for a number that rows are listed by.

    A trait that is a number, such as a price, has much the same labels at the next value, but who
    it is does not. Texts have no neighbours: they are compared with all rows.

    Args:
        frame: (N, columns) of a table; those of fractions are no groups.
        y: (N,) classes of the rows.
    """
    found = (_groups(str(name), column.reset_index(drop=True), y) for name, column in frame.items())
    known = [one for one in found if one]
    return sorted(known, key=lambda one: (one.code, one.between - one.within))


def _groups(name: str, column: pd.Series, y: np.ndarray) -> Groups | None:
    numeric = pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)
    there = column.notna().to_numpy()
    column, y = column[there], y[there]
    if numeric and (column != column.round()).any():
        return None
    values, group = np.unique(column if numeric else column.astype(str), return_inverse=True)
    code = len(y) > LARGEST * len(values)
    if len(values) < FEWEST or len(y) < 2 * len(values) or (code and not numeric):
        return None
    if len(values) * len(np.unique(y)) > CELLS:
        return None
    counts = pd.crosstab(group, y).to_numpy().astype(float)
    sizes = counts.sum(axis=1)
    shares = counts / sizes[:, None]
    with np.errstate(invalid="ignore"):  # a group of one row has no pairs
        within = (counts * (counts - 1)).sum(axis=1) / (sizes * (sizes - 1))
    other = np.roll(shares, -1, axis=0) if numeric else counts.sum(axis=0) / len(y)
    between = (shares * other).sum(axis=1)
    more = (within - between)[sizes > 1]
    error = more.std(ddof=1) / np.sqrt(len(more)) if len(more) >= FEWEST else np.inf
    means = within[sizes > 1].mean(), between[sizes > 1].mean()
    surely = SURELY_A_CODE if code else SURELY
    closer = 0 if numeric and _is_listed(group) else CLOSER * (1 - means[1])
    if not more.mean() > max(closer, surely * error):
        return None
    return Groups(name, len(values), *means, numeric, code)


def _is_listed(group: np.ndarray) -> bool:
    """Whether rows of a group lie beside each other, as where they are listed place by place."""
    runs, random, _ = count_runs(group, np.zeros_like(group))
    return runs <= LISTED * random


def groups_of(data: Dataset, spec: Mapping[str, Any]) -> str:
    """Which column of a table says whom its rows are of, and what to do; nothing where none does,
    or the entry says so."""
    apart = spec["kind"] != "table" or data.y.ndim != 1 or data.groups is not None
    if apart or Path(spec["path"]).stat().st_size > READ:
        return ""
    frame = _every_column(Path(spec["path"]), spec).drop(columns=spec["label"])
    found = find_groups(frame.loc[data.rows], _few(data))
    return next((_said(one) for one in found if not one.code or _is_number(one, data, spec)), "")


def _is_number(groups: Groups, data: Dataset, spec: Mapping[str, Any]) -> bool:
    """Whether a column is an input as a number, and no category."""
    return groups.column in data.columns and groups.column not in spec.get("categories", ())


def _every_column(path: Path, spec: Mapping[str, Any]) -> pd.DataFrame:
    """A table with the columns that are no inputs, which may say what its rows are of."""
    if first_bytes(path) == b"PAR1":
        with read_parquet(path) as file:
            return file.read().to_pandas(ignore_metadata=True)  # whose rows are numbered as there
    frame = read_delimited(path, spec)
    decimal = spec.get("decimal", ".")
    return pd.DataFrame({name: _as_it_is(column, decimal) for name, column in frame.items()})


def _as_it_is(column: pd.Series, decimal: str) -> pd.Series:
    """A column as numbers, where it holds these; what the loader would refuse, such as dates that
    the entry drops, is left as it is."""
    try:
        return with_numbers(column, decimal)
    except InputError:
        return column


def _few(data: Dataset) -> np.ndarray:
    """(N,) classes, of real-valued targets a few wide ones."""
    if data.bins is None:
        return data.y
    return np.argsort(np.argsort(data.y, kind="stable")) * LEVELS // len(data.y)


def _said(groups: Groups) -> str:
    name = groups.column
    compared = "rows of the next one" if groups.numbers else "all rows"
    found = (
        f"rows of one {name!r} ({groups.values:,} values) have one label in"
        f" {percent(groups.within)} of their pairs, with {compared} in {percent(groups.between)}"
    )
    if groups.code:
        return (
            f"{found}. If it is a code, such as a place's, write categories: [{name}] or, where new"
            f" examples come from other places, groups: {name}, which is then no input; if it is a"
            " quantity, leave it (docs/data.md, Rows that belong together)"
        )
    return (
        f"{found}, as though they were of one person, place or device, whom M recognises in the"
        f" stream. If they are, write groups: {name}, which is then no input; if it is a trait,"
        " leave it (docs/data.md, Rows that belong together)"
    )
