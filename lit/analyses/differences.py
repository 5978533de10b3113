"""Dissection: what taking something away from M, or from its training, costs in L_IT."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from lit.analyses.common import about, headings, spread, spread_headings, trained
from lit.analyses.results import Datasets, Results, Row
from lit.analyses.words import number, one_of, with_interval
from lit.errors import InputError, nearest

KIND: dict[str, bool] = {}
TAKES = "rows with an n above 0 that the reference has too"
TITLE = "What is lost"
COLUMNS = headings(
    "arm n",
    spread_headings("lost", "lost, bits"),
    {
        "l_it_bits": "L_IT, bits",
        "l_it_reference_bits": "L_IT of the reference, bits",
        "share_kept": "share kept",
        "l_it_on_class_bits": "L_IT on the classes left out, bits",
        "l_it_on_class_reference_bits": "the same of the reference, bits",
    },
    "k",
    {"source_labels": "M's labels"},
    "model learner",
)


def select(rows: list[Row], options: Mapping[str, Any], datasets: Datasets) -> list[Row]:
    """Rows with an n above 0 that the reference has too, and those of the reference.

    Raises:
        InputError: no such arm, nothing to compare it with, or another k.
    """
    name, arms = options.get("reference"), {row["arm"] for row in rows}
    if name not in arms:
        raise InputError(
            f"analysis differences: reference: no arm is named {name!r}; {nearest(str(name), arms)}"
        )
    whole = {row["n"]: row for row in trained(rows) if row["arm"] == name}
    found = [row for row in trained(rows) if row["n"] in whole]
    if all(row["arm"] == name for row in found):
        raise InputError(
            f"analysis differences: no arm shares an n above 0 with the reference {name}; give it"
            " one that it has"
        )
    for row in found:
        if row["k"] != whole[row["n"]]["k"]:
            raise InputError(
                f"analysis differences: arm {row['arm']} has another k than the reference {name};"
                " give both one k"
            )
    return found


def tabulate(results: Results, options: Mapping[str, Any]) -> pd.DataFrame:
    """One row an arm and n that the reference has too: L_IT(reference) - L_IT(arm), by seed.

    Args:
        results: Rows of the arms, the reference among them.
        options: ``reference``, an arm's name.

    Raises:
        InputError: see :func:`select`.
    """
    found, name = select(results.rows, options, results.datasets), options["reference"]
    whole = {row["n"]: row for row in found if row["arm"] == name}
    rows = [_row(results, whole[row["n"]], row) for row in found if row["arm"] != name]
    return pd.DataFrame(rows).astype({"n": "Int64"})


def _row(results: Results, whole: Mapping[str, Any], row: Mapping[str, Any]) -> dict[str, Any]:
    before, after = results.transfer(whole), results.transfer(row)
    return (
        about(row)
        | {"reference": whole["arm"], "l_it_reference_bits": before.mean()}
        | {"l_it_bits": after.mean()}
        | spread("lost", before - after)
        | {"share_kept": after.mean() / before.mean() if before.mean() > 0 else math.nan}
        | _on_class(results, whole, row)
    )


def _on_class(
    results: Results, whole: Mapping[str, Any], row: Mapping[str, Any]
) -> dict[str, float]:
    """L_IT on the labels of classes that M never saw, where both arms code the same true labels."""
    k, missing = row["k"], (row["source_labels"] or {}).get("without")
    index, other = (results.codes[each["cold"]]["index"][:, :k] for each in (whole, row))
    true = not row["labels"] and not whole["labels"]
    same = true and row["target"] == whole["target"] and np.array_equal(index, other)
    names = ("l_it_on_class_reference_bits", "l_it_on_class_bits")
    if missing is None or not same:
        return dict.fromkeys(names, math.nan)
    chosen = np.isin(results.codes[row["cold"]]["label"][:, :k], missing)
    saved = [results.bits(each["cold"], k) - results.bits(each["warm"], k) for each in (whole, row)]
    means = (float((bits * chosen).sum(axis=1).mean()) for bits in saved)
    return dict(zip(names, means, strict=True))


def told_apart(table: pd.DataFrame) -> pd.Series:
    """Whether the interval leaves zero out; with one seed there is none."""
    return (table["lost_ci_low"] > 0) | (table["lost_ci_high"] < 0)


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
        " need not add up: two arms can lose the same bits, and what is taken away another part"
        " may replace. Of twenty intervals one misses by chance, and of those from few seeds"
        " more.",
    ]


def _losses(here: pd.DataFrame) -> str:
    reference, n = one_of(here, "reference"), here["n"].iloc[0]
    size = "With ready weights" if pd.isna(n) else f"At n = {n:,}"
    whole = number(here["l_it_reference_bits"].iloc[0])
    text = f"{size}, where {reference} has an L_IT of {whole} bits, "
    most, *_, least = [*here.sort_values("lost_bits", ascending=False).to_dict("records")] * 2
    if len(here) == 1:
        text += f"{most['arm']} loses {with_interval(most, 'lost')}."
    else:
        text += (
            f"{most['arm']} loses most, {with_interval(most, 'lost')}, and"
            f" {least['arm']} loses least, {with_interval(least, 'lost')}."
        )
    if here["lost_ci_low"].isna().all():
        return text + " With one seed no loss can be told from 0."
    unsure = list(here["arm"][~told_apart(here)])
    return text + (
        f" Not distinguishable from 0: {', '.join(unsure)}." if unsure else " No interval holds 0."
    )
