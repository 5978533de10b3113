"""Measured L_IT against the information that is planted in a task, known or bounded."""

import dataclasses

import numpy as np
import pandas as pd

from lit.analyses.columns import headings, spread, spread_headings
from lit.analyses.common import about
from lit.analyses.results import Datasets, Options, Results, Row
from lit.errors import InputError
from lit.measures.planted_truth import lookup_truth, parity_truth, teacher_bound
from lit.study.codes import NETWORK, SHORTEST

KIND: dict[str, bool] = {}
TAKES = "rows with n > 0 of a planted target with true labels, M trained on the same"
TITLE = "L_IT against planted information"
COLUMNS = headings(
    "target kind parameters model learner n k",
    "l_theta0_bits: from θ₀",
    spread_headings("l_it", "L_IT", "s.e."),
    "truth_bits: truth",
    "truth_is: truth is",
    "ratio: L_IT / truth",
    "ratio_network: network / truth",
    "ratio_shortest: shortest / truth",
)
PARAMETERS = {
    "lookup": ("symbols", "classes"),
    "teacher": ("inputs", "width"),
    "parity": ("inputs", "order"),
}
TRUTH_IS = {"lookup": "exact", "parity": "at least", "teacher": "at most"}


def select(rows: list[Row], options: Options, datasets: Datasets) -> list[Row]:
    """Rows whose M learnt the planted task itself, from true labels."""
    found = [
        row
        for row in rows
        if row["n"] and row["source_dataset"] == row["target"]
        if not row["labels"] and not row["source_labels"]
        if datasets[row["target"]]["kind"] in PARAMETERS
    ]
    if not found:
        raise InputError(
            "no row has n > 0 and a target of kind lookup, teacher or parity with true labels, M"
            " trained on the same; add such an arm"
        )
    return found


def tabulate(results: Results, options: Options) -> pd.DataFrame:
    """One row an arm and n whose M learnt the planted task itself, from true labels.

    ``truth_bits`` is for an ideal coder: what it saves (``truth_is`` exact: lookup, after n
    examples), what it saves if M knows the task (at least: parity), and more than it can save (at
    most: teacher). ``ratio_network`` and ``ratio_shortest`` are those of the other two codes. That
    of a lookup learns after every label where the code learns in closed form, else at the ends of
    the cold run's blocks.
    """
    rows = select(results.rows, options, results.datasets)
    return pd.DataFrame([_row(results, row) for row in rows]).astype({"n": "Int64"})


def _truth(results: Results, row: Row) -> float:
    spec = results.datasets[row["target"]]
    planted = {name: spec[name] for name in PARAMETERS[spec["kind"]]}
    if spec["kind"] == "parity":
        return parity_truth(**planted)
    if spec["kind"] == "teacher":
        return teacher_bound(**planted, k=row["k"])
    # Closed-form learning is blocks of one label.
    network = results.bits(row["cold"], expert=NETWORK)
    blocks = results.blocks(row)
    if not np.array_equal(results.bits(row["cold"]), network):
        blocks = [(t, t + 1) for t in range(row["k"])]
    return lookup_truth(**planted, blocks=blocks, n=row["n"])


def _ratio(results: Results, row: Row, code: str) -> float:
    """L_IT under a code over the truth for it."""
    results = dataclasses.replace(results, code=code)
    truth = _truth(results, row)
    return float(results.transfer(row).mean()) / truth if truth else np.nan


def _row(results: Results, row: Row) -> Row:
    spec, found = results.datasets[row["target"]], spread("l_it", results.saved(row))
    kind, truth = spec["kind"], _truth(results, row)
    planted = {name: spec[name] for name in PARAMETERS[kind]}
    return about(row) | {
        "kind": kind,
        "parameters": ", ".join(f"{name}: {value}" for name, value in planted.items()),
        "l_theta0_bits": float(results.total(row, "cold").mean()),
        **found,
        "truth_bits": truth,
        "truth_is": TRUTH_IS[kind],
        "ratio": _ratio(results, row, results.code),
        "ratio_network": _ratio(results, row, NETWORK),
        "ratio_shortest": _ratio(results, row, SHORTEST),
    }


def describe(table: pd.DataFrame) -> list[str]:
    """Ratios kind by kind, and what kind of truth each is held against."""
    found = [_told(kind, here) for kind in PARAMETERS if len(here := table[table["kind"] == kind])]
    below = int((table["l_it_bits"] <= 0).sum())
    if below:
        found.append(
            f"L_IT is 0 or negative in {below} of {len(table)} rows; the figure, on logarithmic"
            " scales, leaves them out."
        )
    return found


def _told(kind: str, rows: pd.DataFrame) -> str:
    l_it, truth = rows["l_it_bits"], rows["truth_bits"]
    start = f"{kind}: L_IT is {_range(rows['ratio'])} times"
    if kind == "lookup":
        inside = truth.between(rows["l_it_ci_low"], rows["l_it_ci_high"]).sum()
        return (
            f"{start} the truth, which lies in the 95 % interval of {inside} of {len(rows)} rows."
            " It is the expected saving of an ideal coder, from M after its n examples; under"
            " trained networks alone of one that learns at the ends of the cold run's blocks, so"
            " that replay and restart, which learn within blocks, can pay less from θ₀ and save"
            " less."
        )
    if kind == "teacher":
        surely = (rows["l_it_ci_low"] > truth).sum()
        return (
            f"{start} an upper bound, above it in {(l_it > truth).sum()} of {len(rows)} rows, and"
            f" with the whole 95 % interval in {surely}."
            " It counts the label patterns that such teachers can make on k inputs: no ideal coder"
            " saves more; a network may, by as much as it wastes when it starts from θ₀."
        )
    return (
        f"{start} log₂ binom(d, j), the bits that name the inputs of the parity, and at least that"
        f" in {(l_it >= truth).sum()} of {len(rows)} rows. A network that starts from θ₀ is never"
        f" told them and pays {_range(rows['l_theta0_bits'], ',.0f')} bits for its labels: an M"
        " that knows the parity saves between the two. Less than the smaller one means that M has"
        " not learnt it, or that the warm coder forgot it."
    )


def _range(values: pd.Series, form: str = ".2f") -> str:
    low, high = f"{values.min():{form}}", f"{values.max():{form}}"
    return low if low == high else f"{low} to {high}"
