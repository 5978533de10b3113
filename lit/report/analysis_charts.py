"""Charts of a study's analyses, from their tables: what is measured, over what, and in which shape.

Users' own kinds have the figure that they draw themselves.
"""

from collections.abc import Callable
from typing import Any

import pandas as pd

from lit.analyses.shared import fullest
from lit.analyses.words import size
from lit.report.charts import Chart, Spec, cells, dots, lines, scatter, worth_drawing
from lit.report.names import say_names, say_subject
from lit.tables.reading import has_m

Made = tuple[str, pd.DataFrame, Callable[[pd.DataFrame], Spec], str]  # place that must differ last


def analysis_charts(kind: str, table: pd.DataFrame) -> list[Chart]:
    """Charts of an analysis' table with two points or more; none of a kind that is a user's own."""
    made = KINDS[kind](table) if kind in KINDS else []
    return [
        Chart(title, "", draw(rows), rows)
        for title, rows, draw, place in made
        if len(rows) and worth_drawing(rows, place)
    ]


def _subjects(table: pd.DataFrame) -> list[str]:
    """Arms in words, with what M was trained on where that differs."""
    said = say_names(table["arm"])
    if "n" not in table or table["n"].nunique(dropna=False) == 1:
        return [said[arm] for arm in table["arm"]]
    return [say_subject(said[arm], n) for arm, n in zip(table["arm"], table["n"], strict=True)]


def _measured(table: pd.DataFrame, name: str, unit: str = "_bits", /, **more: Any) -> pd.DataFrame:
    """A measure with its interval, if it has one, beside its arm."""
    rows = pd.DataFrame({"value": table[name + unit]})
    for end in ("low", "high"):
        if f"{name}_ci_{end}" in table:
            rows[end] = table[f"{name}_ci_{end}"]
    if "arm" in table:
        rows["arm"] = table["arm"]
    return rows.assign(**more)


def _dots(name: str, title: str, series: str = "") -> Callable[[pd.DataFrame], list[Made]]:
    """A dot an arm and n of one measure, in colours by a column."""

    def make(table: pd.DataFrame) -> list[Made]:
        rows = _measured(table, name, subject=_subjects(table))
        if series:
            rows["series"] = table[series]
        return [(title, rows, lambda shown: dots(shown, f"{title}, bits"), "subject")]

    return make


def _compare(table: pd.DataFrame) -> list[Made]:
    table = table[has_m(table)]
    return _dots("l_it", "Information Transfer")(table)


def _ranking(table: pd.DataFrame) -> list[Made]:
    table = table.sort_values("rank")
    found = _dots("code", "Code length", "regime")(table)
    return found + _dots("l_it", "L_IT against the random twin")(table[table["l_it_bits"].notna()])


def _crossings(table: pd.DataFrame) -> list[Made]:
    said = say_names(table["subject"])
    rows = _measured(table, "saved", series=table["subject"].map(said), x=table["labels_sent"])
    title = (
        f"Bits saved so far, against {say_names(table['reference'])[table['reference'].iloc[0]]}"
    )
    x = "labels sent (end of block)"
    return [(title, rows, lambda shown: lines(shown, title, x, by_ratio=True), "x")]


def _noise(table: pd.DataFrame) -> list[Made]:
    measures = {"l_theta0": "from θ₀", "l_m": "from M", "l_it": "L_IT", "k_m": "K(Mₙ)"}
    measures = {
        name: said for name, said in measures.items() if table[f"{name}_bits"].notna().any()
    }
    parts = []
    for kind in [kind for kind in table["kind"].unique() if kind != "true"]:
        here = table[table["kind"].isin(["true", kind])]
        parts += [
            _measured(here, name, x=here["level"], series=said, panel=f"{kind} noise")
            for name, said in measures.items()
        ]
    rows = pd.concat(parts, ignore_index=True).drop(columns="arm") if parts else pd.DataFrame()
    x = "noise level p of the labels"
    return [("Code lengths and information", rows, lambda shown: lines(shown, "bits", x), "x")]


