"""Relatives of L_IT, from the same stored bits: what each says of a study's rows."""

import math
from collections import Counter
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from lit.analyses.columns import headings
from lit.analyses.common import about, select_trained
from lit.analyses.correlations import (
    FEWEST,
    NEVER,
    UNCERTAIN,
    at_thresholds,
    rank_correlations,
    told,
    value_and_se,
)
from lit.analyses.results import Options, Results, Row
from lit.analyses.words import at_n, number
from lit.measures import description_lengths

KIND = {"recorded": True}
TAKES = "rows of a trained M"
TITLE = "Relatives of L_IT"
COLUMNS = headings(
    "about: what",
    "measure value",
    "se: ± s.e.",
    UNCERTAIN,
    "unit rows arm n",
    "l_it_bits: L_IT, bits",
    "k target source model learner labels",
)
EPS = (0.1, 0.5)  # bits a label
ALIKE = ("n", "k", "learner")  # what rows have in common over which measures are compared
UNKNOWN = np.array([math.nan])
MISSING = (
    "Not defined for some rows, where M's examples are not known or are of other labels, or SDL has"
    " one seed"
)

select = select_trained


def tabulate(results: Results, options: Options) -> pd.DataFrame:
    """Long table: Spearman's rank correlation of each measure with L_IT, then the values.

    ``about`` is "rank correlation" or "value"; ``value`` is a correlation over ``rows`` rows, or a
    mean over seeds in the ``unit`` named, empty where the measure is not defined. Correlations are
    over the rows of one n, k and learner, those that most rows have, or of them the largest: what
    comes from theta0's code is the same at every n of an arm. The option ``eps`` are thresholds of
    SDL and eSC in bits a label.
    """
    values = []
    for row in select(results.rows, options, results.datasets):
        same = {"about": "value"} | about(row) | {"l_it_bits": results.transfer(row).mean()}
        for (measure, unit), by_seed in _measures(results, row, options.get("eps", EPS)).items():
            values.append(same | {"measure": measure, "unit": unit} | value_and_se(by_seed))
    counts = Counter(_alike(row) for row in values)
    most = max(counts, key=lambda alike: (counts[alike], alike[0] or 0, *alike[1:]))
    compared = pd.DataFrame([row for row in values if _alike(row) == most])
    rho = pd.DataFrame(rank_correlations(compared, "l_it_bits", "rank correlation"))
    rho = rho.assign(**dict(zip(ALIKE, most, strict=True)))
    table = pd.concat([rho, pd.DataFrame(values)], ignore_index=True)
    return table.astype(dict.fromkeys(("n", "k", "rows"), "Int64"))


def _alike(row: Row) -> tuple[Any, ...]:
    return tuple(row[name] for name in ALIKE)


def _measures(
    results: Results, row: Row, eps: Iterable[float]
) -> dict[tuple[str, str], np.ndarray]:
    """Values (S,) of each measure by (name, unit); the first come from theta0's code alone."""
    bits, labels = results.bits(row["cold"], row["k"]), results.labels(row)
    compression = description_lengths.compression(bits, labels * np.log2(results.classes(row)))
    return {
        ("MDL", "bits"): bits.sum(axis=1),
        ("compression", "k log₂ C / MDL"): compression,
        ("EDL", "bits"): description_lengths.excess_description_length(bits),
        **at_thresholds(bits, eps, float(labels.mean() / row["k"])),
        ("epiplexity", "bits"): _epiplexity(results, row),
        ("V-information", "bits a label"): _v_information(results, row),
        ("K(Mₙ)", "bits"): results.memorised(row),
    }


def _epiplexity(results: Results, row: Row) -> np.ndarray:
    """Prequential epiplexity of M's own n labels, where the stream has fresh ones of the same."""
    same = row["source_dataset"] == row["target"] and row["source_labels"] == row["labels"]
    if row["source_cold"] is None or not same:
        return UNKNOWN
    fresh = results.bits(row["warm"], row["k"], "start")
    own = results.bits(row["source_cold"], row["n"])
    return description_lengths.prequential_epiplexity(own, fresh)


def _v_information(results: Results, row: Row) -> np.ndarray:
    """V-information of M left untouched, where its labels are numbered as the target's."""
    if row["source"] is None:  # its M was recorded elsewhere
        return UNKNOWN
    source, classes = results.sources[row["source"]], results.classes(row)
    if source.get("named", False) and row["source_dataset"] != row["target"]:
        return UNKNOWN  # two data sets may number classes of one name differently
    if not source["label"].size or np.max(source["classes"]) != classes:
        return UNKNOWN
    labels = results.codes[row["warm"]]["label"][:, : row["k"]]
    null = description_lengths.null_bits(labels, source["label"], classes)
    saved = description_lengths.v_information(null, results.bits(row["warm"], row["k"], "start"))
    return saved * row["k"] / results.labels(row)


def value_rows(table: pd.DataFrame) -> pd.DataFrame:
    """The values themselves."""
    return table[table["about"] == "value"]


def correlations(table: pd.DataFrame) -> pd.DataFrame:
    """Rank correlations by measure."""
    return table[table["about"] == "rank correlation"].set_index("measure")


def compared_rows(table: pd.DataFrame) -> "pd.Series[bool]":
    """Which rows of values the rank correlations are over."""
    first = table[table["about"] == "rank correlation"].iloc[0]
    values = value_rows(table)
    same_n = values["n"].isna() if pd.isna(first["n"]) else values["n"].eq(first["n"]).fillna(False)
    return same_n & values["k"].eq(first["k"]) & values["learner"].eq(first["learner"])


def describe(table: pd.DataFrame) -> list[str]:
    """Which relatives surely order the rows like L_IT, or the other way round."""
    rho, values = correlations(table), value_rows(table)
    first, rows = rho.iloc[0], int(values["measure"].value_counts().max())
    where = f"{at_n(first['n'])}, k = {first['k']:,} and learner {first['learner']}"
    if rho["value"].isna().all():
        return [
            f"{where}, as most rows have it, a rank correlation needs {FEWEST} rows that differ,"
            f" and has {number(rho['rows'].max())}."
        ]
    found = [
        f"{where}, as most rows have it, Spearman's ρ with L_IT is: {told(rho.reset_index())}",
        "A negative ρ means the opposite order; for code lengths that can be the sensible one."
        " Intervals and tests take rows for independent: those of variants of one data set are not,"
        " and then are told from 0 too easily. They say nothing of which ρ is the larger.",
        "MDL, compression, EDL, SDL and eSC come from the stream's code from θ₀: they say how hard"
        " its labels are, and are the same at every n of an arm. Epiplexity, V-information and"
        " K(Mₙ) are about M. The floor of epiplexity is M's loss on fresh labels; where data are"
        " gone through once, as by Finzi et al., that is the last training loss.",
    ]
    for which, said in ((values["value"].isna(), MISSING), (np.isinf(values["value"]), NEVER)):
        counts = values[which].groupby("measure", sort=False).size()
        if len(counts):
            each = ", ".join(f"{measure} ({count} of {rows})" for measure, count in counts.items())
            found.append(f"{said}: {each}.")
    return found
