"""Measured L_IT against the information that is planted in a task, known or bounded."""

import dataclasses

import numpy as np
import pandas as pd

from lit.analyses.columns import headings, interval_headings, spread, spread_headings
from lit.analyses.common import about
from lit.analyses.results import Datasets, Options, Results, Row
from lit.analyses.words import number, percent
from lit.data.loaders.markov import concentration
from lit.errors import InputError
from lit.measures.intervals import ratio_of_means
from lit.measures.planted_truth import lookup_truth, markov_code, parity_truth, teacher_bound
from lit.study.codes import NETWORK, SHORTEST

KIND = {"shows_examples": True}
TAKES = "rows with n > 0 of a planted target with true labels, M trained on the same"
TITLE = "L_IT against planted information"
COLUMNS = headings(
    "target kind parameters model learner n k",
    "uniform_bits: uniform code",
    "l_theta0_bits: from θ₀",
    "ideal_bits: ideal coder",
    spread_headings("l_it", "L_IT", "s.e."),
    "truth_bits: truth",
    "truth_is: truth is",
    "ratio: L_IT / truth",
    interval_headings("ratio"),
    "ratio_network: network / truth",
    "ratio_shortest: shortest / truth",
)
PARAMETERS = {
    "lookup": ("symbols", "classes"),
    "teacher": ("inputs", "width"),
    "parity": ("inputs", "order"),
    "markov": ("order", "symbols", "concentration"),
}
TRUTH_IS = {"lookup": "exact", "parity": "at least", "teacher": "at most", "markov": "exact"}


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
            "no row has n > 0 and a target of kind lookup, teacher, parity or markov with true"
            " labels, M trained on the same; add such an arm"
        )
    return found


def tabulate(results: Results, options: Options) -> pd.DataFrame:
    """One row an arm and n whose M learnt the planted task itself, from true labels.

    ``truth_bits`` is for an ideal coder: what it saves (``truth_is`` exact: lookup, after n
    examples, and markov, after M's own windows), what it saves if M knows the task (at least:
    parity), and more than it can save (at most: teacher). ``ideal_bits`` is what it needs from
    nothing, for markov alone. ``ratio_network`` and ``ratio_shortest`` are those of the other two
    codes. All ratios have Fieller's interval. The ideal coder of a lookup learns after every label
    where the code learns in closed form, else at the ends of the cold run's blocks; that of markov
    after every label.
    """
    rows = select(results.rows, options, results.datasets)
    return pd.DataFrame([_row(results, row) for row in rows]).astype({"n": "Int64"})


def _truth(results: Results, row: Row) -> np.ndarray:
    """(S,) bits that are planted, by seed."""
    spec = results.datasets[row["target"]]
    if spec["kind"] == "markov":
        return -np.diff(_ideal(results, row), axis=0)[0]
    planted = {name: spec[name] for name in PARAMETERS[spec["kind"]]}
    if spec["kind"] == "parity":
        truth = parity_truth(**planted)
    elif spec["kind"] == "teacher":
        truth = teacher_bound(**planted, k=row["k"])
    else:
        # Closed-form learning is blocks of one label.
        network = results.bits(row["cold"], expert=NETWORK)
        blocks = results.blocks(row)
        if not np.array_equal(results.bits(row["cold"]), network):
            blocks = [(t, t + 1) for t in range(row["k"])]
        truth = lookup_truth(**planted, blocks=blocks, n=row["n"])
    return np.full(len(results.seeds), truth)


def _ideal(results: Results, row: Row) -> np.ndarray:
    """(2, S) bits of a Markov chain's windows for an ideal coder: from nothing, and after M's."""
    spec, data = results.datasets[row["target"]], results.data[row["target"]]
    stream = results.codes[row["cold"]]["index"][:, : row["k"]]
    known = results.sources[row["source"]]["index"]

    def code(index: np.ndarray) -> np.ndarray:
        chain = (spec["order"], spec["symbols"], concentration(spec))
        return np.array([markov_code(data["x"][own], data["y"][own], *chain) for own in index])

    return np.stack([code(stream), code(np.hstack([known, stream])) - code(known)])


