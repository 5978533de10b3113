"""Relatives of L_IT, from the same stored bits: what each says of a study's rows, and whether it orders them alike."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from lit.analyses.common import about, headings, trained
from lit.analyses.results import Datasets, Results, Row
from lit.errors import InputError
from lit.measures import description_lengths

TAKES = "rows of a trained M"
TITLE = "Relatives of L_IT"
COLUMNS = headings(
    {"about": "what"},
    "measure value unit rows arm n",
    {"l_it_bits": "L_IT, bits"},
    "k target source model learner labels",
)
EPS = (0.1, 0.5)  # bits a label
FEWEST = 3  # rows below which a rank correlation says nothing


def select(rows: list[Row], options: Mapping[str, Any], datasets: Datasets) -> list[Row]:
    """Rows of a trained M.

    Raises:
        InputError: there is none.
    """
    found = trained(rows)
    if not found:
        raise InputError("analysis relatives: needs arms with an n above 0")
    return found


def tabulate(results: Results, options: Mapping[str, Any]) -> pd.DataFrame:
    """Long table: first Spearman's rank correlation of each measure with L_IT over the rows, then the values themselves.

    Args:
        results: Rows with n above 0, or ready weights, are used.
        options: ``eps``, thresholds of SDL and eSC in bits a label.

    Returns:
        ``about`` is "rank correlation" or "value"; ``value`` is a correlation over ``rows`` rows,
        or a mean over seeds in the ``unit`` named, empty where the measure is not defined.

    Raises:
        InputError: see :func:`select`.
    """
    values = []
    for row in select(results.rows, options, results.datasets):
        same = {"about": "value"} | about(row) | {"l_it_bits": results.transfer(row).mean()}
        for (measure, unit), by_seed in _measures(results, row, options.get("eps", EPS)).items():
            values.append(same | {"measure": measure, "unit": unit, "value": np.mean(by_seed)})
    table = pd.DataFrame(values)
    return pd.concat([_correlations(table), table], ignore_index=True).astype(
        {"n": "Int64", "k": "Int64", "rows": "Int64"}
    )


def _measures(results: Results, row: Row, eps: Any) -> dict[tuple[str, str], Any]:
    """Values (S,) of each measure and its unit; the first ones are those of the code from theta0, whatever M is."""
    bits, blocks = results.bits(row["cold"], row["k"]), results.blocks(row)
    cold = {
        ("MDL", "bits"): bits.sum(axis=1),
        ("compression", "k log₂ C / MDL"): description_lengths.compression(
            bits, results.classes(row)
        ),
        ("EDL", "bits"): description_lengths.excess_description_length(bits, blocks),
    }
    surplus = {
        (f"SDL, ε = {e:g}", "bits"): description_lengths.surplus_description_length(bits, blocks, e)
        for e in eps
    }
    samples = {
        (f"eSC, ε = {e:g}", "examples"): description_lengths.sample_complexity(bits, blocks, e)
        for e in eps
    }
    return (
        cold
        | surplus
        | samples
        | {
            ("epiplexity", "bits"): _epiplexity(results, row),
            ("V-information", "bits a label"): _v_information(results, row),
            ("K(Mₙ)", "bits"): results.memorised(row),
        }
    )


def _epiplexity(results: Results, row: Row) -> np.ndarray | float:
    """Prequential epiplexity of M's own n labels; only where the stream holds fresh examples of the same labels."""
    same = row["source_dataset"] == row["target"] and row["source_labels"] == row["labels"]
    if row["source_cold"] is None or not same:
        return math.nan
    fresh = results.bits(row["warm"], row["k"], "start")
    return description_lengths.prequential_epiplexity(
        results.bits(row["source_cold"], row["n"]), fresh
    )


def _v_information(results: Results, row: Row) -> np.ndarray | float:
    """V-information of M left untouched; only where M was trained on known labels of the target's classes, numbered alike."""
    source, classes = results.sources[row["source"]], results.classes(row)
    if source.get("named", False) and row["source_dataset"] != row["target"]:
        return math.nan  # two data sets may number classes of one name differently
    if not source["label"].size or np.max(source["classes"]) != classes:
        return math.nan
    null = description_lengths.null_bits(
        results.codes[row["warm"]]["label"][:, : row["k"]], source["label"], classes
    )
    return description_lengths.v_information(null, results.bits(row["warm"], row["k"], "start"))


def _correlations(values: pd.DataFrame) -> pd.DataFrame:
    """Spearman's rho of each measure with L_IT over the rows that have both; empty where either is constant or rows are few."""
    found = []
    for (measure, unit), here in values.groupby(["measure", "unit"], sort=False):
        known = here[here["value"].notna()]
        varies = (
            len(known) >= FEWEST
            and known["value"].nunique() > 1
            and known["l_it_bits"].nunique() > 1
        )
        rho = stats.spearmanr(known["value"], known["l_it_bits"]).statistic if varies else math.nan
        found.append(
            {
                "about": "rank correlation",
                "measure": measure,
                "unit": unit,
                "value": rho,
                "rows": len(known),
            }
        )
    return pd.DataFrame(found)


def value_rows(table: pd.DataFrame) -> pd.DataFrame:
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
            f"No rank correlation can be given over {rows} row(s): it needs {FEWEST} or more, with"
            " values that differ."
        ]
    ordered = known.sort_values("value").reset_index().to_dict("records")
    chance = 1.96 / math.sqrt(rows - 1)
    found = [
        f"{_told(ordered[-1])}, orders the rows most like L_IT, and {_told(ordered[0])}, least."
        " A negative ρ means the opposite order; for code lengths that can be the sensible one.",
        f"These are {rows} rows, and rows of one arm at several n are not independent. Even if"
        f" they were, unrelated measures would reach a |ρ| of {min(chance, 1):.1f} one time in"
        " twenty, so small differences in ρ mean nothing.",
        "MDL, compression, EDL, SDL and eSC come from the stream's code from θ₀: they say how"
        " hard its labels are, and are the same at every n of an arm. Epiplexity, V-information"
        " and K(Mₙ) are about M.",
    ]
    missing = values[values["value"].isna()].groupby("measure", sort=False).size()
    if len(missing):
        told = ", ".join(f"{measure} ({count} of {rows})" for measure, count in missing.items())
        found.append(
            "Not defined for some rows, where M's examples are not known or are of other labels:"
            f" {told}."
        )
    never = values[np.isinf(values["value"])].groupby("measure", sort=False).size()
    if len(never):
        told = ", ".join(f"{measure} ({count} of {rows})" for measure, count in never.items())
        found.append(
            "Infinite, and not drawn, where a block's mean stays above ε to the end in some seed:"
            f" {told}."
        )
    return found


def _told(row: Mapping[Any, Any]) -> str:
    return (
        f"{row['measure']}, with ρ = "
        + f"{row['value']:.2f} over {row['rows']:.0f} rows".replace("-", "−")
    )
