"""Scores of representations beside their code lengths: whether each orders them as coding and as fine-tuning does."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats
from scipy.special import softmax

from lit.analyses.common import about, headings, on_one_stream
from lit.analyses.results import Datasets, Results, Row
from lit.analyses.words import number
from lit.data.dataset import scale
from lit.errors import InputError
from lit.measures import description_lengths, transferability

TAKES = "rows with n = 0, to be scored, and of ready weights, to be foretold"
TITLE = "Scores of representations"
COLUMNS = headings(
    {"about": "what"},
    "measure value",
    {"se": "± s.e."},
    "unit better rows arm",
    {"code_bits": "code length, bits", "tuned_bits": "fine-tuned, bits"},
    "k",
)
EPS = (0.5, 1.0)  # bits a label
FEWEST = 3  # rows below which a rank correlation says nothing
FRESH = 2000  # at most so many examples are classified for an accuracy
WITH = {"code_bits": "ρ with the code length", "tuned_bits": "ρ with the fine-tuned code length"}
CODE = "code length"


def select(rows: list[Row], options: Mapping[str, Any], datasets: Datasets) -> list[Row]:
    """Rows with n = 0, which are scored, and those of ready weights, which the scores should foretell.

    Raises:
        InputError: no row with n = 0.
    """
    found = [row for row in rows if row["n"] in (0, None)]
    if all(row["n"] is None for row in found):
        raise InputError("analysis scores: needs arms with n: 0, such as features coded by a probe")
    return found


def tabulate(results: Results, options: Mapping[str, Any]) -> pd.DataFrame:
    """Long table: rank correlations of each score with code lengths first, then the scores themselves.

    Args:
        results: Rows that code the same labels, cut at the smallest k; those with n = 0, of
            features, own ones or pixels, are scored, the fine-tuned ones of the same networks are
            what the scores should foretell.
        options: ``eps``, thresholds of SDL and eSC in bits a label.

    Returns:
        ``value`` is a mean over seeds, of the k examples of their streams; or Spearman's rho over
        ``rows`` representations, its sign such that 1 is the order of the code lengths, whichever
        way is ``better``.

    Raises:
        InputError: see :func:`select`; or rows that code other labels.
    """
    results = on_one_stream(results, "scores")
    rows = select(results.rows, options, results.datasets)
    frozen = [row for row in rows if row["n"] == 0]
    tuned = {
        _weights(results, row["model"]): results.own(row).mean() for row in rows if row["n"] is None
    }
    values = []
    for row in frozen:
        spec = results.datasets[row["target"]]
        trained = spec["kind"] == "features" and spec.get("trained", True) and not spec.get("layer")
        same = about(row) | {"about": "value", "code_bits": results.own(row).mean()}
        same["tuned_bits"] = (
            tuned.get(_weights(results, spec["model"]), math.nan) if trained else math.nan
        )
        for (measure, unit, better), by_seed in _measures(
            results, row, options.get("eps", EPS)
        ).items():
            by_seed = np.asarray(by_seed, dtype=np.float64)
            se = stats.sem(by_seed) if len(by_seed) > 1 and np.isfinite(by_seed).all() else math.nan
            values.append(
                same
                | {
                    "measure": measure,
                    "unit": unit,
                    "better": better,
                    "value": by_seed.mean(),
                    "se": se,
                }
            )
    table = pd.DataFrame(values)
    return pd.concat([_correlations(table), table], ignore_index=True).astype(
        {"n": "Int64", "k": "Int64", "rows": "Int64"}
    )


def _weights(results: Results, model: str) -> tuple[Any, ...]:
    """What makes two networks the same backbone, whatever size of images they are given."""
    spec = results.models[model]
    return tuple(spec.get(key) for key in ("kind", "name", "factory", "weights"))


def _measures(results: Results, row: Row, eps: Sequence[float]) -> dict[tuple[str, str, str], Any]:
    """Values (S,) of each score, by its name, unit and which values are better."""
    bits, blocks = results.bits(row["cold"], row["k"]), results.blocks(row)
    surplus = {
        (f"SDL, ε = {e:g}", "bits", "less"): description_lengths.surplus_description_length(
            bits, blocks, e
        )
        for e in eps
    }
    samples = {
        (f"eSC, ε = {e:g}", "examples", "less"): description_lengths.sample_complexity(
            bits, blocks, e
        )
        for e in eps
    }
    by_seed = [_scores(results, row, s) for s in range(len(results.seeds))]
    scores = {key: np.array([one[key] for one in by_seed]) for key in by_seed[0]}
    return {(CODE, "bits", "less"): bits.sum(axis=1)} | surplus | samples | scores


def _scores(results: Results, row: Row, s: int) -> dict[tuple[str, str, str], float]:
    """Scores of the k examples of one seed's stream."""
    data, codes, k = results.data[row["target"]], results.codes[row["cold"]], row["k"]
    index, y = codes["index"][s, :k], codes["label"][s, :k]
    everything = scale(data["x"]).reshape(len(data["x"]), -1).astype(np.float64)
    fresh = np.setdiff1d(np.arange(len(everything)), index)[:FRESH]
    x, accuracy = everything[index], math.nan
    if (
        len(fresh) and not row["labels"]
    ):  # of transformed labels, only those of the stream are known
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
    """Spearman's rho of each score with each kind of code length; empty where either is constant or rows are few."""
    found = []
    for column, name in WITH.items():
        for (measure, unit, better), here in values.groupby(
            ["measure", "unit", "better"], sort=False
        ):
            if measure == CODE and column == "code_bits":
                continue
            known = here[here["value"].notna() & here[column].notna()]
            varies = (
                len(known) >= FEWEST
                and known["value"].nunique() > 1
                and known[column].nunique() > 1
            )
            rho = stats.spearmanr(known["value"], known[column]).statistic if varies else math.nan
            rho = rho if better == "less" else -rho
            found.append(
                {
                    "about": name,
                    "measure": measure,
                    "unit": unit,
                    "better": better,
                    "value": rho,
                    "rows": len(known),
                }
            )
    return pd.DataFrame(found)


