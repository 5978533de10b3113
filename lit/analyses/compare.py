"""Several data sets, models or learners side by side, at equal n and k."""

import math
from collections.abc import Mapping
from itertools import combinations

import pandas as pd

from lit.analyses.best import (
    AGAINST,
    BEHIND,
    against_first,
    behind_first,
    join_against_first,
    which_is_best,
    yes_or_no,
)
from lit.analyses.columns import headings, spread, spread_headings
from lit.analyses.common import about
from lit.analyses.results import Datasets, Options, Results, Row
from lit.analyses.words import at_n, number, plus_minus, say_more, say_p
from lit.errors import InputError
from lit.measures.comparisons import LEVEL
from lit.measures.samples import Sample

KIND = {"recorded": True}
TAKES = "any rows"
TITLE = "Side by side"
COLUMNS = headings(
    "arm n",
    spread_headings("l_it", "L_IT, bits"),
    BEHIND,
    AGAINST,
    "l_it_share: share of k log₂ C",
    "l_theta0_bits: from θ₀, bits",
    "l_m_bits: from M, bits",
    spread_headings("longer", "from M, longer than the shortest, bits"),
    "p_shortest: p against the shortest, adjusted",
    "l_theta0_bits_per_label: from θ₀, bits a label",
    "l_m_bits_per_label: from M, bits a label",
    "k",
    "classes: C",
    "target source model learner labels",
)
NAMED = 3  # pairs of arms that the text names before it counts the rest


def select(rows: list[Row], options: Options, datasets: Datasets) -> list[Row]:
    """All rows, of two arms at the least."""
    if all(row["arm"] == rows[0]["arm"] for row in rows):
        raise InputError(
            f"needs at least two arms to compare, and has {rows[0]['arm']} alone; name or add one"
        )
    return rows


def tabulate(results: Results, options: Options) -> pd.DataFrame:
    """One row a row of the study: means over seeds in bits, and L_IT over k log2 C.

    ``behind_first_*``, ``p_first``, ``told_apart`` and ``not_told_from`` are of L_IT against the
    arm that has most of it at the same n, see :func:`lit.analyses.best.behind_first` and
    :func:`lit.analyses.best.against_first`. ``longer_*`` and ``p_shortest`` are of the code from M
    against the shortest one of the same labels at the same n.
    """
    rows, saved, lengths = [], [], []
    for row in select(results.rows, options, results.datasets):
        cold, warm = (results.total(row, run).mean() for run in ("cold", "warm"))
        labels = results.labels(row).mean()
        saved.append(results.saved(row))
        lengths.append(results.own_sample(row))
        transfer = spread("l_it", saved[-1])
        rows.append(
            about(row)
            | {"classes": results.classes(row), "l_theta0_bits": cold, "l_m_bits": warm}
            | {"l_theta0_bits_per_label": cold / labels, "l_m_bits_per_label": warm / labels}
            | transfer
            | {"l_it_share": transfer["l_it_bits"] / results.uniform(row)}
        )
    table = join_against_first(
        pd.DataFrame(rows), saved, "l_it_bits", ["n"], ascending=False, against=_against_first
    )
    one_stream = ["n", "target", "labels", "k"]
    table = join_against_first(
        table, lengths, "l_m_bits", one_stream, ascending=True, against=_against_shortest
    )
    return table.astype({"n": "Int64"})


def _against_first(values: Mapping[str, Sample]) -> pd.DataFrame:
    return behind_first(values).join(against_first(values))


def _against_shortest(values: Mapping[str, Sample]) -> pd.DataFrame:
    shortest = next(iter(values))
    found = pd.DataFrame([spread("longer", one - values[shortest]) for one in values.values()])
    found.loc[0] = math.nan
    return found.assign(p_shortest=against_first(values)["p_first"])


def describe(table: pd.DataFrame) -> list[str]:
    """Both orders of the arms at the largest n that most of them have, and which one is fair."""
    size = table["n"].fillna(-1)  # ready weights are a size of their own
    counts = size[size != 0].value_counts()
    if counts.empty or counts.max() < 2:
        return ["No two arms have an n above 0 in common, so they are not ranked; give all one n."]
    n = max(counts.index, key=lambda size: (counts[size], size))
    here = table[size == n]
    start = at_n(here["n"].iloc[0])
    if left := [arm for arm in dict.fromkeys(table["arm"]) if arm not in set(here["arm"])]:
        start += f", which {len(here)} arms have (others: {', '.join(left)})"
    elif n > 0:
        start += ", the largest that all arms have"
    ordered = _most_first(here)
    lengths = here.sort_values("l_m_bits").to_dict("records")
    by_transfer = ", ".join(
        f"{r['arm']} ({plus_minus(r['l_it_bits'], r['l_it_se'])} bits)" for r in ordered
    )
    by_length = ", ".join(f"{r['arm']} ({number(r['l_m_bits'])} bits)" for r in lengths)
    return [
        f"{start}: L_IT orders the arms, most first: {by_transfer}. Total code length from M,"
        f" shortest first: {by_length}.",
        _which_saves_most(ordered),
        *_at_other_sizes(table, n),
        *_fairness(here),
        *_swapped(ordered),
    ]


