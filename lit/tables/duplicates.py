"""Coded inputs that M was trained on, too: the same examples, or others that look alike."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from lit.analyses.words import number, size
from lit.tables.courses import teach_nothing
from lit.tables.reading import has_m

FEW_INPUTS = ("lookup", "parity")  # kinds of data sets whose inputs repeat by design
COPIES = "examples repeat another"  # what is said of a data set that may hold copies
LITTLE = 1  # bit of L_IT, below which what inputs save that M saw too is not worth a word


def warn_of_duplicates(table: pd.DataFrame, kinds: Mapping[str, str]) -> str:
    """A sentence or two where coded inputs are in a source's training set, and their labels save
    something; else nothing.

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
    repeated = repeated.assign(remembered=remembered(repeated))
    taught = repeated["remembered"][~teach_nothing(repeated["source_labels"])]
    if taught.notna().all() and taught.abs().max() < LITTLE:
        return ""
    ordered = repeated.sort_values(["remembered", "duplicates"], na_position="first")
    most = ordered.to_dict("records")[-1]
    row = f"{most['duplicates']:,} of {most['k'] * most['seeds']:,} of {most['arm']}"
    bits = ""
    if not np.isnan(most["remembered"]):
        bits = f"; their labels are {number(most['remembered'], 1)} of that row's"
        bits += f" {number(most['l_it_bits'], 1)} bits"
    return (
        f"{int(repeated['duplicates'].sum()):,} of {int(coded):,} coded inputs (of {targets}, over"
        f" arms and seeds; {row}, {size(most['n'])}) also occur, exactly, in a source's training"
        f" set{bits}. If they are the same examples, that is memory, so remove them; if they are"
        " others that look alike, such as two days of equal weather, leave them in."
    )


def remembered(table: pd.DataFrame) -> pd.Series:
    """Bits of each row's L_IT that are those of labels of inputs which M saw too; NaN where that is
    not known, or where labels of other examples, or random ones, are none that M could remember."""
    none = teach_nothing(table["source_labels"])
    return table.get("l_it_duplicates_bits", pd.Series(np.nan, table.index)).where(~none)


def say_little(table: pd.DataFrame, target: str) -> str:
    """How much of L_IT such labels of a target are, where it is less than a bit; else nothing."""
    same = table[(table["target"] == target) & (table["duplicates"] > 0)]
    most = remembered(same).abs().max()
    if not most < LITTLE:
        return ""
    return f" Labels of inputs that M saw too are at most {number(most, 1)} bits of an L_IT here."
