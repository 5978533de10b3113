"""Shared information: what M, trained on one data set, saves on another, adds to it, or repeats."""

import math
from typing import Any

import numpy as np
import pandas as pd

from lit.analyses.columns import headings, spread, spread_headings
from lit.analyses.common import by_key, differing
from lit.analyses.results import Datasets, Options, Results, Row
from lit.analyses.words import number, percent, with_interval
from lit.errors import InputError
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
    """One long table of three measures in bits, each by seed and then averaged:

    ``shared``      L_IT^k_B(M_A), where source A equals target B the usual L_IT;
    ``added``       L_IT^k_B(M_A then B) - L_IT^k_B(M_B), what training on A before B adds;
    ``redundancy``  2 L_IT(n) - L_IT(2n), what the second n examples, exchangeable with the first,
    tell once more.

    ``share`` is over L_IT^k_B(M_B) at the same n, empty where that is not there or not above 0.
    """
    rows = select(results.rows, options, results.datasets)
    alone = _alone(rows)
    saved = {key: results.transfer(row) for key, row in alone.items()}
    found = [
        _line("shared", source, row, saved[source, target, n], saved.get((target, target, n)))
        for (source, target, n), row in alone.items()
    ]
    for row in rows:
        if row["before"]:
            own, added = saved[_key(row)], results.transfer(row) - saved[_key(row)]
            before = {"n_before": row["before"][-1]["n"]}
            found.append(_line("added", _first(row), row, added, own) | before)
    for (source, target, n), once in saved.items():
        both = saved.get((source, target, 2 * n))
        if source == target and both is not None:
            row = alone[source, target, n]
            found.append(_line("redundancy", source, row, 2 * once - both, once))
    return pd.DataFrame(found).astype({"n": "Int64", "n_before": "Int64"})


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


def _line(about: str, source: str, row: Row, values: np.ndarray, whole: np.ndarray | None) -> Row:
    """A row of the table, from values (S,) and what B's own n examples bring (S,)."""
    _, target, n = _key(row)
    share = values.mean() / whole.mean() if whole is not None and whole.mean() > 0 else math.nan
    names = {"about": about, "source": source, "target": target}
    sizes = {"n": n, "n_before": None, "k": row["k"]}
    return names | sizes | spread("value", values) | {"share": share}


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
            *_asymmetry(across),
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
    harm = "No interval is wholly below 0."
    if negative := [_told(row) for row in ordered if row["value_ci_high"] < 0]:
        harm = f"Below 0 with the whole interval: {'; '.join(negative)}."
    if here["value_ci_low"].isna().any():
        harm = "With fewer than three seeds there are no intervals."
    return f"most {most}. {harm}"


def _told(row: Row) -> str:
    return f"{row['source']} → {row['target']}, {with_interval(row, 'value')}{_share(row)}"


def _share(row: Row) -> str:
    if np.isnan(row["share"]):
        return ""
    return f", {percent(row['share'])} of what n examples of {row['target']} bring"


def _asymmetry(across: pd.DataFrame) -> list[str]:
    """The pair whose two directions differ most, by share where all are known."""
    as_share = bool(across["share"].notna().all())
    column = across["share" if as_share else "value_bits"]
    values = dict(zip(zip(across["source"], across["target"], strict=True), column, strict=True))
    gaps = {(a, b): values[a, b] - values[b, a] for a, b in values if (b, a) in values}
    if not gaps:
        return []
    a, b = max(gaps, key=gaps.__getitem__)
    there, back = (
        percent(value) if as_share else f"{number(value)} bits"
        for value in (values[a, b], values[b, a])
    )
    of = ", each of what the coded set's own examples bring" if as_share else ""
    return [
        f"Transfer need not be symmetric: it differs most between {a} and {b}, {there} from {a} to"
        f" {b} and {back} back{of}."
    ]