def signed(rho: float) -> str:
    return f"{rho:.2f}".replace("-", "−")


def describe(table: pd.DataFrame) -> list[str]:
    """Which score orders the representations most like coding and like fine-tuning, and how little few rows say."""
    found = []
    for name in WITH.values():
        here = table[(table["about"] == name) & table["value"].notna()].sort_values(
            "value", ascending=False
        )
        if here.empty:
            rows = number(table.loc[table["about"] == name, "rows"].max())
            found.append(
                f"{name}: not given over {rows} representation(s); it needs {FEWEST} or more, with"
                " values that differ."
            )
            continue
        told = ", ".join(
            f"{r['measure']} {signed(r['value'])} ({number(r['rows'])})"
            for r in here.to_dict("records")
        )
        found.append(f"{name}, and the number of representations that it is over: {told}.")
    found.append(
        "1 is the same order, −1 the opposite. Rows are few: over five of them, unrelated scores"
        " reach 0.9 one time in twelve. LogME and H-score see features and labels, LEEP and NCE"
        " the backbone's own classes too; none of them sees how the benefit depends on the number"
        " of labels. The accuracy is that of ridge regression on the classes, trained on the k"
        " examples of the stream; SDL and eSC come from the same bits as the code length."
    )
    measures = table[table["about"] == "value"].groupby("measure", sort=False)["value"]
    if undefined := [measure for measure, values in measures if values.isna().all()]:
        found.append(
            "Not defined for any of these representations, and not drawn:"
            f" {', '.join(map(str, undefined))}. LEEP and NCE need features of a backbone with a"
            " head of its own; the accuracy needs true labels, and examples beside the stream's."
        )
    never = (
        table[(table["about"] == "value") & np.isinf(table["value"].astype(float))]
        .groupby("measure", sort=False)["arm"]
        .agg(list)
    )
    if len(never):
        told = "; ".join(f"{measure} ({', '.join(arms)})" for measure, arms in never.items())
        found.append(
            "Infinite, and not drawn, where a block's mean stays above ε to the end in some seed:"
            f" {told}."
        )
    return found
