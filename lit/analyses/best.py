"""Which arm is first, and which cannot be told from it; p-values adjusted for their number."""

import math
from collections.abc import Callable, Mapping, Sequence

import pandas as pd

from lit.analyses.columns import spread, spread_headings
from lit.analyses.results import Row
from lit.analyses.words import counted
from lit.measures.comparisons import LEVEL, Pair, compare_pairs, holm, not_told_from, p_against
from lit.measures.samples import Sample

SAID = "paired t-tests over seeds, adjusted for all {} of arms (Holm)"
# Columns of against_first.
AGAINST = {"p_first": "p against the first, adjusted", "told_apart": "told apart from the first"}
BEHIND = spread_headings("behind_first", "behind the first, bits")  # of behind_first


def against_first(values: Mapping[str, Sample]) -> pd.DataFrame:
    """Columns of arms in their order, by name: ``p_first``, the p-value of the comparison with the
    first one, adjusted for all pairs; ``told_apart``, whether it is at most 0.05, empty where there
    is no telling; ``not_told_from``, arms that an arm cannot be told from."""
    pairs = compare_pairs(values)
    p = p_against(next(iter(values)), pairs)
    return pd.DataFrame(
        {
            "p_first": [p[name] for name in values],
            "told_apart": [yes_or_no(p[name]) for name in values],
            "not_told_from": [_names(name, pairs) for name in values],
        }
    )


def behind_first(values: Mapping[str, Sample]) -> pd.DataFrame:
    """Columns of arms in their order, by name: ``behind_first_bits``, what the first one has more,
    paired by seed, with ``_se`` and the ends of its interval; empty for the first itself."""
    first, *others = values
    found = [spread("behind_first", values[first] - values[name]) for name in others]
    return pd.DataFrame([dict.fromkeys(BEHIND, math.nan), *found])


def join_against_first(
    table: pd.DataFrame,
    samples: Sequence[Sample],
    column: str,
    by: Sequence[str],
    *,
    ascending: bool,
    name: str = "arm",
    against: Callable[[Mapping[str, Sample]], pd.DataFrame] = against_first,
) -> pd.DataFrame:
    """The table with the columns of ``against``, of rows alike in ``by``, whose first one is first
    by ``column``; ``samples`` are what is compared, a row each."""
    parts = []
    for _, part in table.groupby(list(by), dropna=False):
        order = part[column].sort_values(ascending=ascending).index
        parts.append(against({part[name][i]: samples[i] for i in order}).set_index(order))
    return table.join(pd.concat(parts))


def yes_or_no(p: float) -> str:
    """Whether a p-value tells two arms apart, as tables say it; nothing where there is none."""
    return "" if math.isnan(p) else "yes" if p <= LEVEL else "no"


def _names(name: str, pairs: Sequence[Pair]) -> str:
    tested = [pair for pair in pairs if not math.isnan(pair.p)]
    return "; ".join(not_told_from(name, tested))


def which_is_best(rows: Sequence[Row], what: str) -> str:
    """A sentence about ``rows`` with these columns, the first one first; ``what`` it has."""
    first, *others = rows
    if not others:
        return "It is the only one."
    if all(math.isnan(row["p_first"]) for row in others):
        return "With fewer than three seeds there is no telling how sure the order is."
    alike = [row["arm"] for row in others if row["told_apart"] == "no"]
    how = SAID.format(counted(len(rows) * (len(rows) - 1) // 2, "pair"))
    if not alike:
        return f"{first['arm']} surely has {what}: it is told from every other by {how}."
    if len(alike) == len(others) > 1:
        return f"Which arm has {what} is not sure: by {how}, none can be told from {first['arm']}."
    rest = f"; {counted(len(others) - len(alike), 'other')} can" if len(alike) < len(others) else ""
    return (
        f"Which arm has {what} is not sure: by {how}, {', '.join(alike)} cannot be told from"
        f" {first['arm']}{rest}."
    )


def adjust(table: pd.DataFrame, column: str, by: Sequence[str] = ()) -> pd.DataFrame:
    """The table with a column of p-values adjusted for their number (Holm), of rows alike in
    ``by``."""
    groups = table.groupby(list(by), dropna=False)[column] if by else [("", table[column])]
    found = [pd.Series(holm(part.to_numpy(dtype=float)), part.index) for _, part in groups]
    return table.assign(**{column: pd.concat(found)})


def told_from_zero(rows: Sequence[Row], name: str) -> str:
    """Which of the values ``name`` of rows are surely above or below 0, by adjusted p-values."""
    tested = [row for row in rows if not math.isnan(row[f"{name}_p"])]
    if not tested:
        return "With fewer than three seeds none can be told from 0."
    sure = [row for row in tested if row[f"{name}_p"] <= LEVEL]
    below = [row["arm"] for row in sure if row[f"{name}_bits"] < 0]
    unsure = [row["arm"] for row in tested if row not in sure]
    how = f"by t-tests adjusted for {counted(len(tested), 'value')} (Holm)"
    if not unsure and not below:
        return f"All are surely above 0, {how}."
    found = [f"surely below 0: {', '.join(below)}"] if below else []
    found += [f"not told from 0: {', '.join(unsure)}"] if unsure else []
    return f"{how[0].upper()}{how[1:]}, {'; '.join(found)}."
