"""Pairs of classes: how hard each two are to tell apart, and what M brings to it."""

import pandas as pd

from lit.analyses.best import adjust
from lit.analyses.columns import headings, spread, spread_headings
from lit.analyses.common import about, by_key, differing, trained
from lit.analyses.results import Datasets, Options, Results, Row
from lit.analyses.words import number, one_of, plus_minus, with_interval
from lit.errors import InputError
from lit.measures.comparisons import LEVEL

KIND: dict[str, bool] = {}
TAKES = "rows of two classes at the largest n above 0 that all of them have"
TITLE = "Pairs of classes"
COLUMNS = headings(
    "a: class",
    "b: and class",
    "l_theta0_bits: from θ₀, bits",
    "l_m_bits: from M, bits",
    spread_headings("l_it", "L_IT, bits"),
    "n k target model learner",
)
NAMED = 3  # pairs at either end that the text names


def select(rows: list[Row], options: Options, datasets: Datasets) -> list[Row]:
    """Rows of two classes, at the largest n that all pairs have; they differ in nothing else."""
    pairs = [row for row in trained(rows) if len((row["labels"] or {}).get("classes", [])) == 2]
    if not pairs:
        raise InputError(
            "needs arms with labels: {classes: [a, b]}, an arm a pair, and an n above 0"
        )
    arms = {row["arm"] for row in pairs}
    common = set.intersection(*({row["n"] for row in pairs if row["arm"] == arm} for arm in arms))
    if not common:
        raise InputError("the pairs' arms have no n above 0 in common; give all of them one n")
    n = max(common, key=lambda size: size or 0)
    found = [row for row in pairs if row["n"] == n]
    for name in differing(found, ("target", "model", "learner", "k")):
        raise InputError(f"arms differ in {name}; choose arms that have the same, for one matrix")
    by_key(found, lambda row: tuple(sorted(row["labels"]["classes"])), "pair of classes")
    return found


def tabulate(results: Results, options: Options) -> pd.DataFrame:
    """One row a pair a < b at the largest n that all pairs have: means over seeds, in bits.

    ``l_it_p`` is the p-value of L_IT being 0, adjusted for the number of pairs (Holm).
    """
    made = []
    for row in select(results.rows, options, results.datasets):
        a, b = sorted(row["labels"]["classes"])
        cold, warm = (results.total(row, run).mean() for run in ("cold", "warm"))
        made.append(
            {"a": a, "b": b}
            | about(row)
            | {"l_theta0_bits": cold, "l_m_bits": warm}
            | spread("l_it", results.saved(row), p=True)
        )
    table = adjust(pd.DataFrame(made), "l_it_p").astype({"n": "Int64"})
    return table.sort_values(["a", "b"], ignore_index=True)


def describe(table: pd.DataFrame) -> list[str]:
    """The dearest and cheapest pairs, and where M brings most."""
    k, n = one_of(table, "k"), table["n"].iloc[0]
    by_cost = table.sort_values("l_theta0_bits")
    by_transfer = table.sort_values("l_it_bits", ascending=False)
    most = by_transfer.to_dict("records")[0]
    negative = table[(table["l_it_bits"] < 0) & (table["l_it_p"] <= LEVEL)]
    return [
        f"From θ₀ the dearest pairs to tell apart are {_costs(by_cost[::-1])}; the cheapest are"
        f" {_costs(by_cost)}. The uniform code takes {k:,} bits for as many labels of a pair.",
        f"{'M with ready weights' if pd.isna(n) else f'M, trained on n = {n:,} examples,'} brings"
        f" most to telling {most['a']} from {most['b']}: {with_interval(most, 'l_it')}. In order:"
        f" {_transfers(by_transfer[:NAMED])}. It cannot bring more than a pair costs from θ₀.",
        *([f"M surely harms: {_transfers(negative)}."] if len(negative) else []),
    ]


def _costs(table: pd.DataFrame) -> str:
    return ", ".join(
        f"{row['a']} and {row['b']} ({number(row['l_theta0_bits'])} bits)"
        for row in table[:NAMED].to_dict("records")
    )


def _transfers(table: pd.DataFrame) -> str:
    return ", ".join(
        f"{row['a']} and {row['b']} ({plus_minus(row['l_it_bits'], row['l_it_se'])} bits)"
        for row in table.to_dict("records")
    )
