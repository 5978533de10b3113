"""Scores of representations beside their code lengths: whether each orders them alike."""

import math
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import softmax

from lit.analyses.columns import headings
from lit.analyses.common import about, on_one_stream
from lit.analyses.correlations import (
    FEWEST,
    NEVER,
    UNCERTAIN,
    at_thresholds,
    rank_correlations,
    told,
    value_and_se,
)
from lit.analyses.results import Datasets, Options, Results, Row
from lit.analyses.words import counted
from lit.data.inputs import scale
from lit.errors import InputError
from lit.measures import transferability

KIND = {"shows_examples": True, "one_stream": True}
TAKES = "rows with n = 0, to be scored, and of ready weights, to be foretold"
TITLE = "Scores of representations"
COLUMNS = headings(
    "about: what",
    "measure value",
    "se: ± s.e.",
    UNCERTAIN,
    "unit better rows arm",
    "code_bits: code length, bits",
    "tuned_bits: fine-tuned, bits",
    "k",
)
EPS = (0.5, 1.0)  # bits a label
FRESH = 2000  # at most so many examples are classified for an accuracy
WITH = {"code_bits": "ρ with the code length", "tuned_bits": "ρ with the fine-tuned code length"}
CODE = "code length"


def select(rows: list[Row], options: Options, datasets: Datasets) -> list[Row]:
    """Rows with n = 0, which are scored, and those of ready weights, to be foretold."""
    found = [row for row in rows if row["n"] in (0, None)]
    if all(row["n"] is None for row in found):
        raise InputError("needs arms with n: 0, such as features coded by a probe")
    return found


def tabulate(results: Results, options: Options) -> pd.DataFrame:
    """Long table: rank correlations of scores with code lengths, then the scores themselves.

    Args:
        results: Rows that code the same labels, cut at the smallest k; those with n = 0 are scored,
            the fine-tuned ones of the same networks are what the scores should foretell.
        options: ``eps``, thresholds of SDL and eSC in bits a label.

    Returns:
        ``value`` is a mean over seeds, of the k examples of their streams; or Spearman's rho over
        ``rows`` representations, its sign such that 1 is the order of the code lengths, whichever
        way is ``better``.
    """
    results = on_one_stream(results)
    rows = select(results.rows, options, results.datasets)
    ready = [row for row in rows if row["n"] is None]
    tuned = {_weights(results, row["model"]): results.own(row).mean() for row in ready}
    values = []
    for row in (row for row in rows if row["n"] == 0):
        spec = results.datasets[row["target"]]
        trained = spec["kind"] == "features" and spec.get("trained", True) and not spec.get("layer")
        tuned_bits = tuned.get(_weights(results, spec["model"]), math.nan) if trained else math.nan
        same = about(row) | {"about": "value", "code_bits": results.own(row).mean()}
        for (measure, unit, better), by_seed in _measures(results, row, options).items():
            values.append(
                same
                | {"tuned_bits": tuned_bits, "measure": measure, "unit": unit, "better": better}
                | value_and_se(by_seed)
            )
    table = pd.DataFrame(values)
    table = pd.concat([_correlations(table), table], ignore_index=True)
    return table.astype(dict.fromkeys(("n", "k", "rows"), "Int64"))


def _weights(results: Results, model: str) -> tuple[Any, ...]:
    """What makes two networks the same backbone, whatever size of images they are given."""
    spec = results.models[model]
    return tuple(spec.get(key) for key in ("kind", "name", "revision", "factory", "weights"))


def _measures(
    results: Results, row: Row, options: Options
) -> dict[tuple[str, str, str], np.ndarray]:
    """Values (S,) of each score, by its name, unit and which values are better."""
    bits = results.bits(row["cold"], row["k"])
    thresholds = at_thresholds(bits, options.get("eps", EPS))
    lengths = {(CODE, "bits"): bits.sum(axis=1), **thresholds}
    by_seed = [_scores(results, row, s) for s in range(len(results.seeds))]
    scores = {key: np.array([one[key] for one in by_seed]) for key in by_seed[0]}
    return {(*key, "less"): values for key, values in lengths.items()} | scores


def _scores(results: Results, row: Row, s: int) -> dict[tuple[str, str, str], float]:
    """Scores of the k examples of one seed's stream."""
    data, codes, k = results.data[row["target"]], results.codes[row["cold"]], row["k"]
    index, y = codes["index"][s, :k], codes["label"][s, :k]
    everything = scale(data["x"]).reshape(len(data["x"]), -1).astype(np.float64)
    fresh = np.setdiff1d(np.arange(len(everything)), index)[:FRESH]
    x, accuracy = everything[index], math.nan
    # Of transformed labels, only those of the stream are known.
    if len(fresh) and not row["labels"]:
        accuracy = transferability.linear_probe_accuracy(x, y, everything[fresh], data["y"][fresh])
    found = {
        ("linear-probe accuracy", "share", "more"): accuracy,
        ("LogME", "bits, of a density", "more"): transferability.log_me(x, y),
        ("H-score", "variance", "more"): transferability.h_score(x, y),
        ("LEEP", "bits a label", "more"): math.nan,
        ("NCE", "bits a label", "more"): math.nan,
    }
    if "classifier/weight" in data:
        logits = x @ data["classifier/weight"].T + data["classifier/bias"]
        found["LEEP", "bits a label", "more"] = transferability.leep(softmax(logits, axis=1), y)
        found["NCE", "bits a label", "more"] = transferability.nce(logits.argmax(axis=1), y)
    return found


def _correlations(values: pd.DataFrame) -> pd.DataFrame:
    """Spearman's rho of each score, turned so that less is better, with each code length."""
    turned = values.assign(
        value=values["value"].where(values["better"] == "less", -values["value"])
    )
    found: list[Row] = []
    for column, name in WITH.items():
        here = turned[turned["measure"] != CODE] if column == "code_bits" else turned
        found += rank_correlations(here, column, name, "better")
    return pd.DataFrame(found)


def describe(table: pd.DataFrame) -> list[str]:
    """Which scores surely order representations like coding and fine-tuning."""
    found = []
    for name in WITH.values():
        here = table[table["about"] == name]
        found.append(
            f"{name}: {told(here)}"
            if here["value"].notna().any()
            else f"{name}: not given over {counted(int(here['rows'].max()), 'representation')}; it"
            f" needs {FEWEST} or more that differ."
        )
    found.append(
        "1 is the same order, −1 the opposite; nothing is said of which ρ is the larger. LogME and"
        " H-score see features and labels, LEEP and NCE the backbone's own classes too; none sees"
        " how the benefit depends on the number of labels. The accuracy is"
        " that of ridge regression on the stream's k examples."
    )
    values = table[table["about"] == "value"]
    measures = values.groupby("measure", sort=False)["value"]
    if undefined := [measure for measure, each in measures if each.isna().all()]:
        found.append(
            "Not defined for any of these representations, and not drawn:"
            f" {', '.join(map(str, undefined))}. LEEP and NCE need features of a backbone with a"
            " head of its own; the accuracy needs true labels, and examples beside the stream's;"
            " SDL needs two seeds."
        )
    infinite = values[np.isinf(values["value"].astype(float))]
    never = infinite.groupby("measure", sort=False)["arm"].agg(", ".join)
    if len(never):
        said = "; ".join(f"{measure} ({arms})" for measure, arms in never.items())
        found.append(f"{NEVER}: {said}.")
    return found
