"""What a reader has to know before believing a study's numbers: its controls and its warnings."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from lit.analyses.words import counted, percent, size
from lit.measures.comparisons import LEVEL
from lit.measures.controls import (
    CONTROL,
    FEW,
    MEMORISED,
    NAMING,
    SMALLEST,
    knows_by_heart,
    say_short,
)
from lit.measures.intervals import FEWEST_FOR_SKEWNESS, SKEWED
from lit.report.formats import format_bits, format_share, records
from lit.study.label_transforms import RANDOM
from lit.tables.courses import teach_nothing
from lit.tables.duplicates import COPIES, say_little, warn_of_duplicates
from lit.tables.reading import count_labels, has_m

SURELY = 2  # standard errors above chance from which a train accuracy is better than it
# What an interval is about, see lit.measures.intervals.Estimate, and what that means.
ABOUT = {
    "these examples": "what other seeds would give on them",
    "examples like these": "what another data set of the same kind would give",
    "groups like these": "what a data set of other groups of the same kind would give",
}
FROM_ERRORS = {
    "these examples": "About these examples they are the mean ± t s.e., with Student's t of one"
    " degree of freedom less than there are seeds."
} | {
    f"{units} like these": f"About {units} like these, s.e. also counts how seeds vary together,"
    f" since they code some of the same {units}; the interval is never shorter than the one about"
    " these examples (docs/intervals.md)."
    for units in ("examples", "groups")
}


def find_controls(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Each random-label row with its shares of the uniform codes.

    ``holds`` is whether that of L_IT is within the allowed one, ``memorises`` whether M was trained
    on random labels, ``knowable`` which share of these can be known, and ``full`` whether M knows
    them, and they are enough.
    """
    rows = table[(table["labels"] == RANDOM) & has_m(table)]
    share = rows["l_it_bits"] / rows["uniform_bits"]
    memorised = rows["k_m_bits"] / rows["source_uniform_bits"]
    random = rows["source_labels"] == RANDOM
    rows = rows.assign(share=share, memorised=memorised, memorises=random)
    rows = rows.assign(holds=share.abs() <= CONTROL)
    # Tables of before 0.2 say nothing of what can be known.
    most = rows["m_knowable"].fillna(1.0) if "m_knowable" in rows else 1.0
    rows = rows.assign(knowable=most)
    full = random & knows_by_heart(rows["m_train_accuracy"], rows["knowable"])
    return records(rows.assign(full=full))


def find_warnings(table: pd.DataFrame, config: Mapping[str, Any]) -> dict[str, str]:
    """What is weak or wrong in the main table: a paragraph each, by what it is in a few words."""
    found = _warn_of_controls(find_controls(table))
    found |= _warn_of_guessing(table) | _warn_of_waste(table)
    if not (table["labels"] == RANDOM).any():
        found["No control"] = (
            "This study has no random-label arm: add one, so that a reader sees that memorising"
            " counts for nothing."
        )
    datasets = config.get("datasets", {})
    kinds = {name: spec["kind"] for name, spec in datasets.items()}
    if repeated := warn_of_duplicates(table, kinds):
        found["Coded inputs that M was trained on"] = repeated
    if table["seeds"].min() < 5:
        found["Few seeds"] = (
            f"Only {counted(int(table['seeds'].min()), 'seed')}: intervals from so few are rough or"
            " missing."
        )
    if skewed := warn_of_skew(table):
        found["Skewed over seeds"] = skewed[0]
    return found


