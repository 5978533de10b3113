"""Relatives of L_IT, from the same stored bits: what each says of a study's rows."""

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from lit.analyses.columns import headings
from lit.analyses.common import about, select_trained
from lit.analyses.correlations import FEWEST, NEVER, at_thresholds, rank_correlations
from lit.analyses.results import Options, Results, Row
from lit.analyses.words import signed
from lit.measures import description_lengths

KIND: dict[str, bool] = {}
TAKES = "rows of a trained M"
TITLE = "Relatives of L_IT"
COLUMNS = headings(
    "about: what",
    "measure value unit rows arm n",
    "l_it_bits: L_IT, bits",
    "k target source model learner labels",
)
EPS = (0.1, 0.5)  # bits a label
MISSING = "Not defined for some rows, where M's examples are not known or are of other labels"

select = select_trained


def tabulate(results: Results, options: Options) -> pd.DataFrame:
    """Long table: Spearman's rank correlation of each measure with L_IT, then the values.

    ``about`` is "rank correlation" or "value"; ``value`` is a correlation over ``rows`` rows, or a
    mean over seeds in the ``unit`` named, empty where the measure is not defined. The option
    ``eps`` are thresholds of SDL and eSC in bits a label.
    """
    values = []
    for row in select(results.rows, options, results.datasets):
        same = {"about": "value"} | about(row) | {"l_it_bits": results.transfer(row).mean()}
        for (measure, unit), by_seed in _measures(results, row, options.get("eps", EPS)).items():
            values.append(same | {"measure": measure, "unit": unit, "value": np.mean(by_seed)})
    table = pd.DataFrame(values)
    rho = pd.DataFrame(rank_correlations(table, "l_it_bits", "rank correlation"))
    table = pd.concat([rho, table], ignore_index=True)
    return table.astype(dict.fromkeys(("n", "k", "rows"), "Int64"))


def _measures(results: Results, row: Row, eps: Iterable[float]) -> dict[tuple[str, str], Any]:
    """Values (S,) of each measure by (name, unit); the first come from theta0's code alone."""
    bits, blocks = results.bits(row["cold"], row["k"]), results.blocks(row)
    compression = description_lengths.compression(bits, results.classes(row))
    return {
        ("MDL", "bits"): bits.sum(axis=1),
        ("compression", "k log₂ C / MDL"): compression,
        ("EDL", "bits"): description_lengths.excess_description_length(bits, blocks),
        **at_thresholds(bits, blocks, eps),
        ("epiplexity", "bits"): _epiplexity(results, row),
        ("V-information", "bits a label"): _v_information(results, row),
        ("K(Mₙ)", "bits"): results.memorised(row),
    }


def _epiplexity(results: Results, row: Row) -> np.ndarray | float:
    """Prequential epiplexity of M's own n labels, where the stream has fresh ones of the same."""
    same = row["source_dataset"] == row["target"] and row["source_labels"] == row["labels"]
    if row["source_cold"] is None or not same:
        return math.nan
    fresh = results.bits(row["warm"], row["k"], "start")
    own = results.bits(row["source_cold"], row["n"])
    return description_lengths.prequential_epiplexity(own, fresh)


def _v_information(results: Results, row: Row) -> np.ndarray | float:
    """V-information of M left untouched, where its labels are numbered as the target's."""
    source, classes = results.sources[row["source"]], results.classes(row)
    if source.get("named", False) and row["source_dataset"] != row["target"]:
        return math.nan  # two data sets may number classes of one name differently
    if not source["label"].size or np.max(source["classes"]) != classes:
        return math.nan
    labels = results.codes[row["warm"]]["label"][:, : row["k"]]
    null = description_lengths.null_bits(labels, source["label"], classes)
    return description_lengths.v_information(null, results.bits(row["warm"], row["k"], "start"))


def value_rows(table: pd.DataFrame) -> pd.DataFrame:
    """The values themselves."""
    return table[table["about"] == "value"]


def correlations(table: pd.DataFrame) -> pd.DataFrame:
    """Rank correlations by measure."""
    return table[table["about"] == "rank correlation"].set_index("measure")


def describe(table: pd.DataFrame) -> list[str]:
    """Which relative orders the rows like L_IT and which does not, and how little few rows say."""
    rho, values = correlations(table), value_rows(table)
    known, rows = rho[rho["value"].notna()], int(rho["rows"].max())
    if known.empty:
        return [
            f"No rank correlation can be given over {rows} row(s): it needs {FEWEST} that differ."
        ]
    ordered = known.sort_values("value").reset_index().to_dict("records")
    chance = 1.96 / math.sqrt(rows - 1)
    found = [
        f"{_told(ordered[-1])}, orders the rows most like L_IT, and {_told(ordered[0])}, least."
        " A negative ρ means the opposite order; for code lengths that can be the sensible one.",
        f"Over {rows} rows, unrelated measures would reach a |ρ| of {min(chance, 1):.1f} one time"
        " in twenty, and more often where rows are of one arm at several n: small differences in"
        " ρ mean nothing.",
        "MDL, compression, EDL, SDL and eSC come from the stream's code from θ₀: they say how hard"
        " its labels are, and are the same at every n of an arm. Epiplexity, V-information and"
        " K(Mₙ) are about M.",
    ]
    for which, said in ((values["value"].isna(), MISSING), (np.isinf(values["value"]), NEVER)):
        counts = values[which].groupby("measure", sort=False).size()
        if len(counts):
            told = ", ".join(f"{measure} ({count} of {rows})" for measure, count in counts.items())
            found.append(f"{said}: {told}.")
    return found


def _told(row: Row) -> str:
    return f"{row['measure']}, with ρ = {signed(row['value'])} over {row['rows']:.0f} rows"