def _retention(table: pd.DataFrame) -> list[Made]:
    said = say_names(table["arm"])
    last = table[table["t"] == table["t"].max()]
    held = _measured(table, "total", series=table["arm"].map(said), x=table["t"].astype(int))
    kept = _measured(last, "retained", "", subject=_subjects(last))
    whole = {"tickMinStep": 1}
    found: list[Made] = []
    if held["x"].nunique() > 1:
        title, x = "Bits held of all tasks so far", "after task t"

        def draw(shown: pd.DataFrame) -> Spec:
            spec = lines(shown, title, x)
            for layer in spec["layer"][1:]:
                layer["encoding"]["x"]["axis"] = {"format": "d", **whole}
            return spec

        found.append((title, held, draw, "x"))
    else:
        found += _dots("total", "Bits held of all tasks")(last)
    share = "Share of earlier tasks that is retained"
    return [*found, (share, kept.dropna(subset="value"), lambda r: dots(r, share), "subject")]


def _choice(table: pd.DataFrame) -> list[Made]:
    about = {"seeds": "standard error of L_IT by seeds", "k": "L_IT on the first k labels"}
    rows = table[["arm", "x", "value", "low", "high"]].assign(
        series=_subjects(table), panel=table["about"].map(about).fillna(table["about"])
    )

    def draw(shown: pd.DataFrame) -> Spec:
        return lines(shown, "bits", "seeds, or labels coded", by_ratio=True, alike=False)

    return [("How sure, by seeds and labels", rows, draw, "x")]


def _depth(table: pd.DataFrame) -> list[Made]:
    table = table.sort_values("place", kind="stable")
    same = {"x": table["layer"], "panel": table["backbone"]}
    trained = _measured(table, "code", series="pretrained", **same)
    twin = _measured(table, "random", series="random twin", **same)
    rows = pd.concat([trained, twin.drop(columns=["low", "high"], errors="ignore")])
    return [("Code length by depth", rows, lambda r: lines(r, "Code length, bits", "layer"), "x")]


def _forgetting(table: pd.DataFrame) -> list[Made]:
    kept = table[table["head"] == "keep"] if (table["head"] == "keep").any() else table
    said = say_names(kept["arm"])
    panels = kept["arm"].map(said)
    if "orders" in kept and kept["orders"].nunique() > 1:
        panels = panels + ", order " + kept["orders"].astype(str)
    places = {"x": kept["j"].astype(str), "y": kept["t"].astype(str), "panel": panels}
    rows = _measured(kept, "l_it", **places)
    title = "L_IT of task j after task t, bits"
    return [(title, rows, lambda r: cells(r, title, "task j", "after task t"), "y")]


def _pairs(table: pd.DataFrame) -> list[Made]:
    names = {"l_theta0": "from θ₀: how hard to tell apart", "l_it": "L_IT"}
    places = {"x": table["b"].astype(str), "y": table["a"].astype(str)}
    parts = [
        _measured(table, name, panel=said, **places).drop(columns="arm")
        for name, said in names.items()
    ]
    rows = pd.concat(parts, ignore_index=True)
    title = "Pairs of classes, bits"
    return [(title, rows, lambda r: cells(r, title, "class", "class"), "y")]


def _shared(table: pd.DataFrame) -> list[Made]:
    titles = {"shared": "L_IT on B of M trained on A, bits"}
    titles |= {"added": "Added to L_IT on B by A before B, bits"}
    found: list[Made] = []
    for about, title in titles.items():
        here = table[table["about"] == about]
        if here.empty:
            continue
        here = fullest(here)
        rows = _measured(here, "value", x=here["target"], y=here["source"])

        def draw(shown: pd.DataFrame, title: str = title) -> Spec:
            return cells(shown, title, "coded, B", "trained on A")

        found.append((title, rows, draw, "y" if rows["y"].nunique() > 1 else "x"))
    again = table[table["about"] == "redundancy"]
    title = "Told by both halves of 2n examples, bits"
    rows = _measured(again, "value", series=again["target"], x=again["n"].astype("Int64"))
    x = "n, examples in each half"
    return [*found, (title, rows, lambda r: lines(r, title, x, by_ratio=True), "x")]