def _warn_of_controls(controls: list[dict[str, Any]]) -> dict[str, str]:
    """Random-label rows that do not show what they are for, or show that something is wrong."""
    found = {}
    if other := [row for row in controls if not row["memorises"]]:
        found["No controls, as their M was trained on other labels"] = (
            f"{_names(other)}: random labels are coded from an M that was trained on others. That"
            " it saves nothing does not show that what is memorised counts for nothing: write"
            " source_labels: {random: 1.0} for the arm."
        )
    weak = [row for row in controls if row["memorises"] and not row["full"]]
    if weak:
        found["Controls did not memorise their labels"] = (
            "Sources with random labels that did not memorise them (train accuracy below"
            f" {MEMORISED} of what can be known): {_trained(weak)}. That they save nothing does"
            " not show that what is memorised counts for nothing. Write a smaller n for them, or a"
            f" wider network, or train them for longer; where fewer than {FEW} would be left, as of"
            " few columns, or labels are bins, of which no network gets each right, these data"
            f" allow no control (docs/faq.md).{_known_ones(controls)}"
        )
    over = [r for r in controls if not r["holds"]]
    short = [r for r in controls if r["uniform_bits"] < SMALLEST]
    if short:
        found["Streams too short for the control"] = (
            f"Random labels of less than k log₂ C = {SMALLEST:,.0f} bits: {_names(short)}. Finding"
            f" out that M is of no help costs up to {NAMING} bits, so that such a control within"
            f" {NAMING} bits of 0 shows little; an L_IT of far more than that needs no better one."
            f" A larger k would do, if there are examples for it: {_enough(short)}."
        )
    if over := [r for r in over if r["uniform_bits"] >= SMALLEST or abs(r["l_it_bits"]) > NAMING]:
        found["A control fails"] = (
            f"Random-label arms beyond {percent(CONTROL, 1)} of k log₂ C: {_names(over)}. Do not"
            " trust small differences here."
        )
    return found


def _enough(short: list[dict[str, Any]]) -> str:
    """The k from which on the streams of controls are long enough, of each target once."""
    found = {row["target"]: row["k"] * SMALLEST / row["uniform_bits"] for row in short}
    return ", ".join(f"{math.ceil(k):,} of {target}" for target, k in found.items())


def _trained(controls: list[dict[str, Any]]) -> str:
    """Each M's train accuracy, and the one that it can have at most, where inputs are equal."""
    said = []
    for row in controls:
        most = f" of at most {say_short(row['knowable'])}" if row["knowable"] < 1 else ""
        said.append(f"{row['arm']} (n = {row['n']}, {format_share(row['m_train_accuracy'])}{most})")
    return ", ".join(said)


def _known_ones(controls: list[dict[str, Any]]) -> str:
    """Which controls did memorise their labels, and what they save."""
    known = [
        f"{row['arm']} ({size(row['n'])}), which saves {format_bits(row['l_it_bits'])} bits"
        for row in controls
        if row["full"]
    ]
    return f" Others did, and show it: {', '.join(known)}." if known else ""


def _warn_of_guessing(table: pd.DataFrame) -> dict[str, str]:
    """M whose train accuracy is that of guessing.

    Left out are labels that teach nothing, and M of several trainings, which may have forgotten on
    purpose.
    """
    once = (table["n"] > 0) & (table["n_before"].fillna(0) == 0)
    nothing = teach_nothing(table["labels"]) | teach_nothing(table["source_labels"])
    rows = table[once.fillna(False) & ~nothing]
    chance = 2 ** -(rows["source_uniform_bits"] / rows["n"].astype(float))
    # of several labels an example, C is the target's
    chance = chance.where(_one_label(rows), 1 / rows["classes"])
    error = np.sqrt(chance * (1 - chance) / (rows["n"].astype(float) * rows["seeds"]))
    poor = rows.assign(chance=chance)[rows["m_train_accuracy"] <= chance + SURELY * error]
    said = [
        f"{row['arm']} ({size(row['n'])}: train accuracy {format_share(row['m_train_accuracy'])},"
        f" chance {format_share(row['chance'])})"
        for row in records(poor)
    ]
    if not said:
        return {}
    text = (
        "M is no better than chance on the labels that it was trained on:"
        f" {', '.join(dict.fromkeys(said))}. What it transfers says nothing of its data: try"
        " another model, such as a CNN for images, another lr, or more n."
    )
    return {"M did not learn its own labels": text}


