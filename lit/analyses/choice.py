"""How many seeds, and how many labels k, are enough."""

from typing import Any

import numpy as np
import pandas as pd

from lit.analyses.best import adjust
from lit.analyses.columns import headings, interval_headings
from lit.analyses.common import about, select_trained
from lit.analyses.results import Options, Results, Row
from lit.analyses.words import counted, number, percent
from lit.measures.comparisons import LEVEL
from lit.measures.intervals import estimate

KIND = {"recorded": True}
TAKES = "rows of a trained M"
TITLE = "How many seeds and labels are enough"
COLUMNS = headings(
    "arm model labels n k about",
    "x: seeds, or labels",
    "value: s.e., or L_IT",
    "low: 95 % of L_IT from",
    "high: to",
    "share: share of L_IT",
    "last_doubling: share of the last doubling",
    interval_headings("last"),
)
SEEDS = (2, 3, 5, 10, 20)
# Share of L_IT below which its standard error, or what the last doubling of k adds, is small.
ENOUGH = 0.05

select = select_trained


def tabulate(results: Results, options: Options) -> pd.DataFrame:
    """Several rows a row of the main table with n > 0.

    Where ``about`` is "seeds", ``value`` is the standard error of L_IT to be expected with ``x``
    seeds; it has no interval, since none holds for few seeds whatever the values' distribution.
    Where it is "k", ``value`` is L_IT on the first ``x`` labels, at each end of a block, with its
    95 % interval ``low`` to ``high``, and ``last_doubling`` what labels x/2 .. x add to it, with
    ``last_ci_*`` and its unadjusted p-value ``last_p``. ``share``, ``last_doubling`` and
    ``last_ci_*`` are shares of L_IT on all k labels.
    """
    rows = select(results.rows, options, results.datasets)
    found = [
        about(row) | part for row in rows for part in _by_seeds(results, row) + _by_k(results, row)
    ]
    return pd.DataFrame(found).astype({"n": "Int64"})


def _by_seeds(results: Results, row: Row) -> list[Row]:
    transfer = results.transfer(row)
    sd = float(pd.Series(transfer).std())
    return [
        {"about": "seeds", "x": seeds, "value": sd / np.sqrt(seeds)}
        | {"low": np.nan, "high": np.nan}
        | {"share": _share(sd / np.sqrt(seeds), abs(transfer.mean())), "last_doubling": np.nan}
        for seeds in SEEDS
    ]


def _by_k(results: Results, row: Row) -> list[Row]:
    k = row["k"]
    bits = results.bits(row["cold"], k) - results.bits(row["warm"], k)
    total, found = float(bits.sum(axis=1).mean()), []
    for _, end in results.blocks(row):
        first = results.sample(row, bits[:, :end])
        last = estimate(first - results.sample(row, bits[:, : max(end // 2, 1)]))
        here = estimate(first)
        found.append(
            {"about": "k", "x": end, "value": here.mean, "low": here.ci[0], "high": here.ci[1]}
            | {"share": _share(here.mean, total), "last_doubling": _share(last.mean, total)}
            | {"last_ci_low": _share(last.ci[0], abs(total)), "last_p": last.p}
            | {"last_ci_high": _share(last.ci[1], abs(total))}
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
    last = table[table["about"] == "k"].groupby(["arm", "n"], sort=False, dropna=False).tail(1)
    ends: list[Row] = adjust(last, "last_p").to_dict("records")
    for end in ends:
        name, same = subject(end["arm"], end["n"]), table["arm"] == end["arm"]
        same &= table["n"].isna() if pd.isna(end["n"]) else table["n"] == end["n"]
        needed = "L_IT cannot be told from 0, and has no shares"
        if not (end["value"] == 0 or end["low"] <= 0 <= end["high"]):
            needed = _seeds_needed(table[same & (table["about"] == "seeds")].iloc[0], end["value"])
            labels.append(f"{name}: {_course(end)}")
        seeds.append(f"{name}: {needed}")
    return [
        f"Seeds for a standard error below {percent(ENOUGH)} of L_IT. {'; '.join(seeds)}. A few"
        " seeds tell their spread only roughly: these numbers are a first guess.",
        "L_IT has saturated in k where the 95 % interval of what the last doubling of k adds lies"
        f" within ±{percent(ENOUGH)} of it, and grows where that is surely above 0 (t-tests"
        f" adjusted for {counted(len(ends), 'row')}, Holm)."
        f" {'; '.join(labels) or 'No arm has an L_IT that can be told from 0'}. What still grows"
        " would be larger with a larger k: compare values at equal k alone.",
    ]


def _course(end: Row) -> str:
    """Whether L_IT still grows at the end of the stream."""
    word = "not told"
    if max(abs(end["last_ci_low"]), abs(end["last_ci_high"])) < ENOUGH:
        word = "saturated"
    elif end["last_p"] <= LEVEL:
        word = "growing" if end["last_doubling"] > 0 else "falling"
    low, high = (number(100 * end[f"last_ci_{name}"], 1) for name in ("low", "high"))
    interval = "" if np.isnan(end["last_ci_low"]) else f" ({low} to {high} %)"
    return (
        f"{word}, the last doubling to k = {end['x']:,} adds {percent(end['last_doubling'], 1)}"
        f"{interval} of {number(end['value'])} bits"
    )


def _seeds_needed(row: pd.Series, transfer: float) -> str:
    """Smallest number of seeds, at least two, from the standard error with ``x`` of them."""
    if np.isnan(row["value"]):
        return "one seed tells nothing about the spread"
    share = row["value"] / (ENOUGH * abs(transfer))
    return f"{max(2, int(row['x'] * share**2) + 1):,}"
