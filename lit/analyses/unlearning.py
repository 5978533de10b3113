"""Unlearning: what a network still knows of classes that it was made to forget, in bits.

The residual is what M saves on the labels of these classes in the stream beyond what an M saves
that was trained without them from theta0, the reference: the bits that unlearning left behind.
"""

import dataclasses

import numpy as np
import pandas as pd

from lit.analyses.best import adjust, told_from_zero
from lit.analyses.columns import headings, interval_headings, spread, spread_headings
from lit.analyses.common import about, on_one_stream, trained
from lit.analyses.results import Datasets, Options, Results, Row
from lit.analyses.words import number, one_of, percent, with_interval
from lit.errors import InputError, nearest
from lit.measures.intervals import ratio_of_means
from lit.measures.samples import Sample
from lit.study.codes import OTHERS
from lit.study.kinds import codes_next_tokens

KIND = {"one_stream": True}
TAKES = "arms of one data set with true labels and one n each"
TITLE = "What unlearning leaves behind"
COLUMNS = headings(
    "arm",
    spread_headings("residual", "residual, bits"),
    "residual_p: p, adjusted",
    "share: share of all",
    interval_headings("share"),
    spread_headings("residual_network", "residual, code network, bits"),
    spread_headings("residual_shortest", "code shortest, bits"),
    spread_headings("others", "beyond the reference on other classes, bits"),
    "accuracy_forgotten: accuracy on the forgotten classes",
    "accuracy_others: on the others",
    "static_forgotten_bits: static code of the forgotten labels, bits",
    "l_m_forgotten_bits: their code from M, bits",
    "l_theta0_forgotten_bits: from θ₀, bits",
    "forgotten: forgotten classes",
    "forgotten_labels: their labels in the stream",
    "k n model learner",
)


def select(rows: list[Row], options: Options, datasets: Datasets) -> list[Row]:
    """Rows of a trained M on true labels, the reference among them, and the M of all classes."""
    name, found = options.get("reference"), [row for row in trained(rows) if not row["labels"]]
    arms = [row["arm"] for row in found]
    if name not in arms:
        raise InputError(
            f"reference: no arm of a trained M and true labels is named {name!r};"
            f" {nearest(str(name), arms)}"
        )
    if twice := next((arm for arm in arms if arms.count(arm) > 1), None):
        raise InputError(f"arm {twice} has several n, and one is needed; make each an arm")
    if not _forgotten(found[arms.index(name)]):
        raise InputError(
            f"reference: M of arm {name} was not trained without any class; write"
            " labels: {without: [...]} for its one task, or source_labels: for the arm"
        )
    for row in found:
        spec = datasets.get(row["target"], {})
        if codes_next_tokens(spec) or spec.get("labels") == "several":
            raise InputError(
                f"arm {row['arm']}: classes are forgotten of examples with one label each, but"
                f" those of {row['target']!r} carry several; name other arms"
            )
    untouched = [row["arm"] for row in found if _is_untouched(row)]
    if len(untouched) != 1:
        raise InputError(
            f"needs one arm whose M was trained on true labels of all classes and nothing after"
            f" that, and has {', '.join(untouched) or 'none'}; add it, or name one under arms"
        )
    return found


def _forgotten(reference: Row) -> list[int]:
    """Classes that the reference's M never saw; none where it was trained on others before."""
    labels = reference["source_labels"] or {}
    return [] if reference["before"] else labels.get("without", [])


def _is_untouched(row: Row) -> bool:
    return not row["source_labels"] and not row["before"]


