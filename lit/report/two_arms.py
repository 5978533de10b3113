"""By how much one of two arms saves more, and the command that says it of others."""

import math

import numpy as np
import pandas as pd

from lit.analyses.words import at_n, say_more
from lit.measures.comparisons import LEVEL
from lit.measures.intervals import estimate
from lit.report.formats import format_bits, format_interval
from lit.report.names import say_names
from lit.tables.courses import teach_nothing
from lit.tables.reading import has_m

READY = -1  # where weights that were not trained here stand among n


def rows_that_answer(table: pd.DataFrame) -> pd.DataFrame:
    """Rows with an M and true labels, on both sides."""
    taught = ~teach_nothing(table["source_labels"])
    rows = table[(table["labels"] == "true") & taught & has_m(table)]
    return rows[rows["l_it_bits"].notna()]


def how_to_compare(table: pd.DataFrame) -> str:
    """The command that says by how much two arms of one stream and n differ, if there are any."""
    rows = rows_that_answer(table)
    alike = rows.groupby(["target", "k", "n"], dropna=False, sort=False)["arm"].unique()
    arms = next((arms for arms in alike if len(arms) > 1), None)
    return "" if arms is None else f"python -m lit compare STUDY.yaml --arms {arms[0]} {arms[1]}"


def more_of_two(rows: pd.DataFrame, by_seed: pd.DataFrame) -> str:
    """By how much one of two arms saves more at the largest n of both; one stream, one learner.

    Totals by seed have an interval about these examples alone, so that nothing is said where that
    of L_IT is about examples like these: the analysis ``compare`` has every example's bits.
    """
    sizes, arms = rows["n"].fillna(READY), rows["arm"].unique()
    shared = sizes[sizes.duplicated()]
    if len(arms) != 2 or rows[["target", "k", "learner"]].nunique().max() > 1 or shared.empty:
        return ""
    here = rows[sizes == shared.max()]
    if "about" not in here or (here["about"] != "these examples").any():
        return ""
    at = by_seed[by_seed["n"].fillna(READY) == shared.max()].set_index("seed").sort_index()
    names = here.sort_values("l_it_bits", ascending=False)["arm"]
    one, other = (at[at["arm"] == name] for name in names)
    if not np.array_equal(one["label_entropy_bits"], other["label_entropy_bits"]):
        return ""
    more = estimate((one["l_it_bits"] - other["l_it_bits"]).to_numpy())
    if math.isnan(more.p):
        return ""
    first, second = (f"“{say_names(names)[name]}”" for name in names)
    bits, ends, apart = format_bits(more.mean), format_interval(*more.ci), more.p <= LEVEL
    said = say_more(first, second, bits, ends, "paired by seed", told_apart=apart)
    return f"{at_n(here['n'].iloc[0])}, {said}"
