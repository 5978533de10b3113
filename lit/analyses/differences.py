"""Dissection: what taking something away from M, or from its training, costs in L_IT."""

import math

import numpy as np
import pandas as pd

from lit.analyses.best import adjust
from lit.analyses.columns import headings, interval_headings, spread, spread_headings
from lit.analyses.common import about, trained
from lit.analyses.results import Datasets, Options, Results, Row
from lit.analyses.words import at_n, number, one_of, with_interval
from lit.errors import InputError, nearest
from lit.measures.comparisons import LEVEL
from lit.measures.intervals import ratio_of_means

KIND: dict[str, bool] = {}
TAKES = "rows with an n above 0 that the reference has too"
TITLE = "What is lost"
COLUMNS = headings(
    "arm n",
    spread_headings("lost", "lost, bits"),
    "l_it_bits: L_IT, bits",
    "l_it_reference_bits: L_IT of the reference, bits",
    "lost_p: p, adjusted",
    "share_kept: share kept",
    interval_headings("share_kept"),
    "l_it_on_class_bits: L_IT on the classes left out, bits",
    "l_it_on_class_reference_bits: the same of the reference, bits",
    "k",
    "source_labels: M's labels",
    "model learner",
)


def select(rows: list[Row], options: Options, datasets: Datasets) -> list[Row]:
    """Rows with an n above 0 that the reference has too, of equal k; and those of the reference."""
    name, arms = options.get("reference"), {row["arm"] for row in rows}
    if name not in arms:
        raise InputError(f"reference: no arm is named {name!r}; {nearest(str(name), arms)}")
    whole = {row["n"]: row["k"] for row in trained(rows) if row["arm"] == name}
    found = [row for row in trained(rows) if row["n"] in whole]
    if all(row["arm"] == name for row in found):
        raise InputError(_no_pair(rows, str(name)))
    for row in found:
        if row["k"] != whole[row["n"]]:
            raise InputError(
                f"arm {row['arm']} has another k than the reference {name}; give both one k"
            )
    return found


def _no_pair(rows: list[Row], name: str) -> str:
    """Which n the reference and each other arm have, none of which is the same."""
    sizes: dict[str, list[str]] = {row["arm"]: [] for row in rows}
    for row in trained(rows):
        sizes[row["arm"]].append("weights" if row["n"] is None else str(row["n"]))
    have = {arm: f"n = {', '.join(ns)}" if ns else "none" for arm, ns in sizes.items()}
    found = f"no arm shares an n above 0 with the reference {name}, which has {have.pop(name)}"
    if not have:
        return f"{found} and is the only arm here; add another, or name more under arms"
    others = "; ".join(f"{arm} has {ns}" for arm, ns in have.items())
    return f"{found}: {others}; give one of them an n that the reference has"


def tabulate(results: Results, options: Options) -> pd.DataFrame:
    """One row an arm and n that the reference has too: L_IT(reference) - L_IT(arm), by seed.

    ``lost_p`` is the p-value of nothing being lost, adjusted for the arms of one n (Holm);
    ``share_kept`` has Fieller's interval.
    """
    found, name = select(results.rows, options, results.datasets), options["reference"]
    whole = {row["n"]: row for row in found if row["arm"] == name}
    rows = [_row(results, whole[row["n"]], row) for row in found if row["arm"] != name]
    return adjust(pd.DataFrame(rows), "lost_p", by=["n"]).astype({"n": "Int64"})


def _row(results: Results, whole: Row, row: Row) -> Row:
    before, after = results.saved(whole), results.saved(row)
    kept, (low, high) = ratio_of_means(after.by_seed, before.by_seed)
    return (
        about(row)
        | {"reference": whole["arm"], "l_it_reference_bits": before.by_seed.mean()}
        | {"l_it_bits": after.by_seed.mean()}
        | spread("lost", before - after, p=True)
        | {"share_kept": kept, "share_kept_ci_low": low, "share_kept_ci_high": high}
        | _on_class(results, whole, row)
    )


def _on_class(results: Results, whole: Row, row: Row) -> Row:
    """L_IT on the labels of classes that M never saw, where both arms code the same true labels."""
    k, missing = row["k"], (row["source_labels"] or {}).get("without")
    names = {"l_it_on_class_reference_bits": whole, "l_it_on_class_bits": row}
    index, other = (results.codes[each["cold"]]["index"][:, :k] for each in names.values())
    true = not row["labels"] and not whole["labels"]
    same = true and row["target"] == whole["target"] and np.array_equal(index, other)
    if missing is None or not same:
        return dict.fromkeys(names, math.nan)
    chosen, found = np.isin(results.codes[row["cold"]]["label"][:, :k], missing), {}
    for name, each in names.items():
        saved = results.bits(each["cold"], k) - results.bits(each["warm"], k)
        found[name] = float((saved * chosen).sum(axis=1).mean())
    return found


def told_apart(table: pd.DataFrame) -> pd.Series:
    """Whether a loss is surely not 0; with fewer than three seeds there is no telling."""
    return table["lost_p"] <= LEVEL


def describe(table: pd.DataFrame) -> list[str]:
    """Largest and smallest losses, those that may be nothing, and classes that were left out."""
    found = [_losses(here) for _, here in table.groupby("n", dropna=False)]
    largest = table["n"].isna() if table["n"].isna().all() else table["n"] == table["n"].max()
    left_out = table[largest & table["l_it_on_class_bits"].notna()]
    if len(left_out):
        told = [
            f"{row['arm']} {number(row['l_it_on_class_bits'])} of"
            f" {number(row['l_it_on_class_reference_bits'])} bits"
            for row in left_out.to_dict("records")
        ]
        found.append(
            "On the labels of the classes that an arm left out alone, its L_IT, of the"
            f" reference's, is: {', '.join(told)}."
        )
    return [
        *found,
        "Losses are paired by seed, so what seeds share cancels; a loss below 0 is a gain. They"
        " need not add up: two arms can lose the same bits, and another part may replace what is"
        " taken away. Each interval is by itself; t-tests against 0 are adjusted for their number"
        " (Holm).",
    ]


def _losses(here: pd.DataFrame) -> str:
    reference, whole = one_of(here, "reference"), number(here["l_it_reference_bits"].iloc[0])
    ordered = here.sort_values("lost_bits", ascending=False).to_dict("records")
    most, least = (with_interval(ordered[at], "lost") for at in (0, -1))
    losses = f"loses {most}"
    if len(here) > 1:
        losses = f"loses most, {most}, and {ordered[-1]['arm']} loses least, {least}"
    sure = "All are told from 0."
    if here["lost_p"].isna().all():
        sure = "With fewer than three seeds no loss can be told from 0."
    elif unsure := list(here["arm"][~told_apart(here)]):
        sure = f"Not told from 0: {', '.join(unsure)}."
    return (
        f"{at_n(here['n'].iloc[0])}, where {reference} has an L_IT of {whole} bits,"
        f" {ordered[0]['arm']} {losses}. {sure}"
    )