def tabulate(results: Results, options: Options) -> pd.DataFrame:
    """One row an arm, the reference last.

    Returns:
        ``residual_*``: L_IT(arm) - L_IT(reference) on the labels of the forgotten classes alone, in
        bits, paired by seed; 0 of the reference. ``residual_p`` is the p-value of its being 0,
        adjusted for the arms but the reference (Holm). ``share``: of the residual of the M to which
        nothing was done, a ratio of means with Fieller's interval. ``others_*``: the same
        difference on all other labels; both add up to the difference of the whole codes.
        ``accuracy_*`` and ``static_forgotten_bits``: of M left as it is. ``l_*_forgotten_bits``:
        code of the forgotten classes' labels, of which the stream has ``forgotten_labels`` a seed.
    """
    found, name = select(results.rows, options, results.datasets), options["reference"]
    results = on_one_stream(dataclasses.replace(results, rows=found))
    reference = next(row for row in results.rows if row["arm"] == name)
    forgotten = _forgotten(reference)
    label = results.codes[reference["cold"]]["label"][:, : reference["k"]]
    chosen = np.isin(label, forgotten)
    untouched = next(row for row in results.rows if _is_untouched(row))
    whole = _saved(results, untouched, reference, chosen).by_seed
    rows = []
    for row in sorted(results.rows, key=lambda row: row is reference):
        residual = _saved(results, row, reference, chosen)
        share, (low, high) = ratio_of_means(residual.by_seed, whole)
        rows.append(
            about(row)
            | {"reference": name, "untouched": untouched["arm"]}
            | {"forgotten": ", ".join(map(str, forgotten))}
            | {"forgotten_labels": chosen.sum(axis=1).mean()}
            | spread("residual", residual, p=True)
            | {"share": share, "share_ci_low": low, "share_ci_high": high}
            | _under_other_codes(results, row, reference, chosen)
            | spread("others", _saved(results, row, reference, ~chosen))
            | _as_it_is(results, row, chosen, label >= 0)
        )
        if row is reference:
            rows[-1]["residual_p"] = np.nan
    return adjust(pd.DataFrame(rows), "residual_p").astype({"n": "Int64"})


def _under_other_codes(
    results: Results, row: Row, reference: Row, chosen: np.ndarray
) -> dict[str, float]:
    """Residuals under the codes network and shortest, whichever code the analysis is of."""
    found: dict[str, float] = {}
    for code in OTHERS:
        other = dataclasses.replace(results, code=code)
        found |= spread(f"residual_{code}", _saved(other, row, reference, chosen))
    return found


def _saved(results: Results, row: Row, reference: Row, chosen: np.ndarray) -> Sample:
    """Bits that a row saves beyond the reference on the chosen labels (S, k) of the stream."""
    bits = {
        name: results.bits(one["cold"], one["k"]) - results.bits(one["warm"], one["k"])
        for name, one in (("row", row), ("reference", reference))
    }
    return results.sample(row, (bits["row"] - bits["reference"]) * chosen)


def _as_it_is(results: Results, row: Row, chosen: np.ndarray, there: np.ndarray) -> Row:
    """What M left as it is gets right, and what the labels of the forgotten classes cost."""
    k = row["k"]
    right = results.codes[row["warm"]]["right/start"][:, :k]

    def on_forgotten(bits: np.ndarray) -> float:
        return float((bits * chosen).sum(axis=1).mean())

    return {
        "accuracy_forgotten": float(right[chosen].mean()),
        "accuracy_others": float(right[there & ~chosen].mean()),
        "static_forgotten_bits": on_forgotten(results.bits(row["warm"], k, "start")),
        "l_m_forgotten_bits": on_forgotten(results.bits(row["warm"], k)),
        "l_theta0_forgotten_bits": on_forgotten(results.bits(row["cold"], k)),
    }


def describe(table: pd.DataFrame) -> list[str]:
    """What nothing done leaves and each method of it, beside the accuracies; how sure it is."""
    name, untouched = one_of(table, "reference"), one_of(table, "untouched")
    arms = table[table["arm"] != name].to_dict("records")
    first = next(row for row in arms if row["arm"] == untouched)
    methods = [row for row in arms if row is not first]
    lowest = table.set_index("arm")["accuracy_forgotten"]
    found = [
        f"On the {number(first['forgotten_labels'])} labels of the forgotten classes"
        f" ({first['forgotten']}) among k = {first['k']:,}, {untouched} saves"
        f" {with_interval(first, 'residual')} more than {name}, whose M never saw these classes;"
        f" its accuracy on them is {percent(lowest[untouched])}, that of {name}"
        f" {percent(lowest[name])}."
    ]
    if methods:
        left = [
            f"{row['arm']} leaves {with_interval(row, 'residual')} at an accuracy of"
            f" {percent(row['accuracy_forgotten'])}"
            for row in methods
        ]
        found.append(f"{'; '.join(left)}.")
    found.append(f"{told_from_zero(arms, 'residual')} An interval is one row's alone.")
    found.append(
        "A residual is paired by seed. It is of the forgotten classes' labels alone; a code that"
        " expects them everywhere saves there and pays on the others, which stand beside it."
        " Below 0, M learns the classes again more slowly than one that never saw them."
    )
    return found
