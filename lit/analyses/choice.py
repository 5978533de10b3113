"""How many seeds, and how many labels k, are enough."""

from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from lit.analyses.columns import cumulative, headings
from lit.analyses.common import about, select_trained
from lit.analyses.results import Options, Results, Row
from lit.measures.intervals import estimate

KIND: dict[str, bool] = {}
TAKES = "rows of a trained M"
TITLE = "How many seeds and labels are enough"
COLUMNS = headings(
    "arm model labels n k about",
    "x: seeds, or labels",
    "value: s.e., or L_IT",
    "low: 95 % from",
    "high: to",
    "share: share of L_IT",
    "last_doubling: share of the last doubling",
)
SEEDS = (2, 3, 5, 10, 20)
# Share of L_IT below which its standard error, or what the last doubling of k adds, is small.
ENOUGH = 0.05

select = select_trained


def tabulate(results: Results, options: Options) -> pd.DataFrame:
    """Several rows a row of the main table with n > 0.

    Where ``about`` is "seeds", ``value`` is the standard error of L_IT to be expected with ``x``
    seeds, ``low`` and ``high`` its 95 % interval from the chi-square distribution of a variance.
    Where it is "k", ``value`` is L_IT on the first ``x`` labels, at each end of a block, with its
    95 % interval, and ``last_doubling`` what labels x/2 .. x add to it. ``share`` and
    ``last_doubling`` are shares of L_IT on all k labels.
    """
    rows = select(results.rows, options, results.datasets)
    found = [
        about(row) | part for row in rows for part in _by_seeds(results, row) + _by_k(results, row)
    ]
    return pd.DataFrame(found).astype({"n": "Int64"})


def _by_seeds(results: Results, row: Row) -> list[Row]:
    transfer = results.transfer(row)
    freedom = len(transfer) - 1
    sd = float(pd.Series(transfer).std())
    low = high = np.nan  # with one seed there is no variance to go by
    if freedom:
        low, high = np.sqrt(freedom / stats.chi2.ppf([0.975, 0.025], freedom))
    return [
        {"about": "seeds", "x": seeds, "value": sd / np.sqrt(seeds)}
        | {"low": low * sd / np.sqrt(seeds), "high": high * sd / np.sqrt(seeds)}
        | {"share": _share(sd / np.sqrt(seeds), abs(transfer.mean())), "last_doubling": np.nan}
        for seeds in SEEDS
    ]


def _by_k(results: Results, row: Row) -> list[Row]:
    k = row["k"]
    saved = cumulative(results.bits(row["cold"], k) - results.bits(row["warm"], k))
    total, found = float(saved[:, k].mean()), []
    for _, end in results.blocks(row):
        here = estimate(saved[:, end])
        last = here.mean - float(saved[:, end // 2].mean())
        found.append(
            {"about": "k", "x": end, "value": here.mean, "low": here.ci[0], "high": here.ci[1]}
            | {"share": _share(here.mean, total), "last_doubling": _share(last, total)}
        )
    return found


def _share(part: float, whole: float) -> float:
    return part / whole + 0.0 if whole else np.nan  # + 0 makes -0.0 a zero


def subject(arm: Any, n: Any) -> str:
    """An arm with its n, in words."""
    return f"{arm}, pretrained" if pd.isna(n) else f"{arm}, n = {n:,}"


def describe(table: pd.DataFrame) -> list[str]:
    """How many seeds make the standard error small, and whether L_IT still grows with k, by arm."""
    seeds, labels = [], []
    for (arm, n), rows in table.groupby(["arm", "n"], sort=False, dropna=False):
        end = rows[rows["about"] == "k"].sort_values("x").iloc[-1]
        if end["value"] == 0 or end["low"] <= 0 <= end["high"]:
            needed = "L_IT cannot be told from 0, and has no shares"
        else:
            needed = _seeds_needed(rows[rows["about"] == "seeds"].iloc[0], abs(end["value"]))
            last = end["last_doubling"]
            growing = "falling" if last < 0 else "still growing"
            labels.append(
                f"{subject(arm, n)}: {'saturated' if abs(last) < ENOUGH else growing}, the last"
                f" doubling to k = {end['x']:,} adds {last:.1%} of {end['value']:,.0f} bits"
            )
        seeds.append(f"{subject(arm, n)}: {needed}")
    return [
        f"Seeds for a standard error below {ENOUGH:.0%} of L_IT. {'; '.join(seeds)}. A few seeds"
        " tell their spread only roughly: in brackets is the 95 % chi-square interval, for an L_IT"
        " that is normally distributed over seeds.",
        f"L_IT has saturated in k where the last doubling of k adds less than {ENOUGH:.0%} of it."
        f" {'; '.join(labels) or 'No arm has an L_IT that can be told from 0'}. What still grows"
        " would be larger with a larger k: compare values at equal k alone.",
    ]


def _seeds_needed(row: pd.Series, transfer: float) -> str:
    """Smallest number of seeds, at least two, from the standard error with ``x`` of them."""
    if np.isnan(row["value"]):
        return "one seed tells nothing about the spread"
    shares = (row[name] / (ENOUGH * transfer) for name in ("value", "low", "high"))
    needed, low, high = (max(2, int(row["x"] * share**2) + 1) for share in shares)
    return f"{needed:,} ({low:,} to {high:,})"
