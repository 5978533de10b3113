"""L_IT over n and k: by definition, and as a coder would have it that keeps M's examples."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from lit.analyses.common import cumulative, headings, mean_and_se, spread, spread_headings, trained
from lit.analyses.results import Datasets, Results, Row
from lit.analyses.words import one_of
from lit.errors import InputError

KIND: dict[str, bool] = {}
TAKES = "rows of one task from one code from theta0, each n once"
TITLE = "The surface of L_IT over n and k"
COLUMNS = headings(
    "n k",
    spread_headings("l_it", "L_IT", "s.e."),
    {
        "joint_bits": "Λ(n) + Λ(k) − Λ(n+k)",
        "joint_se": "s.e.",
        "difference_bits": "L_IT minus joint",
        "difference_se": "s.e.",
        "asymmetry_bits": "|L_IT(n,k) − L_IT(k,n)|",
        "falls_in_n": "falls in n",
        "falls_in_k": "falls in k",
    },
)
FIRST_K = 32


def select(rows: list[Row], options: Mapping[str, Any], datasets: Datasets) -> list[Row]:
    """Rows of trained M by n, which share the cold stream; and those with n = 0 of that stream.

    Raises:
        InputError: rows that are not of one task, or too short a stream.
    """
    found = sorted((row for row in trained(rows) if row["n"] is not None), key=lambda row: row["n"])
    if not found:
        raise InputError(
            "analysis surface: no row has n > 0; name arms with several n, such as n: [0, 256,"
            " 1024]"
        )
    if len({row["cold"] for row in found}) > 1 or len({row["n"] for row in found}) < len(found):
        raise InputError(
            "analysis surface: its arms must be of one target, model, learner and labels, each n"
            " once; name fewer arms"
        )
    for row in found:
        if row["source_dataset"] != row["target"] or row["source_labels"] != row["labels"]:
            raise InputError(
                f"analysis surface: M of arm {row['arm']} was trained on another task than the"
                " stream's; leave this arm out"
            )
    if (k := min(row["k"] for row in found)) < FIRST_K:
        raise InputError(
            f"analysis surface: the stream has k = {k} labels; write k at least {FIRST_K}"
        )
    return [*found, *(row for row in rows if row["n"] == 0 and row["cold"] == found[0]["cold"])]


def tabulate(results: Results, options: Mapping[str, Any]) -> pd.DataFrame:
    """One row an n and k, k in powers of two.

    Returns:
        ``l_it_bits`` by definition; ``joint_bits``, Lambda(n) + Lambda(k) - Lambda(n + k) with
        Lambda(m) the bits of the cold code's first m labels, missing where the stream is shorter
        than n + k; ``asymmetry_bits``, missing where (k, n) is not in the table or n = k;
        ``falls_in_n`` and ``falls_in_k``, whether L_IT lies more than two standard errors below its
        value at the next smaller n or k, 0 at the least.

    Raises:
        InputError: see :func:`select`.
    """
    rows = trained(select(results.rows, options, results.datasets))
    ks = [2**i for i in range(FIRST_K.bit_length() - 1, min(row["k"] for row in rows).bit_length())]
    first, ns = rows[0], [row["n"] for row in rows]
    cold = cumulative(results.codes[first["cold"]]["bits/mixture"])
    saved = {(n, 0): np.zeros(len(cold)) for n in ns} | {(0, k): np.zeros(len(cold)) for k in ks}
    for row in rows:
        warm = cumulative(results.codes[row["warm"]]["bits/mixture"])
        saved |= {(row["n"], k): cold[:, k] - warm[:, k] for k in ks}
    same = {name: first[name] for name in ("target", "model", "learner")}
    before = dict(zip(ns, [0, *ns], strict=False)), dict(zip(ks, [0, *ks], strict=False))
    cells = [
        _definition(saved, n, k) | _joint(saved, cold, n, k) | _identities(saved, before, n, k)
        for n in ns
        for k in ks
    ]
    return pd.DataFrame([same | cell for cell in cells])


def _definition(saved, n, k):
    return {"n": n, "k": k} | spread("l_it", saved[n, k])


def _joint(saved, cold, n, k):
    if n + k >= cold.shape[1]:
        return dict.fromkeys(("joint_bits", "joint_se", "difference_bits", "difference_se"), np.nan)
    joint = cold[:, n] + cold[:, k] - cold[:, n + k]
    return mean_and_se("joint", joint) | mean_and_se("difference", saved[n, k] - joint)


def _identities(saved, before, n, k):
    here, lacking = saved[n, k], n == k or (k, n) not in saved
    gap = np.full(len(here), np.nan) if lacking else here - saved[k, n]
    asymmetry = mean_and_se("asymmetry", gap)
    falls = {
        "falls_in_n": _falls(here - saved[before[0][n], k]),
        "falls_in_k": _falls(here - saved[n, before[1][k]]),
    }
    return asymmetry | {"asymmetry_bits": abs(asymmetry["asymmetry_bits"])} | falls


def _falls(step: np.ndarray) -> bool:
    found = mean_and_se("step", step)
    return found["step_bits"] < -2 * found["step_se"]


def describe(table: pd.DataFrame) -> list[str]:
    """How far definition and joint value agree, and which identities the definition keeps."""
    model, target, learner = (one_of(table, name) for name in ("model", "target", "learner"))
    largest = table.iloc[int(table["l_it_bits"].argmax())]
    return [
        f"{model} on {target}, learner {learner}: L_IT on {len(table)} points of n and k, at most"
        f" {_bits(largest['l_it_bits'])} (n = {largest['n']:,}, k = {largest['k']:,}). Colours of"
        " the maps go by the square root of L_IT; below 0 they are those of 0.",
        _agreement(table),
        _symmetry(table) + " " + _monotony(table),
        "A coder that kept M's own examples and went on learning would save Λ(n) + Λ(k) − Λ(n+k)"
        " bits, Λ(m) being the cold code of the first m labels. This value needs one stream and"
        " no M, it is symmetric in n and k by construction, and where the definition is smaller,"
        " the warm coder makes less of M's weights than the cold one made of the same examples."
        " Points of the grid share seeds and streams, so that they are not independent of each"
        " other.",
    ]


def _agreement(table: pd.DataFrame) -> str:
    both = table[table["joint_bits"].notna()]
    if both.empty:
        return (
            "The cold stream is shorter than every n + k, so that there is no joint value: give"
            " n = 0 a longer k."
        )
    apart = both.iloc[int(both["difference_bits"].abs().argmax())]
    clear = int((both["difference_bits"].abs() > 2 * both["difference_se"]).sum())
    return (
        f"At {len(both)} of {len(table)} points n + k fits into the cold stream. There the"
        f" definition minus the joint value is {_bits(both['difference_bits'].mean(), sign=True)}"
        " on average, and where they are farthest apart"
        f" {_bits(apart['difference_bits'], sign=True)} (n = {apart['n']:,}, k = {apart['k']:,});"
        f" {clear} of {len(both)} differences exceed two standard errors."
    )


def _symmetry(table: pd.DataFrame) -> str:
    # Each pair is in the table twice.
    pairs = table[table["asymmetry_bits"].notna() & (table["n"] < table["k"])]
    if pairs.empty:
        return (
            "No pair (n, k) and (k, n) is in the grid, so that symmetry cannot be checked: choose"
            " n among the powers of two."
        )
    worst = pairs.iloc[int(pairs["asymmetry_bits"].argmax())]
    clear = int((pairs["asymmetry_bits"] > 2 * pairs["asymmetry_se"]).sum())
    return (
        f"An ideal coder's L_IT is symmetric in n and k. In {len(pairs)} pairs the definition's"
        f" differs by {_bits(pairs['asymmetry_bits'].mean())} on average and"
        f" {_bits(worst['asymmetry_bits'])} at most ({worst['n']:,} and {worst['k']:,}); {clear}"
        " differ by more than two standard errors."
    )


def _monotony(table: pd.DataFrame) -> str:
    return (
        "It should not fall in n or k either: it falls by more than two standard errors at"
        f" {int(table['falls_in_n'].sum())} of {len(table)} steps in n and"
        f" {int(table['falls_in_k'].sum())} of {len(table)} in k (the first step of each is from 0,"
        " where L_IT is 0)."
    )


def _bits(value: float, sign: bool = False) -> str:
    return (f"{value:+,.0f}" if sign else f"{value:,.0f}") + " bits"
