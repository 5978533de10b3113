"""Shared information: what M, trained on one data set, saves on another, adds to it, or repeats."""

import math
from typing import Any

import numpy as np
import pandas as pd

from lit.analyses.best import adjust
from lit.analyses.columns import headings, interval_headings, spread, spread_headings
from lit.analyses.common import by_key, differing
from lit.analyses.results import Datasets, Options, Results, Row
from lit.analyses.words import counted, percent, with_interval
from lit.errors import InputError
from lit.measures.comparisons import LEVEL
from lit.measures.intervals import ratio_of_means
from lit.measures.samples import Sample
from lit.study import label_transforms
from lit.study.label_transforms import Transform

KIND: dict[str, bool] = {}
TAKES = "rows with n > 0, those with before: where source and target are one"
TITLE = "Shared information"
COLUMNS = headings(
    "about: what",
    "source: trained on, A",
    "target: coded, B",
    "n",
    spread_headings("value", "bits"),
    "share: share of what n of B bring",
    interval_headings("share"),
    "n_before: n of A before B",
    "k",
)
NAMED = 3  # transfers that the text names

Key = tuple[Any, ...]  # source, target and n


def select(rows: list[Row], options: Options, datasets: Datasets) -> list[Row]:
    """Rows with n > 0 whose M was trained on one thing, or on another first and then on the target.

    They are of one model and learner, and a target's of one k.
    """
    found = [
        row for row in rows if row["n"] and (not row["before"] or _key(row)[0] == _key(row)[1])
    ]
    _check_alike(found)
    alone = _alone(found)
    added = [row for row in found if row["before"]]
    for row in added:
        if _key(row) not in alone:
            first, target, n = _first(row), _key(row)[1], row["n"]
            raise InputError(
                f"arm {row['arm']} trains on {first} before {target}, but no arm trains on"
                f" {target} alone with n = {n}; add one, or nobody can say what {first} adds"
            )
    if not added and all(a == b and (a, b, 2 * n) not in alone for a, b, n in alone):
        raise InputError(
            "needs arms whose source is another data set than their target, arms that train on one"
            " data set before another, or one data set at some n and at 2n"
        )
    return found


def _alone(rows: list[Row]) -> dict[Key, Row]:
    """Rows whose M was trained on one thing."""
    return by_key([row for row in rows if not row["before"]], _key, "source, target and n")


def _first(row: Row) -> str:
    """What M was trained on just before."""
    before = row["before"][-1]
    return _part(before["dataset"], before["labels"])


def tabulate(results: Results, options: Options) -> pd.DataFrame:
    """One long table of four measures in bits, each by seed and then averaged:

    ``shared``      L_IT^k_B(M_A), where source A equals target B the usual L_IT;
    ``asymmetry``   L_IT^k_B(M_A) - L_IT^k_A(M_B);
    ``added``       L_IT^k_B(M_A then B) - L_IT^k_B(M_B), what training on A before B adds;
    ``redundancy``  2 L_IT(n) - L_IT(2n), what the second n examples, exchangeable with the first,
    tell once more.

    ``share`` is over L_IT^k_B(M_B) at the same n, with Fieller's interval; empty where that is not
    there or not above 0.
    ``value_p`` is the p-value of the value being 0, adjusted for all rows of its kind (Holm).
    """
    rows = select(results.rows, options, results.datasets)
    alone = _alone(rows)
    saved = {key: results.saved(row) for key, row in alone.items()}
    found = [
        _line("shared", source, row, saved[source, target, n], saved.get((target, target, n)))
        for (source, target, n), row in alone.items()
    ]
    for (source, target, n), row in alone.items():
        back = saved.get((target, source, n))
        if source < target and back is not None:
            more = saved[source, target, n] - back
            found.append(_line("asymmetry", source, row, more, None))
    for row in rows:
        if row["before"]:
            own, added = saved[_key(row)], results.saved(row) - saved[_key(row)]
            before = {"n_before": row["before"][-1]["n"]}
            found.append(_line("added", _first(row), row, added, own) | before)
    for (source, target, n), once in saved.items():
        both = saved.get((source, target, 2 * n))
        if source == target and both is not None:
            row = alone[source, target, n]
            found.append(_line("redundancy", source, row, 2 * once - both, once))
    table = adjust(pd.DataFrame(found), "value_p", by=["about"])
    return table.astype({"n": "Int64", "n_before": "Int64"})


def _check_alike(rows: list[Row]) -> None:
    for name in differing(rows, ("model", "learner")):
        values = ", ".join(sorted({row[name] for row in rows}))
        raise InputError(f"needs one {name}, and its arms have {values}; choose arms of one")
    for target in {_key(row)[1] for row in rows}:
        if len(lengths := sorted({row["k"] for row in rows if _key(row)[1] == target})) > 1:
            values = " and ".join(map(str, lengths))
            raise InputError(f"target {target} has k = {values}; give its arms one k")


