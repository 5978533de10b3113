"""What relatives and scores share: measures at thresholds, and rank correlations over few rows."""

import math
from collections.abc import Iterable

import numpy as np
import pandas as pd
from scipy import stats

from lit.analyses.columns import interval_headings
from lit.analyses.results import Row
from lit.analyses.words import number
from lit.measures import description_lengths
from lit.measures.comparisons import holm

FEWEST = 3  # rows below which a rank correlation says nothing
FEWEST_FOR_INTERVAL = 7  # of fewer rows, intervals hold too often (99 % with five)
DECIDE = 5  # rows below which even a perfect order is told from none by no two-sided test at 5 %
NEVER = "Infinite, and not drawn, where the last quarter of the labels costs more than ε each"
RESAMPLES = 9999
UNCERTAIN = interval_headings("value") | {"p_adjusted": "p, adjusted"}  # columns of a correlation


def at_thresholds(
    bits: np.ndarray, eps: Iterable[float], labels: float = 1
) -> dict[tuple[str, str], np.ndarray]:
    """SDL (S,), then eSC (1,) at each threshold in bits a label, by name and unit, of bits (S, k).

    eSC is of the mean over seeds, so there is one. An example carries so many ``labels``.
    """
    surplus = description_lengths.surplus_description_length
    samples = description_lengths.sample_complexity
    eps = list(eps)
    return {(f"SDL, ε = {e:g}", "bits"): surplus(bits, labels * e) for e in eps} | {
        (f"eSC, ε = {e:g}", "examples"): np.array([samples(bits, labels * e)]) for e in eps
    }


def value_and_se(by_seed: np.ndarray) -> dict[str, float]:
    """Columns ``value`` and ``se``: mean over seeds (S,) and its standard error, if it has one."""
    several = len(by_seed) > 1 and bool(np.isfinite(by_seed).all())
    se = float(stats.sem(by_seed)) if several else math.nan
    return {"value": float(np.mean(by_seed)), "se": se}


def rank_correlations(values: pd.DataFrame, column: str, about: str, *also: str) -> list[Row]:
    """Spearman's rho of a column with each measure's values, over the rows that have both.

    Measures are told apart by ``measure``, ``unit`` and what is named besides; ``about`` is what
    the rows are. ``p_adjusted`` is adjusted for all of them. See :func:`spearman`, :func:`holm`.
    """
    names = ["measure", "unit", *also]
    found: list[Row] = []
    for key, here in values.groupby(names, sort=False):
        known = here[here["value"].notna() & here[column].notna()]
        rho, ends, p = spearman(known["value"].to_numpy(), known[column].to_numpy())
        row = {"about": about, **dict(zip(names, key, strict=True)), "value": rho}
        row |= {"value_ci_low": ends[0], "value_ci_high": ends[1], "p_adjusted": p}
        found.append(row | {"rows": len(known)})
    adjusted = holm(np.array([row["p_adjusted"] for row in found]))
    return [row | {"p_adjusted": p} for row, p in zip(found, adjusted.tolist(), strict=True)]


def spearman(x: np.ndarray, y: np.ndarray) -> tuple[float, tuple[float, float], float]:
    """Rho of R pairs, its :func:`interval`, and the p-value of a permutation test that it is not 0.

    The test is exact up to seven pairs. NaN where x or y is constant or pairs are few.
    """
    if len(x) < FEWEST or len(set(x)) == 1 or len(set(y)) == 1:
        return math.nan, (math.nan, math.nan), math.nan
    first, second = (stats.zscore(stats.rankdata(values)) for values in (x, y))
    test = stats.permutation_test(
        (first,),
        lambda drawn, axis: (drawn * second).mean(axis=axis),
        permutation_type="pairings",
        vectorized=True,
        n_resamples=RESAMPLES,
        rng=np.random.default_rng(0),
    )
    return float(test.statistic), interval(test.statistic, len(x)), float(test.pvalue)


def interval(rho: float, pairs: int) -> tuple[float, float]:
    """95 % interval of Spearman's rho; NaN below seven pairs.

    Fisher's z with the variance (1 + rho^2 / 2) / (pairs - 3) (Bonett and Wright 2000). A perfect
    order, whose z is infinite, counts as one in which two neighbours are halfway to changing
    places. Of normal pairs 94 to 98 % of intervals hold.
    """
    if pairs < FEWEST_FOR_INTERVAL:
        return math.nan, math.nan
    most = 1 - 6 / (pairs**3 - pairs)
    z = math.atanh(min(max(rho, -most), most))
    reach = stats.norm.ppf(0.975) * math.sqrt((1 + rho**2 / 2) / (pairs - 3))
    return math.tanh(z - reach), math.tanh(z + reach)


def told(found: pd.DataFrame) -> str:
    """Correlations in words, the largest first, and which of them are surely there."""
    known = found[found["value"].notna()].sort_values("value", ascending=False)
    each = [f"{row['measure']} {number(row['value'], 2)} ({_within(row)})" for row in _rows(known)]
    found_in = f"by permutation tests, adjusted for {len(known)} correlations (Holm)"
    sure = known[known["p_adjusted"] < 0.05]
    if known["rows"].max() < DECIDE:
        decided = f"Fewer than {DECIDE} rows decide nothing"
    elif sure.empty:
        decided = f"None is told from 0 {found_in}"
    else:
        those = ", ".join(f"{row['measure']} (p {_p(row['p_adjusted'])})" for row in _rows(sure))
        decided = f"Told from 0 {found_in}: {those}"
    return f"{', '.join(each)}. {decided}. Intervals are of 95 %, each alone."


def _rows(table: pd.DataFrame) -> list[Row]:
    return table.reset_index().to_dict("records")


def _within(row: Row) -> str:
    low, high, rows = row["value_ci_low"], row["value_ci_high"], f"{row['rows']:.0f} rows"
    return rows if math.isnan(low) else f"{number(low, 2)} to {number(high, 2)}, {rows}"


def _p(p: float) -> str:
    return "< 0.001" if p < 0.001 else f"= {p:.3f}"
