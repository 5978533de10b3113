"""Representations of one task by code length: how sure each place is, and what each costs."""

import math

import numpy as np
import pandas as pd

from lit.analyses.best import AGAINST, adjust, against_first, told_from_zero, which_is_best
from lit.analyses.columns import headings, interval_headings, spread, spread_headings
from lit.analyses.common import about, on_one_stream, select_order, subject
from lit.analyses.results import Options, Results, Row
from lit.analyses.words import number, one_of, with_interval
from lit.measures.samples import Sample

KIND = {"timed": True, "one_stream": True, "recorded": True}
TAKES = "rows that code the same labels"
TITLE = "Representations, ranked"
COLUMNS = headings(
    "rank arm regime",
    spread_headings("code", "code length, bits"),
    "bits_per_label: bits a label",
    AGAINST,
    "saved_bits: saved against the reference, bits",
    interval_headings("saved"),
    "twin: random twin",
    "l_it_bits: L_IT against the twin, bits",
    interval_headings("l_it"),
    "l_it_p: p, adjusted",
    "extraction_s: seconds of features",
    "coding_s: seconds of coding",
    "model learner k",
)
REGIMES = ("frozen", "fine-tuned", "from θ₀", "trained before")

select = select_order


def tabulate(results: Results, options: Options) -> pd.DataFrame:
    """One row a row of the study, shortest code first; bits are those of the row's own code.

    Args:
        results: Rows that code the same labels, cut at the smallest k.
        options: ``reference``, an arm; default the longest code.

    Returns:
        ``p_first`` is the p-value of the comparison with the shortest code, adjusted for all pairs
        of rows, see :func:`lit.measures.comparisons.compare_pairs`; ``told_apart`` whether it is at
        most 0.05, and ``not_told_from`` names the rows that a row cannot be told from. ``saved_*``
        is the reference's code less this one, and ``l_it_*`` the random twin's, ``l_it_p`` adjusted
        for their number: of features those of the
        same network with random weights (``trained: false``), of a fine-tuned network its own
        theta0; empty where there is none. ``extraction_s`` and ``coding_s`` are job seconds.
    """
    select(results.rows, options, results.datasets)
    results = on_one_stream(results)
    rows = sorted(results.rows, key=lambda row: results.own(row).mean())
    reference = next((row for row in rows if row["arm"] == options.get("reference")), rows[-1])
    table = pd.DataFrame([_row(results, row, reference) for row in rows])
    names = [subject(row) for row in rows]
    codes = {name: results.own_sample(row) for name, row in zip(names, rows, strict=True)}
    table.insert(0, "rank", range(1, len(rows) + 1))
    table = pd.concat([table, against_first(codes)], axis=1)
    return adjust(table, "l_it_p").astype({"n": "Int64"})


def _row(results: Results, row: Row, reference: Row) -> Row:
    code, spec = results.own_sample(row), results.datasets[row["target"]]
    twin_name, twin = _twin(results, row)
    unknown = np.full_like(code.by_seed, np.nan)
    return (
        about(row)
        | {"regime": regime(results, row), "backbone": spec.get("model", row["model"])}
        | spread("code", code)
        | {"bits_per_label": code.by_seed.mean() / results.labels(row).mean()}
        | {"reference": reference["arm"]}
        | spread("saved", results.own_sample(reference) - code)
        | {"twin": twin_name}
        | spread("l_it", unknown if twin is None else twin - code, p=True)
        | {"extraction_s": results.seconds.get(row["target"], math.nan)}
        | {"coding_s": results.seconds.get(row["warm"], math.nan)}
    )


def regime(results: Results, row: Row) -> str:
    """How a row's network came to the task."""
    if results.datasets[row["target"]]["kind"] == "features":
        return REGIMES[0]
    return REGIMES[1] if row["n"] is None else REGIMES[2] if row["n"] == 0 else REGIMES[3]


def _twin(results: Results, row: Row) -> tuple[str, Sample | None]:
    """Name and code of what differs from a row in that its weights are random."""
    if row["n"] != 0:
        cold = results.sample(row, results.bits(row["cold"], row["k"]))
        return "θ₀ of the same network", cold
    spec = results.datasets[row["target"]]
    if spec["kind"] != "features" or spec.get("trained") is False:
        return "", None
    wanted = {"precision": "float32", **spec, "trained": False}
    for other in results.rows:
        theirs = {"precision": "float32", **results.datasets[other["target"]]}
        if theirs == wanted and all(other[key] == row[key] for key in ("model", "learner", "n")):
            return other["arm"], results.own_sample(other)
    return "", None


def describe(table: pd.DataFrame) -> list[str]:
    """The order and how sure it is, what pretraining brought, and what it cost."""
    rows = table.sort_values("rank").to_dict("records")
    told = ", ".join(f"{row['arm']} ({number(row['code_bits'])} bits)" for row in rows)
    return [
        f"Shortest code first: {told}. All rows code the same {one_of(table, 'k'):,} labels, so"
        " their code lengths compare fairly: each is what sending the labels takes with this"
        " representation, frozen or fine-tuned.",
        *_sureness(rows),
        *_pretraining([row for row in rows if not math.isnan(row["l_it_bits"])]),
        *_costs([row for row in rows if not math.isnan(row["coding_s"])]),
    ]


def _sureness(rows: list[Row]) -> list[str]:
    return [
        f"{which_is_best(rows, 'the shortest code')} Seeds vary which examples are coded, in which"
        " order, and a fine-tuned network's own randomness, but neither pretrained weights nor the"
        " draw of a frozen random twin."
    ]


def _pretraining(known: list[Row]) -> list[str]:
    if not known:
        return []
    told = [f"{row['arm']} {with_interval(row, 'l_it')}" for row in known]
    return [
        f"What pretraining brings, against the same network with random weights: {'; '.join(told)}."
        f" {told_from_zero(known, 'l_it')}"
    ]


def _costs(known: list[Row]) -> list[str]:
    if not known:
        return []
    total = [row["coding_s"] + np.nan_to_num(row["extraction_s"]) for row in known]
    low, high = min(total), max(total)
    cheap, dear = (known[total.index(end)]["arm"] for end in (low, high))
    return [
        f"Computing took from {number(low)} ({cheap}) to {number(high)} job seconds"
        f" ({dear}), all seeds, with the start of each job; those of features are for the whole"
        " data set, once."
    ]