def _ratios(results: Results, row: Row) -> Row:
    """L_IT under each code over the truth for it, and Fieller's interval."""
    found: Row = {}
    for name, code in ("", results.code), ("_network", NETWORK), ("_shortest", SHORTEST):
        one = dataclasses.replace(results, code=code)
        ratio, (low, high) = ratio_of_means(one.transfer(row), _truth(one, row))
        ends = {f"ratio{name}_ci_low": low, f"ratio{name}_ci_high": high}
        found |= {f"ratio{name}": ratio} | ends
    return found


def _row(results: Results, row: Row) -> Row:
    spec = results.datasets[row["target"]]
    kind = spec["kind"]
    planted = {name: spec[name] for name in PARAMETERS[kind] if name in spec}
    ideal = _ideal(results, row)[0].mean() if kind == "markov" else np.nan
    return (
        about(row)
        | {
            "kind": kind,
            "parameters": ", ".join(f"{name}: {value}" for name, value in planted.items()),
            "uniform_bits": results.uniform(row),
            "l_theta0_bits": float(results.total(row, "cold").mean()),
            "ideal_bits": float(ideal),
            "truth_bits": float(_truth(results, row).mean()),
            "truth_is": TRUTH_IS[kind],
        }
        | spread("l_it", results.saved(row))
        | _ratios(results, row)
    )


def describe(table: pd.DataFrame) -> list[str]:
    """Ratios kind by kind, and what kind of truth each is held against."""
    found = [_told(kind, here) for kind in PARAMETERS if len(here := table[table["kind"] == kind])]
    below = int((table[["l_it_bits", "truth_bits"]] <= 0).any(axis=1).sum())
    if below:
        found.append(
            f"L_IT or the truth is 0 or negative in {below} of {len(table)} rows; the figure, on"
            " logarithmic scales, leaves them out."
        )
    return found


def _told(kind: str, rows: pd.DataFrame) -> str:
    if kind == "markov":
        return _told_of_chains(rows)
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
        f" told them and pays {_range(rows['l_theta0_bits'], 0)} bits for its labels: an M"
        " that knows the parity saves between the two. Less than the smaller one means that M has"
        " not learnt it, or that the warm coder forgot it."
    )


def _told_of_chains(rows: pd.DataFrame) -> str:
    """Of chains whose symbols are not equally likely, and of those whose symbols are."""
    some, none = rows[rows["truth_bits"] > 0], rows[rows["truth_bits"] == 0]
    found = ["markov:"]
    if len(some):
        inside = ((some["ratio_ci_low"] <= 1) & (some["ratio_ci_high"] >= 1)).sum()
        wasted = some["l_theta0_bits"] - some["ideal_bits"]
        found.append(
            f"L_IT is {_range(some['ratio'])} times the truth, and 1 lies in the 95 % interval of"
            f" {inside} of {len(some)} rows. The truth is what a coder saves after M's own windows"
            " that knows the order and counts. From nothing it needs"
            f" {_range(wasted, 0)} bits less than the code from θ₀."
        )
    if len(none):
        l_m = none["l_theta0_bits"] - none["l_it_bits"]
        codes = pd.concat([none["l_theta0_bits"], l_m]) / pd.concat([none["uniform_bits"]] * 2)
        found.append(
            "Where all symbols are equally likely there is nothing to learn: L_IT is"
            f" {_range(none['l_it_bits'], 1)} bits, and no code, from θ₀ or from M, is"
            f" farther than {percent((codes - 1).abs().max(), 3)} from the uniform one."
        )
    return " ".join(found)


def _range(values: pd.Series, digits: int = 2) -> str:
    low, high = (number(value, digits) for value in (values.min(), values.max()))
    return low if low == high else f"{low} to {high}"