def _at_other_sizes(table: pd.DataFrame, said: float) -> list[str]:
    """Which arm has the most L_IT at each other n that several have, the smallest first."""
    found = []
    for n, rows in table.groupby(table["n"].fillna(-1)):
        if n not in (0, said) and len(rows) > 1:
            found.append(f"{at_n(rows['n'].iloc[0])}: {_which_saves_most(_most_first(rows))}")
    return found[:NAMED] + (
        [f"The table has {len(found) - NAMED} other n."] if len(found) > NAMED else []
    )


def _most_first(rows: pd.DataFrame) -> list[Row]:
    return rows.sort_values("l_it_bits", ascending=False).to_dict("records")


def _which_saves_most(ordered: list[Row]) -> str:
    """Which arm has the most L_IT; of two also how much more, which older tables do not say."""
    first, *others = ordered
    if len(others) != 1 or math.isnan(others[0].get("behind_first_ci_low", math.nan)):
        return which_is_best(ordered, "the most L_IT")
    (other,) = others
    return _by_how_much(first, other, "behind_first", other["p_first"])


def _by_how_much(first: Row, second: Row, name: str, p: float, **words: str) -> str:
    """What one of two arms has more or needs fewer, by the second one's columns ``name``."""
    bits, low, high = (number(second[f"{name}_{of}"], 1) for of in ("bits", "ci_low", "ci_high"))
    how, arms = f"{say_p(p)}, paired by seed", (first["arm"], second["arm"])
    return say_more(*arms, bits, f"{low} to {high}", how, told_apart=p <= LEVEL, **words)


def _which_is_shortest(ordered: list[Row]) -> list[str]:
    """Which arm has the shortest code from M, where all code the same labels; older tables do not
    say how sure that is."""
    first, second, *others = ordered
    one_stream = len({(row["target"], row["labels"], row["k"]) for row in ordered}) == 1
    if not one_stream or math.isnan(second.get("p_shortest", math.nan)):
        return []
    if others:
        told = [
            row | {"p_first": row["p_shortest"], "told_apart": yes_or_no(row["p_shortest"])}
            for row in ordered
        ]
        return [which_is_best(told, "the shortest code from M")]
    fewer = {"does": "needs", "more": "fewer"}
    return [f"From M, {_by_how_much(first, second, 'longer', second['p_shortest'], **fewer)}"]


def _swapped(ordered: list[Row]) -> list[str]:
    """Pairs of arms on one stream of which one has more L_IT and the other the shorter code."""
    pairs = [
        (a, b)
        for a, b in combinations(ordered, 2)
        if all(a[name] == b[name] for name in ("target", "labels", "k"))
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
        codes = zip(here["l_theta0_bits"], here["arm"], strict=True)
        taken = ", ".join(f"{number(bits)} bits ({arm})" for bits, arm in codes)
        found.append(
            "Models or learners differ. On one stream their total code lengths compare fairly: each"
            " is what sending the same labels takes. L_IT does not: it counts from each arm's own"
            " code from θ₀, so a coder that wastes bits there makes its M look richer. Here these"
            f" codes take {taken}."
        )
        found += _which_is_shortest(here.sort_values("l_m_bits").to_dict("records"))
    if len(here[["target", "labels"]].drop_duplicates()) > 1:
        found.append(
            "The arms code labels of different data sets: a code length says how hard they are too."
        )
    columns = {"C": "classes", "k": "k"}
    if differ := [name for name, column in columns.items() if here[column].nunique() > 1]:
        rows = here.to_dict("records")
        values = ", ".join(f"{r['arm']}: k = {r['k']:,}, C = {r['classes']}" for r in rows)
        found.append(
            f"Caution: {' and '.join(differ)} differ ({values}). Bits do not compare; shares of"
            " k log₂ C do better, though they still grow with k."
        )
    return found