def _one_label(table: pd.DataFrame) -> np.ndarray:
    """Whether examples of a row carry one label each."""
    return np.isclose(count_labels(table), table["k"])


def _warn_of_waste(table: pd.DataFrame) -> dict[str, str]:
    """Codes from theta0 that are longer than counting labels, whatever their inputs, ever takes.

    Counts of k labels take at most (C - 1) / 2 log2 k + log2 C bits more than their entropy
    (Xie and Barron 2000), and finding out that they are the right expert NAMING more. Several
    labels an example are left out, as the table lacks their number.
    """
    classes, k = table["classes"], table["k"]
    most = table["label_entropy_bits"] + (classes - 1) / 2 * np.log2(k) + np.log2(classes)
    wasted = _one_label(table) & has_m(table) & (table["l_theta0_bits"] > most + NAMING)
    rows = table.assign(most=most)[wasted]
    said = [
        f"{row['arm']} ({size(row['n'])}: {row['l_theta0_bits']:,.0f} and {row['most']:,.0f} bits)"
        for row in records(rows)
    ]
    if not said:
        return {}
    alone = ~rows["learner"].str.contains("readout")
    remedy = ": write readout beside it, as the default has it" if alone.any() else ""
    text = (
        "The code from θ₀ is longer than counting labels without a look at inputs ever is:"
        f" {', '.join(dict.fromkeys(said))}. So much of L_IT is waste of the learner's, and nothing"
        f" that M was taught{remedy}."
    )
    return {"The code from θ₀ wastes bits": text}


def warn_of_skew(table: pd.DataFrame) -> list[str]:
    """Rows whose L_IT is skewed over seeds, in a sentence, if there are more than by chance.

    Each row is judged at 1 %, so of hundreds of cells of sequences some are called skewed that are
    not. Rows of one value are one: cells of algorithms that have not parted yet.
    """
    different = table.drop_duplicates(["l_it_bits", "l_it_se", "l_it_skewed"])
    known = int((different["seeds"] >= FEWEST_FOR_SKEWNESS).sum())
    found = int(different["l_it_skewed"].sum())
    if not found or stats.binom.sf(found - 1, known, SKEWED) > LEVEL:
        return []
    skewed = records(table[table["l_it_skewed"]])
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
        arms = f" for {', '.join(rows['arm'].unique())}" if table["about"].nunique() > 1 else ""
        found.append(f"Intervals of L_IT{arms} are about {about}: {ABOUT[str(about)]}.")
        if rows["shared"].isna().all():
            found.append("Which examples seeds share is not known.")
            continue
        found.append(
            f"Two seeds share {_range(100 * rows['shared'], 0)} % of what they code (f); all"
            f" together code an example, or a group, {_range(rows['times_coded'], 2)} times (f S)."
        )
    return " ".join(found)


def explain_errors(table: pd.DataFrame) -> str:
    """How the main table's intervals follow from its standard errors, if it has intervals."""
    known = set(table["about"][table["l_it_ci_low"].notna()])
    return " ".join(said for about, said in FROM_ERRORS.items() if about in known)


def _range(values: pd.Series, digits: int) -> str:
    low, high = f"{values.min():.{digits}f}", f"{values.max():.{digits}f}"
    return low if low == high else f"{low} to {high}"


def _names(rows: list[dict[str, Any]]) -> str:
    return ", ".join(dict.fromkeys(f"{row['arm']} ({size(row['n'])})" for row in rows))


def find_data_warnings(datasets: pd.DataFrame, table: pd.DataFrame) -> dict[str, str]:
    """What is probably wrong with data sets, as was said when they were read, and what it comes to
    in the main table."""
    found = {}
    for row in records(datasets):
        if said := row["warnings"]:
            little = say_little(table, row["dataset"]) if COPIES in said else ""
            found[f"Data set {row['dataset']}"] = f"Data set {row['dataset']}: {said}.{little}"
    return found
