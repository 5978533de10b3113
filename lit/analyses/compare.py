"""Several data sets, models or learners side by side at equal n and k: what their labels cost, and what M saves."""

from collections.abc import Mapping
from itertools import combinations, pairwise
from typing import Any

import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lit.analyses import Datasets, Results, Row, about, number, plus_minus, spread
from lit.errors import InputError
from lit.figures.style import examples_axis, interval, look

KIND: dict[str, bool] = {}
TAKES = "any rows"
TITLE = "Side by side"
COLUMNS = {
    "arm": "arm",
    "n": "n",
    "l_it_bits": "L_IT, bits",
    "l_it_se": "± s.e.",
    "l_it_ci_low": "95 % from",
    "l_it_ci_high": "to",
    "l_it_share": "share of k log₂ C",
    "l_theta0_bits": "from θ₀, bits",
    "l_m_bits": "from M, bits",
    "l_theta0_bits_per_label": "from θ₀, bits a label",
    "l_m_bits_per_label": "from M, bits a label",
    "k": "k",
    "classes": "C",
    "target": "target",
    "source": "source",
    "model": "model",
    "learner": "learner",
    "labels": "labels",
}
STREAM = ("target", "labels", "k")
NAMED = 3  # pairs of arms that the text names before it counts the rest


def select(rows: list[Row], options: Mapping[str, Any], datasets: Datasets) -> list[Row]:
    """All rows.

    Raises:
        InputError: there is one arm only.
    """
    if len(arms := {row["arm"] for row in rows}) < 2:
        raise InputError(
            f"analysis compare: needs at least two arms to compare, and has {', '.join(arms)} alone; name or add one"
        )
    return rows


def tabulate(results: Results, options: Mapping[str, Any]) -> pd.DataFrame:
    """One row a row of the study: means over seeds, in bits; ``l_it_share`` is L_IT over k log2 C.

    Raises:
        InputError: see :func:`select`.
    """
    rows = []
    for row in select(results.rows, options, results.datasets):
        cold, warm = (
            results.bits(row[run], row["k"]).sum(axis=1).mean() for run in ("cold", "warm")
        )
        transfer = spread("l_it", results.transfer(row))
        rows.append(
            about(row)
            | {"classes": results.classes(row), "l_theta0_bits": cold, "l_m_bits": warm}
            | {"l_theta0_bits_per_label": cold / row["k"], "l_m_bits_per_label": warm / row["k"]}
            | transfer
            | {"l_it_share": transfer["l_it_bits"] / results.uniform(row)}
        )
    return pd.DataFrame(rows).astype({"n": "Int64"})


def draw(table: pd.DataFrame) -> Figure:
    """L_IT against n, a line an arm, beside the total code lengths that it is the difference of; with one n, a place an arm."""
    if table.loc[table["n"].fillna(-1) != 0, "n"].nunique(dropna=False) == 1:
        return _draw_places(table[table["n"].fillna(-1) != 0])
    ready = 4 * max(
        int(table["n"].fillna(0).max()), 1
    )  # where weights stand that were not trained here
    table = table.assign(at=table["n"].fillna(ready).astype(int))
    figure, (left, right) = plt.subplots(1, 2, figsize=(7.6, 3.7))
    for i, (arm, rows) in enumerate(table.groupby("arm", sort=False)):
        left.errorbar(
            rows["at"], rows["l_it_bits"], yerr=interval(rows), label=arm, capsize=2, **look(i)
        )
        right.plot(rows["at"], rows["l_m_bits"], **look(i))
        right.plot(
            rows["at"],
            rows["l_theta0_bits"],
            **look(i) | {"ls": (0, (1, 3)), "lw": 1, "mfc": "white"},
        )
    left.axhline(0, color="0.4", lw=0.8)
    right.set_ylim(bottom=0)
    for axis in (left, right):
        _axis_of_n(axis, table, ready)
    k = ", ".join(f"{value:,}" for value in sorted(set(table["k"])))
    left.set_ylabel("L_IT (bits)")
    right.set_ylabel("total code length (bits)")
    left.set_title(f"Information Transfer, k = {k}", fontsize=9)
    right.set_title("code from M (filled) and from θ₀ (hollow)", fontsize=9)
    figure.legend(
        *left.get_legend_handles_labels(), loc="outside lower center", ncols=4, fontsize=7
    )
    return figure


