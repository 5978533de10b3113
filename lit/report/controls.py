"""What a reader has to know before believing a study's numbers: its controls and its warnings."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from lit.analyses.words import size
from lit.measures.controls import CONTROL, MEMORISED, NAMING, SMALLEST
from lit.report.formats import format_share, records
from lit.study import label_transforms
from lit.tables.duplicates import warn_of_duplicates

# What an interval is about, see lit.measures.intervals.Estimate, and what that means.
ABOUT = {
    "these examples": "what other seeds would give on them",
    "examples like these": "what another data set of the same kind would give",
}
RANDOM = label_transforms.name({"random": 1})


def find_controls(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Each random-label row with its shares of the uniform codes.

    ``holds`` is whether that of L_IT is within the allowed one, ``full`` whether M memorised.
    """
    rows = table[(table["labels"] == RANDOM) & (table["n"].fillna(1) != 0)]
    share = rows["l_it_bits"] / rows["uniform_bits"]
    memorised = rows["k_m_bits"] / rows["source_uniform_bits"]
    rows = rows.assign(share=share, memorised=memorised, holds=share.abs() <= CONTROL)
    return records(rows.assign(full=rows["m_train_accuracy"] >= MEMORISED))


def find_warnings(table: pd.DataFrame, config: Mapping[str, Any]) -> dict[str, str]:
    """What is weak or wrong in the main table: a paragraph each, by what it is in a few words."""
    found, controls = {}, find_controls(table)
    weak = [
        f"{row['arm']} (n = {row['n']}, {format_share(row['m_train_accuracy'])})"
        for row in controls
        if not row["full"]
    ]
    if weak:
        found["Controls did not memorise their labels"] = (
            "Sources with random labels that did not memorise them (train accuracy below"
            f" {MEMORISED}): {', '.join(weak)}. Their zero is true, but no proof that memorising is"
            " ignored. Write a smaller n for them, or a wider network, or train them for longer."
        )
    over = [r for r in controls if not r["holds"]]
    small = [r for r in over if r["uniform_bits"] < SMALLEST and abs(r["l_it_bits"]) <= NAMING]
    if small:
        found["Streams too short for the control"] = (
            f"Random-label arms beyond {CONTROL:.1%} of k log₂ C, but by no more than the price of"
            f" naming the right expert: {_names(small)}. That is up to {NAMING} bits of a short"
            f" stream too, so the control can only be relied on from k log₂ C = {SMALLEST:,.0f}"
            " bits on: raise k. Here differences of so few bits say nothing."
        )
    if over := [r for r in over if r not in small]:
        found["A control fails"] = (
            f"Random-label arms beyond {CONTROL:.1%} of k log₂ C: {_names(over)}. Do not trust"
            " small differences here."
        )
    if not (table["labels"] == RANDOM).any():
        found["No control"] = (
            "This study has no random-label arm: add one, so that a reader sees that memorising"
            " counts for nothing."
        )
    kinds = {name: spec["kind"] for name, spec in config.get("datasets", {}).items()}
    if repeated := warn_of_duplicates(table, kinds):
        found["Coded inputs that M was trained on"] = repeated
    if table["seeds"].min() < 5:
        found["Few seeds"] = (
            f"Only {table['seeds'].min()} seed(s): intervals from so few are rough or missing."
        )
    if skewed := warn_of_skew(table):
        found["Skewed over seeds"] = skewed[0]
    return found


def warn_of_skew(table: pd.DataFrame) -> list[str]:
    """Rows whose L_IT is surely skewed over seeds, in a sentence, if there are any."""
    skewed = records(table[table["l_it_skewed"]])
    if not skewed:
        return []
    return [
        f"L_IT is surely skewed over seeds: {_names(skewed)}. Its intervals are too short on the"
        " side of the long tail; more seeds make them better."
    ]


def explain_intervals(table: pd.DataFrame) -> str:
    """What intervals of the main table are about, and what seeds share, in a sentence."""
    if (table["seeds"] == 1).all():
        return "With one seed there are no standard errors and no intervals."
    found = []
    for about, rows in table.groupby("about", sort=False):
        shared = "which examples seeds share is not known"
        if rows["shared"].notna().any():
            shared = f"f = {_range(rows['shared'])}, k S / N about {_range(rows['times_coded'])}"
        arms = f" for {', '.join(rows['arm'].unique())}" if table["about"].nunique() > 1 else ""
        found.append(f"{about}{arms}, {ABOUT[str(about)]} ({shared})")
    return (
        f"Intervals of L_IT are about {'; about '.join(found)}: f is the share of a seed's stream"
        " that another's holds too, k S / N how often all seeds together code an example."
    )


def _range(values: pd.Series) -> str:
    low, high = f"{values.min():.2f}", f"{values.max():.2f}"
    return low if low == high else f"{low} to {high}"


def _names(rows: list[dict[str, Any]]) -> str:
    return ", ".join(dict.fromkeys(f"{row['arm']} ({size(row['n'])})" for row in rows))


def find_data_warnings(datasets: pd.DataFrame) -> dict[str, str]:
    """What is probably wrong with data sets, as was said when they were read."""
    warned = [row for row in records(datasets) if row["warnings"]]
    name = "Data set {dataset}"
    return {name.format(**row): f"Data set {row['dataset']}: {row['warnings']}." for row in warned}
