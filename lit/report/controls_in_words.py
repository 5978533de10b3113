"""What the shares of the classes and the control save, in a sentence each."""

from typing import Any

import pandas as pd

from lit.analyses.words import percent, size
from lit.measures.controls import CONTROL, NAMING, SMALLEST
from lit.report.controls import find_controls
from lit.report.formats import format_bits, format_interval, records
from lit.report.names import say_names
from lit.study.label_transforms import SHUFFLED
from lit.tables.reading import has_m

NAMED = 3  # arms that are named before the rest is counted


def shares_in_words(table: pd.DataFrame, beyond: str) -> str:
    """What an M saves that learnt from labels of other examples: their shares are all it knows.

    What another saves beyond that stands after it.
    """
    rows = rows_of_shares(table)
    if not rows:
        return _equal_classes(table)
    names = say_names(table["arm"])
    said = [
        f"{format_bits(row['l_it_bits'])} bits"
        f" ({format_interval(row['l_it_ci_low'], row['l_it_ci_high'])})"
        f" by “{names[row['arm']]}” ({size(row['n'])})"
        for row in rows
    ]
    rest = f" and {len(said) - NAMED} others" if len(said) > NAMED else ""
    some = any(row["l_it_bits"] > 0 or (row["l_it_ci_high"] or 0) > NAMING for row in rows)
    text = f"An M that knows the shares of the classes alone saves {'' if some else 'nothing: '}"
    text += f"{', '.join(said[:NAMED])}{rest}."
    return f"{text} {'Beyond that' if some else 'By comparison'}, {beyond}" if beyond else text


def _equal_classes(table: pd.DataFrame) -> str:
    """That shares of classes are worth nothing, where they would shorten no row's code.

    Those of a stream differ from equal ones by chance: by (C - 1) / (2 ln 2) bits on average.
    """
    rows = table[(table["labels"] == "true") & has_m(table)]
    if not {"label_entropy_bits", "uniform_bits"} <= set(rows) or rows.empty:
        return ""
    most = (rows["uniform_bits"] - rows["label_entropy_bits"]).max()
    if not 0 <= most <= max(NAMING, rows["classes"].max() - 1):
        return ""
    return f"Classes are equally frequent: to know their shares saves {most:.1f} bits at most."


def rows_of_shares(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows of true labels whose M learnt from labels of other examples."""
    true = (table["labels"] == "true") & (table["source_labels"] == SHUFFLED)
    return records(table[true & has_m(table)])


def control_in_words(table: pd.DataFrame) -> str:
    """What an M of random labels saves, and whether the control holds."""
    controls = find_controls(table)
    known = [row for row in controls if row["full"]]
    if not known:
        none = "No control shows what memorising counts for: see the warnings."
        return none if controls else ""
    known.sort(key=lambda row: row["l_it_bits"])
    low, high = (format_bits(known[end]["l_it_bits"]) for end in (0, -1))
    between = low if low == high else f"between {low} and {high}"
    ends = known[0]["l_it_ci_low"], known[0]["l_it_ci_high"]
    about = f" ({format_interval(*ends)})" if len(known) == 1 and ends[0] is not None else ""
    sizes = [row["n"] for row in known if row["n"]]
    of = f" of n = {min(sizes):,} examples" if len(set(sizes)) == 1 else ""
    said = f"Random labels{of} that M knows by heart save {between} bits{about}"
    if not all(row["holds"] or abs(row["l_it_bits"]) <= NAMING for row in known):
        return f"{said}, and should save none: see the warnings."
    short = min(row["uniform_bits"] for row in known)
    weak = (
        f", weakly, as k log₂ C = {format_bits(short)} bits are fewer than {SMALLEST:,.0f}"
        if short < SMALLEST
        else ""
    )
    told = any(row["l_it_ci_high"] is not None and row["l_it_ci_high"] < 0 for row in known)
    same = short == max(row["uniform_bits"] for row in known)
    most = f"{format_bits(CONTROL * short)} bits, " if same else ""
    rule = f", as up to {most}{percent(CONTROL, 1)} of k log₂ C, may be either way"
    price = " Bits below 0 are the price of finding out that M is of no help." if told else ""
    return f"{said}: the control holds{weak or rule}.{price}"
