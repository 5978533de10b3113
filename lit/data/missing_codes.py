"""Numbers of a column that may stand for a missing value, as 99 beside 0 to 10 children."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

HIGH = [value for nines in (100, 1000, 10000) for value in range(nines - 3, nines)]
LOW = [-9999, -999, -99, *range(-9, 0)]
FAR = 2  # times the largest of the others, from which on a number of nines is none of them
FEWEST = 3  # different others


def missing_codes(column: np.ndarray) -> tuple[list[int], float, float]:
    """Numbers of nines far above all others, or whole negative ones below others that are not.

    Args:
        column: Its numbers, without gaps.

    Returns:
        Those numbers, and the smallest and largest of the others; no numbers where there are none.
    """
    present = np.unique(column)
    others = present[~np.isin(present, HIGH + LOW)]
    if len(others) < FEWEST:
        return [], np.nan, np.nan
    low, high = float(others[0]), float(others[-1])
    above = [value for value in HIGH if value in present and value >= FAR * high]
    below = [value for value in LOW if value in present and low >= 0]
    return below + above, low, high


def say_codes(columns: Iterable[tuple[str, pd.Series | None]]) -> list[str]:
    """What to do about such numbers, a line a column of a table, by its name; None is no number."""
    said = []
    for name, column in columns:
        codes, low, high = ([], 0, 0) if column is None else missing_codes(column.to_numpy())
        if codes:
            listed = ", ".join(f"'{code}'" for code in codes)
            said.append(
                f"gaps: {name} has {', '.join(map(str, codes))} beside {low:g} to {high:g}; if that"
                f" stands for a missing value, write na_values: [{listed}]."
            )
    return said
