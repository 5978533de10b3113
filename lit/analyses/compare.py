"""Several data sets, models or learners side by side, at equal n and k."""

from collections.abc import Mapping
from itertools import combinations, pairwise
from typing import Any

import pandas as pd

from lit.analyses.common import about, headings, spread, spread_headings
from lit.analyses.results import Datasets, Results, Row
from lit.analyses.words import number, plus_minus
from lit.errors import InputError

KIND: dict[str, bool] = {}
TAKES = "any rows"
TITLE = "Side by side"
COLUMNS = headings(
    "arm n",
    spread_headings("l_it", "L_IT, bits"),
    {
        "l_it_share": "share of k log₂ C",
        "l_theta0_bits": "from θ₀, bits",
        "l_m_bits": "from M, bits",
        "l_theta0_bits_per_label": "from θ₀, bits a label",
        "l_m_bits_per_label": "from M, bits a label",
    },
    "k",
    {"classes": "C"},
    "target source model learner labels",
)
STREAM = ("target", "labels", "k")
NAMED = 3  # pairs of arms that the text names before it counts the rest


def select(rows: list[Row], options: Mapping[str, Any], datasets: Datasets) -> list[Row]:
    """All rows.

    Raises:
        InputError: there is one arm only.
    """
    if len(arms := {row["arm"] for row in rows}) < 2:
        raise InputError(
            f"analysis compare: needs at least two arms to compare, and has {', '.join(arms)}"
            " alone; name or add one"
        )
    return rows


def tabulate(results: Results, options: Mapping[str, Any]) -> pd.DataFrame:
    """One row a row of the study: means over seeds, in bits; ``l_it_share`` is L_IT over k log2 C.

    Raises:
        InputError: see :func:`select`.
    """
    rows = []
    for row in select(results.rows, options, results.datasets):
        cold, warm = (results.total(row, run).mean() for run in ("cold", "warm"))
        transfer = spread("l_it", results.transfer(row))
        rows.append(
            about(row)
            | {"classes": results.classes(row), "l_theta0_bits": cold, "l_m_bits": warm}
            | {"l_theta0_bits_per_label": cold / row["k"], "l_m_bits_per_label": warm / row["k"]}
            | transfer
            | {"l_it_share": transfer["l_it_bits"] / results.uniform(row)}
        )
    return pd.DataFrame(rows).astype({"n": "Int64"})


def describe(table: pd.DataFrame) -> list[str]:
    """Both orders of the arms at the largest n that most of them have, and which one is fair."""
    size = table["n"].fillna(-1)  # ready weights are a size of their own
    counts = size[size != 0].value_counts()
    if counts.empty or counts.max() < 2:
        return [
            "No two arms have an n above 0 in common, so they are not ranked here. Give all of"
            " them one n."
        ]
    n = max(counts.index, key=lambda size: (counts[size], size))
    here = table[size == n]
    left = [arm for arm in dict.fromkeys(table["arm"]) if arm not in set(here["arm"])]
    who = "the largest that all arms have" if n > 0 else ""
    if left:
        who = f"which {len(here)} arms have (others: {', '.join(left)})"
    start = (f"At n = {n:,}" if n > 0 else "With ready weights") + (f", {who}" if who else "")
    return [f"{start}: {_ranking(here)}", *_swapped(here), *_fairness(here), *_closeness(here)]


def _ranking(here: pd.DataFrame) -> str:
    by_transfer = here.sort_values("l_it_bits", ascending=False)
    by_length = here.sort_values("l_m_bits")
    transfers = [
        f"{r['arm']} ({plus_minus(r['l_it_bits'], r['l_it_se'])} bits)"
        for r in by_transfer.to_dict("records")
    ]
    lengths = [f"{r['arm']} ({number(r['l_m_bits'])} bits)" for r in by_length.to_dict("records")]
    same = list(by_transfer["arm"]) == list(by_length["arm"])
    return (
        f"L_IT orders the arms, most first: {', '.join(transfers)}. Total code length from M,"
        f" shortest first: {', '.join(lengths)}. The two orders {'agree' if same else 'differ'}."
    )


def _swapped(here: pd.DataFrame) -> list[str]:
    """Pairs of arms on one stream of which one has more L_IT and the other the shorter code."""
    ordered = here.sort_values("l_it_bits", ascending=False).to_dict("records")
    pairs = [
        (a, b)
        for a, b in combinations(ordered, 2)
        if all(a[name] == b[name] for name in STREAM)
        and a["l_it_bits"] > b["l_it_bits"]
        and a["l_m_bits"] > b["l_m_bits"]
    ]
    pairs.sort(key=lambda pair: pair[1]["l_m_bits"] - pair[0]["l_m_bits"])
    told = [
        f"{a['arm']} has more L_IT than {b['arm']}, but needs"
        f" {number(a['l_m_bits'] - b['l_m_bits'])} bits more from M, and"
        f" {number(a['l_theta0_bits'] - b['l_theta0_bits'])} more from θ₀"
        for a, b in pairs[:NAMED]
    ]
    rest = f"; so it is for {len(pairs) - NAMED} more" if len(pairs) > NAMED else ""
    return [f"Where they differ on one stream: {'; '.join(told)}{rest}."] if pairs else []


def _fairness(here: pd.DataFrame) -> list[str]:
    found = []
    if here["model"].nunique() > 1 or here["learner"].nunique() > 1:
        found.append(
            "Models or learners differ between the arms. Their total code lengths compare fairly"
            " on one stream: each is what sending the same labels takes. L_IT does not, since it"
            " counts from each arm's own code from θ₀: a coder that wastes bits from θ₀ makes its"
            " M look richer."
        )
    if len(here[list(STREAM[:2])].drop_duplicates()) > 1:
        found.append(
            "The arms code the labels of different data sets, so a total code length also says how"
            " hard its labels are."
        )
    columns = {"C": "classes", "k": "k"}
    if differ := [name for name, column in columns.items() if here[column].nunique() > 1]:
        rows = here.to_dict("records")
        values = ", ".join(f"{r['arm']}: k = {r['k']:,}, C = {r['classes']}" for r in rows)
        found.append(
            f"Caution: {' and '.join(differ)} differ ({values}). Bits then do not compare; L_IT"
            " as a share of k log₂ C does better, though it still grows with k."
        )
    return found


def _closeness(here: pd.DataFrame) -> list[str]:
    """How sure the order is."""
    ordered = here.sort_values("l_it_bits", ascending=False).to_dict("records")
    if here["l_it_ci_low"].isna().any():
        return ["With one seed there is no interval, and so no telling how sure the order is."]
    near = [
        f"{a['arm']} and {b['arm']}"
        for a, b in pairwise(ordered)
        if a["l_it_ci_low"] <= b["l_it_ci_high"]
    ]
    if not near:
        return ["The 95 % intervals of neighbours in the order by L_IT do not overlap."]
    return [
        "Neighbours in the order by L_IT whose 95 % intervals overlap, so that their order may be"
        f" chance: {'; '.join(near)}."
    ]
