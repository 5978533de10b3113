"""Measured L_IT against the information that is planted in a task, known or bounded."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from lit.analyses.common import about, headings, spread, spread_headings
from lit.analyses.results import Datasets, Results, Row
from lit.errors import InputError
from lit.measures.planted_truth import lookup_truth, parity_truth, teacher_bound

KIND: dict[str, bool] = {}
TAKES = "rows with n > 0 of a planted target with true labels, M trained on the same"
TITLE = "L_IT against planted information"
COLUMNS = headings(
    "target kind parameters model learner n k",
    {"l_theta0_bits": "from θ₀"},
    spread_headings("l_it", "L_IT", "s.e."),
    {"truth_bits": "truth", "truth_is": "truth is", "ratio": "L_IT / truth"},
)
PARAMETERS = {
    "lookup": ("symbols", "classes"),
    "teacher": ("inputs", "width"),
    "parity": ("inputs", "order"),
}
TRUTH_IS = {"lookup": "exact", "parity": "at least", "teacher": "at most"}


def select(rows: list[Row], options: Mapping[str, Any], datasets: Datasets) -> list[Row]:
    """Rows whose M learnt the planted task itself, from true labels.

    Raises:
        InputError: no such row.
    """
    found = [row for row in rows if row["n"] and _is_planted(datasets, row)]
    if not found:
        raise InputError(
            "analysis planted: no row has n > 0 and a target of kind lookup, teacher or parity"
            " with true labels, M trained on the same; add such an arm"
        )
    return found


def tabulate(results: Results, options: Mapping[str, Any]) -> pd.DataFrame:
    """One row an arm and n whose M learnt the planted task itself, from true labels.

    Returns:
        ``truth_bits`` for an ideal coder: what it saves (``truth_is`` exact: lookup, after n
        examples, blocks as in the cold run), what it saves if M knows the task (at least: parity),
        and more than it can save (at most: teacher).

    Raises:
        InputError: see :func:`select`.
    """
    rows = select(results.rows, options, results.datasets)
    return pd.DataFrame([_row(results, row) for row in rows]).astype({"n": "Int64"})


def _is_planted(datasets: Datasets, row: Row) -> bool:
    same = row["source_dataset"] == row["target"] and not row["labels"] and not row["source_labels"]
    return same and datasets[row["target"]]["kind"] in PARAMETERS


def _row(results: Results, row: dict[str, Any]) -> dict[str, Any]:
    spec, found = results.datasets[row["target"]], spread("l_it", results.transfer(row))
    truth = _truth(spec, row, results.blocks(row))
    return about(row) | {
        "kind": spec["kind"],
        "parameters": ", ".join(f"{name}: {spec[name]}" for name in PARAMETERS[spec["kind"]]),
        "l_theta0_bits": float(results.total(row, "cold").mean()),
        **found,
        "truth_bits": truth,
        "truth_is": TRUTH_IS[spec["kind"]],
        "ratio": found["l_it_bits"] / truth if truth else np.nan,
    }


def _truth(spec: Mapping[str, Any], row: Mapping[str, Any], blocks: list[tuple[int, int]]) -> float:
    if spec["kind"] == "lookup":
        return lookup_truth(spec["symbols"], spec["classes"], blocks, row["n"])
    if spec["kind"] == "parity":
        return parity_truth(spec["inputs"], spec["order"])
    return teacher_bound(spec["inputs"], spec["width"], row["k"])


def describe(table: pd.DataFrame) -> list[str]:
    """Ratios kind by kind, and what kind of truth each is held against."""
    found = [SAYS[kind](rows) for kind in PARAMETERS if len(rows := table[table["kind"] == kind])]
    below = int((table["l_it_bits"] <= 0).sum())
    if below:
        found.append(
            f"L_IT is 0 or negative in {below} of {len(table)} rows; the figure, on logarithmic"
            " scales, leaves them out."
        )
    return found


def _say_lookup(rows: pd.DataFrame) -> str:
    inside = rows["truth_bits"].between(rows["l_it_ci_low"], rows["l_it_ci_high"]).sum()
    return (
        f"lookup: L_IT is {_range(rows['ratio'])} times the truth; the truth lies in the 95 %"
        f" interval of {inside} of {len(rows)} rows. The truth is the expected saving of an ideal"
        " coder that learns at the ends of the cold run's blocks, from M after its n examples. A"
        " learner that learns within blocks, such as replay, can pay less from θ₀ and so save"
        " less."
    )


def _say_teacher(rows: pd.DataFrame) -> str:
    beyond = int((rows["l_it_bits"] > rows["truth_bits"]).sum())
    return (
        f"teacher: L_IT is {_range(rows['ratio'])} times an upper bound, and above it in {beyond}"
        f" of {len(rows)} rows. The bound counts the label patterns that teachers of this size can"
        " make on k inputs: no ideal coder saves more, while a network may, by as much as it"
        " wastes when it starts from θ₀."
    )


def _say_parity(rows: pd.DataFrame) -> str:
    beyond = int((rows["l_it_bits"] >= rows["truth_bits"]).sum())
    return (
        f"parity: L_IT is {_range(rows['ratio'])} times log₂ binom(d, j), the bits that name the"
        f" inputs of the parity, and at least that in {beyond} of {len(rows)} rows. A network that"
        f" starts from θ₀ is never told them and pays {_range(rows['l_theta0_bits'], ',.0f')} bits"
        " for its labels: an M that knows the parity saves between the two. Less than the smaller"
        " one means that M has not learnt it, or that the warm coder forgot it."
    )


SAYS = {"lookup": _say_lookup, "teacher": _say_teacher, "parity": _say_parity}


def _range(values: pd.Series, form: str = ".2f") -> str:
    low, high = f"{values.min():{form}}", f"{values.max():{form}}"
    return low if low == high else f"{low} to {high}"
