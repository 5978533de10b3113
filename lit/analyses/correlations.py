"""What relatives and scores share: measures at thresholds, and rank correlations over few rows."""

import math
from collections.abc import Iterable

import numpy as np
import pandas as pd
from scipy import stats

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


def rank_correlation(rows: pd.DataFrame, one: str, other: str) -> float:
    """Spearman's rho of two columns; NaN where either is constant or rows are few."""
    if len(rows) < FEWEST or rows[one].nunique() < 2 or rows[other].nunique() < 2:
        return math.nan
    return float(stats.spearmanr(rows[one], rows[other]).statistic)
