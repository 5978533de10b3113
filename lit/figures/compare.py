"""L_IT of several arms, beside the total code lengths that it is the difference of."""

import pandas as pd
from matplotlib import pyplot as plt

from lit.analyses.words import numbers, size
from lit.figures.panels import (
    bars,
    begin_at_zero,
    examples_axis,
    interval,
    label_ends,
    legend_below,
    short_names,
)
from lit.figures.style import HOLLOW, PAGE, THETA0, THIN, TRAINED, look, looks

CAPTION = (
    "L_IT, with bars that are 95 % intervals, beside the mean total code"
    " lengths that it is the difference of."
)


def draw(table: pd.DataFrame) -> plt.Figure:
    """Both against n, a line an arm; with one n, a place an arm."""
    trained = table[table["n"].fillna(-1) != 0]
    if trained["n"].nunique(dropna=False) == 1:
        return _draw_places(trained)
    ready = 4 * max(int(table["n"].fillna(0).max()), 1)  # where weights not trained here stand
    table = table.assign(at=table["n"].fillna(ready).astype(int))
    names, lines = short_names(table["arm"]), looks(table)
    figure, (left, right) = plt.subplots(1, 2, figsize=(PAGE, 2.9))
    for arm, rows in table.groupby("arm", sort=False):
        line = lines[str(arm)]
        bars(left, rows["at"], rows, label=names[str(arm)], **line)
        right.plot(rows["at"], rows["l_m_bits"], label=names[str(arm)], **line)
        dotted = line | HOLLOW | {"ls": (0, (1, 3)), "lw": 1}
        right.plot(rows["at"], rows["l_theta0_bits"], **dotted)
    left.axhline(0, **THIN)
    begin_at_zero(right)
    for axis in (left, right):
        examples_axis(axis, table["at"])
        axis.yaxis.set_major_formatter("{x:,.0f}")
        if table["n"].isna().any():
            ticks = sorted(set(table["at"]))
            texts = ["ready\nweights" if tick == ready else f"{tick:,}" for tick in ticks]
            axis.set_xticks(ticks, texts)
    left.set_ylabel(f"L_IT (bits), k = {numbers(table['k'])}")
    right.set_ylabel("total code length (bits)")
    right.set_title("from M (filled) and from θ₀ (hollow)")
    label_ends(figure, [left, right])
    return figure


def _draw_places(table: pd.DataFrame) -> plt.Figure:
    """The same for one n, arms below each other."""
    size_of = (PAGE, 1.1 + 0.2 * len(table))
    figure, (left, right) = plt.subplots(1, 2, figsize=size_of, sharey=True)
    places, dots = range(len(table)), look(0) | {"ls": "", "color": TRAINED}
    left.errorbar(table["l_it_bits"], places, xerr=interval(table), capsize=2, **dots)
    cold = dots | HOLLOW | {"color": THETA0, "label": "from θ₀"}
    right.plot(table["l_theta0_bits"], places, **cold)
    right.plot(table["l_m_bits"], places, label="from M", **dots)
    right.hlines(places, table["l_m_bits"], table["l_theta0_bits"], color="0.7", lw=1, zorder=1)
    left.axvline(0, **THIN)
    left.set_yticks(places, table["arm"].map(short_names(table["arm"])))
    left.invert_yaxis()
    begin_at_zero(right, "x")
    for axis in (left, right):
        axis.xaxis.set_major_formatter("{x:,.0f}")
        axis.grid(False, axis="y")
    left.set_xlabel(f"L_IT (bits), {size(table['n'].iloc[0])}, k = {numbers(table['k'])}")
    right.set_xlabel("total code length (bits)")
    legend_below(figure, right, 2, loc="outside lower right")
    return figure
