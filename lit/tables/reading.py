"""Reading tables of ours from CSV."""

from pathlib import Path

import pandas as pd

# Names stay text: a column of labels that are all ``true`` is no column of truth values.
NAMES = (
    "study arm target source model learner labels source_labels run start settings code inputs"
    " versions digest reference sequence algorithm task head orders dataset kind shape class_names"
    " type scaling warnings notes"
)
COUNTS = ("n", "order", "t", "j")  # empty where there is none


def read_table(path: str | Path) -> pd.DataFrame:
    """A table of ours from CSV."""
    types = dict.fromkeys(NAMES.split(), str) | dict.fromkeys(COUNTS, "Int64")
    # An arm may be called NA or null: only what is empty is missing.
    return pd.read_csv(path, dtype=types, keep_default_na=False, na_values=[""])


def outside_sequences(table: pd.DataFrame) -> pd.DataFrame:
    """Rows of arms with a target; the many cells of sequences are left to their analyses."""
    return table[table["sequence"].isna()] if "sequence" in table else table
