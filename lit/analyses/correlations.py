"""What relatives and scores share: measures at thresholds, and rank correlations over few rows."""

import math
from collections.abc import Iterable, Iterator

import numpy as np
import pandas as pd
from scipy import stats

from lit.analyses.results import Row
from lit.measures import description_lengths

FEWEST = 3  # rows below which a rank correlation says nothing
NEVER = "Infinite, and not drawn, where a block's mean stays above ε to the end in some seed"


def at_thresholds(
    bits: np.ndarray, blocks: list[tuple[int, int]], eps: Iterable[float]
) -> dict[tuple[str, str], np.ndarray]:
    """SDL, then eSC (S,) at each threshold in bits a label, by name and unit, of bits (S, k)."""
    surplus = description_lengths.surplus_description_length
    samples = description_lengths.sample_complexity
    eps = list(eps)
    return {(f"SDL, ε = {e:g}", "bits"): surplus(bits, blocks, e) for e in eps} | {
        (f"eSC, ε = {e:g}", "examples"): samples(bits, blocks, e) for e in eps
    }


def rank_correlations(values: pd.DataFrame, column: str, about: str, *also: str) -> Iterator[Row]:
    """Spearman's rho of a column with each measure's values, over the rows that have both.

    NaN where either is constant or rows are few. Measures are told apart by ``measure``, ``unit``
    and what is named besides; ``about`` is what the rows are.
    """
    names = ["measure", "unit", *also]
    for key, here in values.groupby(names, sort=False):
        known = here[here["value"].notna() & here[column].notna()]
        rho = math.nan
        if len(known) >= FEWEST and (known[["value", column]].nunique() > 1).all():
            rho = float(stats.spearmanr(known["value"], known[column]).statistic)
        yield {
            "about": about,
            **dict(zip(names, key, strict=True)),
            "value": rho,
            "rows": len(known),
        }
