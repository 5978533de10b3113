"""Label noise: total code length, L_IT and what M memorised, as labels become less predictable."""

from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from lit.analyses.columns import headings, mean_and_se, spread, spread_headings
from lit.analyses.common import about, by_key, differing
from lit.analyses.results import Datasets, Options, Results, Row
from lit.analyses.words import number, one_of, percent, with_interval
from lit.errors import InputError
from lit.study import label_transforms
from lit.study.label_transforms import Transform

KIND: dict[str, bool] = {}
TAKES = "rows with n > 0 and labels that are true, random or noise"
TITLE = "Label noise"
COLUMNS = headings(
    "labels",
    "level: level p",
    "l_theta0_bits: from θ₀",
    "l_theta0_se: s.e.",
    "l_m_bits: from M",
    "l_m_se: s.e.",
    spread_headings("l_it", "L_IT", "s.e."),
    "k_m_bits: K(Mₙ)",
    "k_m_se: s.e.",
    "m_train_accuracy: train accuracy",
    "irreducible_bits: k H(Y|X)",
    "uniform_bits: uniform",
)


def select(rows: list[Row], options: Options, datasets: Datasets) -> list[Row]:
    """Rows with n > 0 and labels that are true, random or noisy, and alike in all else.

    By kind of noise and level; each once.
    """
    places = {"true": 0, "noise": 1, "random": 2}
    found = [row for row in rows if row["n"] and _noise(row["labels"])[0] in places]
    if not any(row["labels"] for row in found):
        raise InputError(
            "no row has n > 0 and noisy labels; add arms with labels such as {random: 0.5} or"
            " {noise: 0.2}"
        )
    same = ("target", "source_dataset", "model", "learner", "n", "k")
    if varying := differing(found, same):
        raise InputError(
            f"its arms differ in {', '.join(varying)}; name arms that differ in labels alone, with"
            " one n > 0"
        )
    by_key(found, lambda row: (label_transforms.name(row["labels"]),), "labels")

    def place(row: Row) -> tuple[int, Any]:
        kind, level = _noise(row["labels"])
        return places[kind], level

    return sorted(found, key=place)


def tabulate(results: Results, options: Options) -> pd.DataFrame:
    """One row a noise level, by kind of noise and level; true labels are level 0.

    Code lengths of the k labels from theta0 and from M, L_IT, K(M_n) of the n training labels
    (missing without their cold code), and ``irreducible_bits``, k H(Y|X) of a task that is free
    of noise otherwise.
    """
    rows = select(results.rows, options, results.datasets)
    return pd.DataFrame([_row(results, row) for row in rows]).astype({"n": "Int64"})


def _noise(labels: Transform) -> tuple[str, Any]:
    """Kind and level; of labels that are not noisy, what else was done to them."""
    return next(iter((labels or {"true": 0}).items()))


def _row(results: Results, row: Row) -> Row:
    kind, level = _noise(row["labels"])
    return about(row) | {
        "kind": kind,
        "level": float(level),
        **mean_and_se("l_theta0", results.total(row, "cold")),
        **mean_and_se("l_m", results.total(row, "warm")),
        **spread("l_it", results.saved(row)),
        **mean_and_se("k_m", results.memorised(row)),
        "m_train_accuracy": float(np.mean(results.sources[row["source"]]["accuracy"])),
        "irreducible_bits": row["k"] * noise_entropy(row["labels"], results.classes(row)),
        "uniform_bits": results.uniform(row),
    }


def noise_entropy(labels: Transform, classes: int) -> float:
    """Bits of a noisy label, given the true one.

    Random labels fall on each class with chance p / C, the true one among them; noise takes one of
    the C - 1 others.
    """
    if not labels:
        return 0.0
    ((kind, level),) = labels.items()
    other = level / (classes if kind == "random" else classes - 1)
    return float(stats.entropy([1 - (classes - 1) * other] + [other] * (classes - 1), base=2))


def kinds_of_noise(table: pd.DataFrame) -> list[str]:
    """``random``, ``noise`` or both."""
    return [kind for kind in dict.fromkeys(table["kind"]) if kind != "true"]


def describe(table: pd.DataFrame) -> list[str]:
    """What noise does to code lengths, to L_IT and to K(M_n), kind by kind."""
    model, target, n, k = (one_of(table, name) for name in ("model", "target", "n", "k"))
    alike = (table["labels"] == table["source_labels"]).all()
    noise = "the same noise as" if alike else "partly another noise than"
    return [
        f"{model} on {target}, M trained on n = {n:,} labels with {noise} the k = {k:,} that are"
        " coded.",
        *(_findings(kind, table) for kind in kinds_of_noise(table)),
        "The irreducible part k H(Y|X) is what the noise alone costs, too little for a task that"
        " has noise of its own. K(Mₙ) counts bits of n training labels and L_IT of k fresh ones:"
        " compare how they move, not their sizes. Error bars are standard errors over seeds.",
    ]


def _findings(kind: str, table: pd.DataFrame) -> str:
    rows = table[table["kind"].isin(["true", kind])]
    first, last = rows["level"].iloc[0], rows.to_dict("records")[-1]
    course = f"one level only, p = {first:g}; add true labels and further levels to see a course"
    if len(rows) > 1:
        course = (
            f"from p = {first:g} to {last['level']:g} the mean code length from θ₀"
            f" {_course(rows, 'l_theta0_bits')}, the one from M {_course(rows, 'l_m_bits')}, and"
            f" L_IT {_course(rows, 'l_it_bits')}"
        )
    share = f"{percent(last['l_it_bits'] / last['uniform_bits'], 2)} of k log₂ C"
    if last["irreducible_bits"] < 0.999 * last["uniform_bits"]:
        share += "; labels are not wholly random there, so that it need not be 0"
    memorised = "unknown, for want of the training labels' code from θ₀"
    if not np.isnan(last["k_m_bits"]):
        memorised = f"{number(last['k_m_bits'])} bits at accuracy {last['m_train_accuracy']:.3f}"
    return (
        f"{kind}: {course}. At p = {last['level']:g} L_IT is {with_interval(last, 'l_it')},"
        f" {share}. K(Mₙ) there is {memorised}."
    )


def _course(rows: pd.DataFrame, column: str) -> str:
    values = rows[column].to_numpy()
    steps = np.diff(values)
    way = "does not go one way"
    if (steps > 0).all() or (steps < 0).all():
        way = f"{'rises' if steps[0] > 0 else 'falls'} at every step"
    return f"{way} ({'; '.join(map(number, values))} bits)"
