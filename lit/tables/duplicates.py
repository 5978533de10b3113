"""Coded inputs that M was trained on, too: the same examples, or others that look alike."""

from collections.abc import Mapping

import pandas as pd

from lit.analyses.words import size
from lit.tables.reading import has_m

FEW_INPUTS = ("lookup", "parity")  # kinds of data sets whose inputs repeat by design


def warn_of_duplicates(table: pd.DataFrame, kinds: Mapping[str, str]) -> str:
    """A sentence or two where coded inputs are in a source's training set; else nothing.

    Args:
        table: The main table, whose ``duplicates`` are counts over seeds.
        kinds: Kind of each data set, by its name.
    """
    by_design = table["target"].map(kinds).isin(FEW_INPUTS)
    repeated = table[(table["duplicates"] > 0) & ~by_design]
    if not len(repeated):
        return ""
    targets = ", ".join(repeated["target"].unique())
    warm = table[table["target"].isin(repeated["target"]) & has_m(table)]
    coded = (warm["k"] * warm["seeds"]).sum()
    most = repeated.sort_values("duplicates").to_dict("records")[-1]
    row = f"{most['duplicates']:,} of {most['k'] * most['seeds']:,} in one row of the main table"
    at_stake = most["duplicates"] / most["seeds"] * most["uniform_bits"] / most["k"]
    return (
        f"{int(repeated['duplicates'].sum()):,} of {int(coded):,} coded inputs (of {targets}, over"
        f" arms and seeds; at most {row}: {most['arm']}, {size(most['n'])}) also occur, exactly, in"
        " a source's training set. If they are the same examples, L_IT counts some memorised ones,"
        f" about {at_stake:.1f} bits of that row: remove duplicates from the data. If they are"
        " others that look alike, such as two days of equal weather, leave them in."
    )