def _part(dataset: str, transform: Transform) -> str:
    """A data set, or a part of it, by name."""
    return f"{dataset}, {label_transforms.name(transform)}" if transform else dataset


def _key(row: Row) -> Key:
    source = _part(row["source_dataset"], row["source_labels"])
    return source, _part(row["target"], row["labels"]), row["n"]


def _line(about: str, source: str, row: Row, values: Sample, whole: Sample | None) -> Row:
    """A row of the table, from values by seed and what B's own n examples bring."""
    _, target, n = _key(row)
    share, (low, high) = math.nan, (math.nan, math.nan)
    if whole is not None:
        share, (low, high) = ratio_of_means(values.by_seed, whole.by_seed)
    names = {"about": about, "source": source, "target": target}
    sizes = {"n": n, "n_before": None, "k": row["k"]}
    shares = {"share": share, "share_ci_low": low, "share_ci_high": high}
    return names | sizes | spread("value", values, p=True) | shares


def crosses(here: pd.DataFrame) -> bool:
    """Whether a transfer between different parts is among the rows."""
    return bool((here["source"] != here["target"]).any())


def fullest(here: pd.DataFrame) -> pd.DataFrame:
    """Rows of the n that has most pairs, each with the largest first training set."""
    counts = here.groupby("n").size()
    here = here[here["n"] == counts[counts == counts.max()].index.max()]
    here = here.sort_values("n_before", kind="stable", na_position="first")
    return here.drop_duplicates(["source", "target"], keep="last")


def describe(table: pd.DataFrame) -> list[str]:
    """Strongest and negative transfers, asymmetry, what is added, and redundancy."""
    shared, added, again = (
        table[table["about"] == about] for about in ("shared", "added", "redundancy")
    )
    found = []
    if crosses(shared):
        here = fullest(shared)
        across = here[here["source"] != here["target"]]
        found += [
            f"From one data set or part to another, at n = {here['n'].iloc[0]:,}: {_ends(across)}",
            *_asymmetry(table[table["about"] == "asymmetry"]),
        ]
    if len(added):
        here = fullest(added)
        found.append(
            f"What training on A before B's own n = {here['n'].iloc[0]:,} examples adds to L_IT on"
            f" B: {_ends(here)} What is shared but not added, B's own examples tell as well."
        )
    if len(again):
        last = again.sort_values("n").drop_duplicates("target", keep="last").to_dict("records")
        told = [
            f"{row['target']} at n = {row['n']:,}, {with_interval(row, 'value')}{_share(row)}"
            for row in last
        ]
        found.append(
            "Redundancy, 2 L_IT(n) − L_IT(2n), is what both halves of 2n examples tell, since the"
            f" second is exchangeable with the first: {'; '.join(told)}. Below 0 the halves tell"
            " more together than each by itself."
        )
    return [*found, "All of this holds for the model, the learner, n and k at hand."]


def _ends(here: pd.DataFrame) -> str:
    """The largest values, and those whose interval is below 0."""
    ordered = here.sort_values("value_bits", ascending=False).to_dict("records")
    most = "; ".join(map(_told, ordered[:NAMED]))
    harm = "None is surely below 0."
    if negative := [_told(row) for row in ordered if row["value_bits"] < 0 and _sure(row)]:
        harm = f"Surely below 0: {'; '.join(negative)}."
    if here["value_p"].isna().any():
        harm = "With fewer than three seeds none can be told from 0."
    return f"most {most}. {harm}"


def _sure(row: Row) -> bool:
    return row["value_p"] <= LEVEL


def _told(row: Row) -> str:
    return f"{row['source']} → {row['target']}, {with_interval(row, 'value')}{_share(row)}"


def _share(row: Row) -> str:
    if np.isnan(row["share"]):
        return ""
    low, high = row["share_ci_low"], row["share_ci_high"]
    interval = "" if np.isnan(low) else f" ({percent(low)} to {percent(high)})"
    return f", {percent(row['share'])}{interval} of what n examples of {row['target']} bring"


def _asymmetry(between: pd.DataFrame) -> list[str]:
    """Pairs whose two directions surely differ."""
    sure = between[between["value_p"] <= LEVEL].to_dict("records")
    if between["value_p"].isna().all():
        return []
    told = [
        f"{r['source']} → {r['target']} is {with_interval(r, 'value')} more than back" for r in sure
    ]
    which = "; ".join(told) if told else "no pair's two directions are told apart"
    return [
        "Transfer need not be symmetric: by t-tests adjusted for"
        f" {counted(len(between), 'pair')} (Holm), {which}."
    ]
