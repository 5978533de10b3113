"""Whether a column of a table merely counts its rows."""

import re

import numpy as np

# A column without a name as we and pandas call it, and what pandas and R call it when written anew.
NAMELESS = re.compile(r"(?i)unnamed:? ?\d+(\.\d+)?|index|rownames|")


def numbers_the_rows(values: np.ndarray, name: str) -> bool:
    """Whether values count up by one; without a name by more too, as where rows were dropped."""
    if len(values) < 3 or np.isnan(values).any():
        return False
    steps = np.diff(values)
    if NAMELESS.fullmatch(name):
        return bool((steps >= 1).all() and (values == np.round(values)).all())
    return bool((steps == 1).all())