def _draw_places(table: pd.DataFrame) -> Figure:
    """The same for one n, arms below each other."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(7.6, 1.3 + 0.24 * len(table)), sharey=True)
    places, dots = range(len(table)), {"ls": "none", "ms": 5}
    left.errorbar(table["l_it_bits"], places, xerr=interval(table), capsize=2, **look(0) | dots)
    right.plot(table["l_theta0_bits"], places, label="from θ₀", **look(1) | dots | {"mfc": "white"})
    right.plot(table["l_m_bits"], places, label="from M", **look(0) | dots)
    right.hlines(places, table["l_m_bits"], table["l_theta0_bits"], color="0.6", lw=1, zorder=1)
    left.axvline(0, color="0.4", lw=0.8)
    left.set_yticks(places, table["arm"])
    left.invert_yaxis()
    right.set_xlim(left=0)
    for axis in (left, right):
        axis.xaxis.set_major_formatter("{x:,.0f}")
    n, k = table["n"].iloc[0], ", ".join(f"{value:,}" for value in sorted(set(table["k"])))
    left.set_xlabel(f"L_IT (bits), {'ready weights' if pd.isna(n) else f'n = {n:,}'}, k = {k}")
    right.set_xlabel("total code length (bits)")
    figure.legend(
        *right.get_legend_handles_labels(), loc="outside lower right", ncols=2, fontsize=7
    )
    return figure


def _axis_of_n(axis: Axes, table: pd.DataFrame, ready: int) -> None:
    examples_axis(axis, table["at"])
    if table["n"].isna().any():
        ticks = sorted(set(table["at"]))
        axis.set_xticks(
            ticks, ["ready\nweights" if tick == ready else f"{tick:,}" for tick in ticks]
        )


def describe(table: pd.DataFrame) -> list[str]:
    """Both orders of the arms at the largest n that all, or else most, of them have, and which order is fair."""
    size = table["n"].fillna(-1)  # ready weights are a size of their own
    counts = size[size != 0].value_counts()
    if counts.empty or counts.max() < 2:
        return [
            "No two arms have an n above 0 in common, so they are not ranked here. Give all of them one n."
        ]
    n = max(counts.index, key=lambda size: (counts[size], size))
    here = table[size == n]
    left = [arm for arm in dict.fromkeys(table["arm"]) if arm not in set(here["arm"])]
    who = (
        f"which {len(here)} arms have (others: {', '.join(left)})"
        if left
        else "the largest that all arms have"
    )
    start = (
        f"At n = {n:,}, {who}"
        if n > 0
        else f"With ready weights, {who}"
        if left
        else "With ready weights"
    )
    return [f"{start}: {_ranking(here)}", *_swapped(here), *_fairness(here), *_closeness(here)]


def _ranking(here: pd.DataFrame) -> str:
    by_transfer, by_length = (
        here.sort_values("l_it_bits", ascending=False),
        here.sort_values("l_m_bits"),
    )
    transfers = [
        f"{r['arm']} ({plus_minus(r['l_it_bits'], r['l_it_se'])} bits)"
        for r in by_transfer.to_dict("records")
    ]
    lengths = [f"{r['arm']} ({number(r['l_m_bits'])} bits)" for r in by_length.to_dict("records")]
    same = list(by_transfer["arm"]) == list(by_length["arm"])
    return (
        f"L_IT orders the arms, most first: {', '.join(transfers)}. Total code length from M, shortest first:"
        f" {', '.join(lengths)}."
        f" The two orders {'agree' if same else 'differ'}."
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
        f"{a['arm']} has more L_IT than {b['arm']}, but needs {number(a['l_m_bits'] - b['l_m_bits'])} bits more from M,"
        f" and {number(a['l_theta0_bits'] - b['l_theta0_bits'])} more from θ₀"
        for a, b in pairs[:NAMED]
    ]
    rest = f"; so it is for {len(pairs) - NAMED} more" if len(pairs) > NAMED else ""
    return [f"Where they differ on one stream: {'; '.join(told)}{rest}."] if pairs else []


def _fairness(here: pd.DataFrame) -> list[str]:
    found = []
    if here["model"].nunique() > 1 or here["learner"].nunique() > 1:
        found.append(
            "Models or learners differ between the arms. Their total code lengths compare fairly on one stream: each is what"
            " sending the same labels takes. L_IT does not, since it counts from each arm's own code from θ₀: a coder that"
            " wastes bits from θ₀ makes its M look richer."
        )
    if len(here[list(STREAM[:2])].drop_duplicates()) > 1:
        found.append(
            "The arms code the labels of different data sets, so a total code length also says how hard its labels are."
        )
    differing = [
        name for name, column in (("C", "classes"), ("k", "k")) if here[column].nunique() > 1
    ]
    if differing:
        values = ", ".join(
            f"{r['arm']}: k = {r['k']:,}, C = {r['classes']}" for r in here.to_dict("records")
        )
        found.append(
            f"Caution: {' and '.join(differing)} differ ({values}). Bits then do not compare; L_IT as a share of k log₂ C"
            " does better, though it still grows with k."
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
        f"Neighbours in the order by L_IT whose 95 % intervals overlap, so that their order may be chance: {'; '.join(near)}."
    ]
