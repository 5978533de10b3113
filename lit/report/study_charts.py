"""Charts that every study's report has, if there is enough to draw."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from lit.analyses.words import say_labels
from lit.report.charts import MEAN, Chart, dots, lines, worth_drawing
from lit.report.names import say_names, say_subject
from lit.report.rows import rows_to_show
from lit.report.stream_charts import along_the_stream, saved_along_the_stream
from lit.study.codes import CODES
from lit.tables.courses import beside_a_course, several_n, teach_nothing
from lit.tables.reading import count_labels, has_m, outside_sequences

ENDS = ("low", "high")


def study_charts(tables: Mapping[str, pd.DataFrame]) -> list[Chart]:
    """Those with two points or more, of tables by name."""
    table = outside_sequences(tables["information_transfer"])
    by_seed = outside_sequences(tables["information_transfer_by_seed"])
    trained = transfers(table[has_m(table)], by_seed)
    found = [
        (_against_n(trained), "x"),
        (_saved(trained), "subject"),
        (_code_lengths(table), "subject"),
        (along_the_stream(tables["curves"]), "x"),
        (saved_along_the_stream(tables["curves"]), "x"),
        (_memorised(table), "subject"),
    ]
    return [chart for chart, place in found if len(chart.rows) and worth_drawing(chart.rows, place)]


def transfers(table: pd.DataFrame, by_seed: pd.DataFrame) -> pd.DataFrame:
    """L_IT of each arm, n, code and seed, and their means with intervals, long form."""
    first = table["code"].iloc[0] if "code" in table and len(table) else ""
    parts = []
    for code in dict.fromkeys([first, *CODES]):
        name = "l_it" if code == first else f"l_it_{code}"
        if f"{name}_bits" not in table or table[f"{name}_bits"].isna().all():
            continue
        mean = _values(table, f"{name}_bits", f"{name}_ci_low", f"{name}_ci_high")
        each = _values(by_seed[has_m(by_seed)], f"{name}_bits")
        each["seed"] = each["seed"].astype(str)
        parts += [part.assign(code=code) for part in (mean.assign(seed=MEAN), each)]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame({"value": []})


def _values(table: pd.DataFrame, value: str, *ends: str) -> pd.DataFrame:
    """What is measured, in bits and in bits a label, beside what it is measured of."""
    kept = table[[n for n in ("arm", "n", "k", "labels", "seed") if n in table]].copy()
    columns = dict(zip(("value", *ENDS), (value, *ends), strict=False))
    for name, column in columns.items():
        kept[name] = table.get(column, np.nan)
        kept[f"{name}_label"] = kept[name] / count_labels(table)
    return kept


def _named(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows with their subject in words."""
    said = say_names(rows["arm"])
    subjects = [say_subject(said[a], n) for a, n in zip(rows["arm"], rows["n"], strict=True)]
    return rows.assign(subject=subjects)


def _drawn(rows: pd.DataFrame, *names: str) -> pd.DataFrame:
    """The columns that a chart needs."""
    wanted = ("arm", "code", "seed", "value", *ENDS, "value_label", "low_label", "high_label")
    return rows[[name for name in (*names, *wanted) if name in rows]]


def _saved(trained: pd.DataFrame) -> Chart:
    """L_IT of every M, below each other."""
    if len(trained):
        trained = _named(_by_role(trained)).assign(series=trained["labels"].map(say_labels))
    title = "Information Transfer"
    caption = (
        "Information Transfer of every trained M: bits that it saves on fresh labels, with 95 %"
        " intervals. Right of zero M helps, left of it M harms."
    )
    rows = _drawn(trained, "subject", "series", "control")
    return Chart("What each M saves", caption, dots(rows, title) if len(rows) else {}, rows)


def _against_n(trained: pd.DataFrame) -> Chart:
    """L_IT against n, if an arm has several: its line, and points of arms that have one."""
    rows = trained[trained["n"].notna()] if len(trained) else trained
    rows = rows[beside_a_course(rows)] if len(rows) and several_n(rows).any() else rows[:0]
    caption = (
        "Information Transfer against the number n of examples that M was trained on, with 95 %"
        " intervals; arms with one n are points."
    )
    if len(rows):
        said = say_names(rows["arm"])
        names = [
            said[arm] if labels == "true" else f"{said[arm]} ({say_labels(labels)})"
            for arm, labels in zip(rows["arm"], rows["labels"], strict=True)
        ]
        rows = _by_role(rows).assign(series=names, x=rows["n"].astype(int))
        if rows["control"].any():
            caption += " Controls are grey: what was memorised saves nothing."
        if left := trained["arm"].nunique() - rows["arm"].nunique():
            caption += f" {left} of {trained['arm'].nunique()} arms, with one n or none, are below."
    rows = _drawn(rows, "series", "x", "control")
    x = "n, examples that M was trained on"
    spec = lines(rows, "Information Transfer", x, by_ratio=True) if len(rows) else {}
    return Chart("Information Transfer against n", caption, spec, rows)


def _by_role(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows with whether each is a control, which is grey."""
    return rows.assign(control=teach_nothing(rows["labels"]))


def _code_lengths(table: pd.DataFrame) -> Chart:
    """What the labels cost from theta0 and from M."""
    sides = {"from θ₀": "l_theta0_bits", "from M": "l_m_bits"}
    table = rows_to_show(table)
    # Random labels cost all that labels can, which would squeeze the others together.
    controls = teach_nothing(table["labels"])
    left = controls.any() and not controls.all()
    table = table[~controls] if left else table
    trained = {"from θ₀": table, "from M": table[has_m(table)]}  # n = 0 is theta0
    parts = [_values(trained[side], column).assign(series=side) for side, column in sides.items()]
    rows = _drawn(_named(pd.concat(parts)), "subject", "series")
    caption = (
        "Code lengths of the same labels, from the untrained network θ₀ and from M: the distance"
        " is L_IT. A shorter code means that the network, with what it knew, predicts better."
    )
    if left:
        caption += " Controls, whose labels cost all that labels can, are left out."
    return Chart("What the labels cost", caption, dots(rows, "Code length", joined=True), rows)


def _memorised(table: pd.DataFrame) -> Chart:
    """K(M_n) beside L_IT on one scale, linear around zero."""
    table = table[table["k_m_bits"].notna() & has_m(table)]
    sides = {"L_IT, on fresh examples": "l_it_bits", "K(Mₙ), on the training set": "k_m_bits"}
    parts = [table.assign(value=table[column], series=side) for side, column in sides.items()]
    rows = _drawn(_named(pd.concat(parts)), "subject", "series")
    caption = (
        "L_IT on fresh examples beside the train-set information K(Mₙ), in bits, on a scale that"
        " goes over from linear to logarithmic around 100. Random labels that M knows by heart"
        " count in K(Mₙ), not in L_IT: only a measure on held-out examples tells learning from"
        " memorising."
    )
    spec = dots(rows, "Bits", linear_to=100) if len(rows) else {}
    return Chart("Transferred beside memorised", caption, spec, rows)