def _surface(table: pd.DataFrame) -> list[Made]:
    table = table.sort_values(["n", "k"], ascending=[False, True], kind="stable")
    names = {"l_it": "by definition", "joint": "joint coder: Λ(n) + Λ(k) − Λ(n+k)"}
    names |= {"difference": "their difference"}
    places = {"x": table["k"].map("{:,}".format), "y": table["n"].map("{:,}".format)}
    parts = [
        _measured(table, name, panel=said, **places)
        for name, said in names.items()
        if table[f"{name}_bits"].notna().any()
    ]
    title, rows = "L_IT over n and k, bits", pd.concat(parts, ignore_index=True)
    return [(title, rows, lambda r: cells(r, title, "k, labels coded", "n, seen by M"), "y")]


def _measures(x: str, across: str) -> Callable[[pd.DataFrame], list[Made]]:
    """A panel a measure, its values over a column."""

    def make(table: pd.DataFrame) -> list[Made]:
        here = table[(table["about"] == "value") & table["value"].notna() & table[x].notna()]
        here = here[here["value"].abs() != float("inf")]
        several = here.groupby("measure")["value"].transform("size") > 1
        here = here[several]
        said = say_names(here["arm"])
        rows = pd.DataFrame(
            {"arm": here["arm"], "x": here[x], "value": here["value"]}
            | {"panel": here["measure"], "series": here["arm"].map(said)}
        )
        return [(f"Measures against {across}", rows, lambda r: scatter(r, "", across), "x")]

    return make


def _planted(table: pd.DataFrame) -> list[Made]:
    shown = table[(table["l_it_bits"] > 0) & (table["truth_bits"] > 0)]
    truth = "planted information, bits"
    rows = _measured(shown, "l_it", x=shown["truth_bits"], detail=_subjects(shown))
    rows["series"] = shown["kind"] + " (planted: " + shown["truth_is"] + ")"
    title = "Measured L_IT against what was planted (dashed: equal), bits"
    return [(title, rows, lambda r: scatter(r, title, truth, log=True), "x")]


def _extremes(table: pd.DataFrame) -> list[Made]:
    tenths = table[table["about"] == "tenth"]
    names = {"share_of_bits": "of all bits from θ₀"}
    if tenths["share_of_l_it"].notna().any():
        names["share_of_l_it"] = f"of L_IT, {size(tenths['n'].iloc[0])}"
    parts = [
        pd.DataFrame({"x": tenths["rank"].astype(int), "value": 100 * tenths[name], "series": said})
        for name, said in names.items()
    ]
    x, title = "tenth of the examples by cost from θ₀, dearest first", "Share, per cent"
    return [(title, pd.concat(parts), lambda r: lines(r, title, x), "x")]


KINDS: dict[str, Callable[[pd.DataFrame], list[Made]]] = {
    "choice": _choice,
    "compare": _compare,
    "crossings": _crossings,
    "depth": _depth,
    "differences": _dots("lost", "L_IT lost against the reference"),
    "extremes": _extremes,
    "forgetting": _forgetting,
    "noise": _noise,
    "pairs": _pairs,
    "planted": _planted,
    "ranking": _ranking,
    "relatives": _measures("l_it_bits", "L_IT, bits"),
    "retention": _retention,
    "scores": _measures("code_bits", "code length, bits"),
    "shared": _shared,
    "surface": _surface,
    "unlearning": _dots("residual", "Bits left beyond the reference"),
}
