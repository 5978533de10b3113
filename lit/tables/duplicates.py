"""Coded inputs that M was trained on, too: the same examples, or others that look alike."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from lit.analyses.words import size
from lit.tables.courses import teach_nothing
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
    # About what these labels cost from theta0, of which no more than L_IT can have been saved.
    cost = repeated["duplicates"] / repeated["seeds"] * repeated["l_theta0_bits"] / repeated["k"]
    saved = repeated["l_it_bits"].clip(lower=0)
    # Labels of other examples, or random ones, are none that M could remember.
    lost = np.where(teach_nothing(repeated["source_labels"]), 0.0, np.minimum(cost, saved))
    most = (
        repeated.assign(lost=lost)
        .sort_values(["lost", "duplicates"], na_position="first")
        .to_dict("records")[-1]
    )
    row = f"{most['duplicates']:,} of {most['k'] * most['seeds']:,} of {most['arm']}"
    bits = (
        f"up to {most['lost']:,.1f} bits of that row's L_IT are memory" if most["lost"] > 0 else ""
    )
    return (
        f"{int(repeated['duplicates'].sum()):,} of {int(coded):,} coded inputs (of {targets}, over"
        f" arms and seeds; {row}, {size(most['n'])}) also occur, exactly, in a source's training"
        f" set: if they are the same examples, {bits or 'M knows them'}, so remove them; if they"
        " are others that look alike, such as two days of equal weather, leave them in."
    )
