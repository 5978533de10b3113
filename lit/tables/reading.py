"""Reading tables of ours from CSV."""

from pathlib import Path

import numpy as np
import pandas as pd

# Names stay text: a column of labels that are all ``true`` is no column of truth values.
NAMES = (
    "study arm target source model learner labels source_labels run start settings code inputs"
    " versions digest reference sequence algorithm task head orders dataset kind shape class_names"
    " type scaling warnings notes"
)
COUNTS = ("n", "order", "t", "j")  # whole numbers, empty where there is none


def read_table(path: str | Path) -> pd.DataFrame:
    """A table from CSV. A user's own may hold anything in a column that is a count in ours."""
    # An arm may be called NA or null: only what is empty is missing.
    names = dict.fromkeys(NAMES.split(), str)
    table = pd.read_csv(path, dtype=names, keep_default_na=False, na_values=[""])
    counts = {name: "Int64" for name in COUNTS if name in table and _are_whole(table[name])}
    return table.astype(counts)


def _are_whole(values: pd.Series) -> bool:
    known = values.dropna()
    if known.empty or known.dtype.kind not in "iuf":
        return known.empty
    return bool((known.mod(1).eq(0) & known.abs().lt(2**53)).all())


def has_m(table: pd.DataFrame) -> "pd.Series[bool]":
    """Whether a row is of a trained M: at n = 0, M is θ₀; of ready weights n is missing."""
    return table["n"].fillna(1) != 0


def count_labels(table: pd.DataFrame) -> pd.Series:
    """Labels of each row's stream, of which an example may carry several: the uniform code takes
    log2 C bits for each."""
    known = table["uniform_bits"] / np.log2(table["classes"]) if "uniform_bits" in table else None
    return table["k"] if known is None else known.where(table["classes"] > 1, table["k"])


def outside_sequences(table: pd.DataFrame) -> pd.DataFrame:
    """Rows of arms with a target; the many cells of sequences are left to their analyses."""
    return table[table["sequence"].isna()] if "sequence" in table else table
