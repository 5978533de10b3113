"""Code lengths in their order, beside L_IT against random twins, if there are any."""

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt

from lit.analyses.ranking import REGIMES
from lit.analyses.words import one_of, say_p
from lit.figures.panels import interval, legend_below, short_names
from lit.figures.style import COLOURS, PAGE, SMALL, THIN, Look, look

CAPTION = (
    "Code lengths, shortest first; bars are 95 % intervals. p: paired"
    " t-test against the first, adjusted for all pairs; orange where the two cannot be told apart."
)


def draw(table: pd.DataFrame) -> plt.Figure:
    """A line an arm, with the p-value of its comparison with the first."""
    table = table.sort_values("rank")
    columns = {"code": f"code length (bits), k = {one_of(table, 'k'):,}"}
    if table["l_it_bits"].notna().any():
        columns["l_it"] = "L_IT against the twin (bits)"
    size = (PAGE if len(columns) > 1 else 4.6, 1.0 + 0.2 * len(table))
    options: Look = {"sharey": True, "width_ratios": [1.25, 1][: len(columns)], "squeeze": False}
    figure, axes = plt.subplots(1, len(columns), figsize=size, **options)
    for axis, (column, text) in zip(axes.flat, columns.items(), strict=True):
        for i, name in enumerate(REGIMES):
            here = table[table["regime"] == name]
            line = look(i) | {"ls": "", "ms": 4, "capsize": 2, "label": name}
            if len(here):
                bars = interval(here, column)
                axis.errorbar(here[f"{column}_bits"], here["rank"], xerr=bars, **line)
        axis.set_xlabel(text)
        axis.locator_params(axis="x", nbins=5)
        axis.xaxis.set_major_formatter("{x:,.0f}")
    _places(axes[0, 0], table)
    if len(columns) > 1:
        axes[0, 1].axvline(0, **THIN)
    legend_below(figure, axes[0, 0], 4)
    return figure


def _places(axis: plt.Axes, table: pd.DataFrame) -> None:
    """Names at the places, and p-values of the comparisons with the first."""
    axis.set_yticks(table["rank"], table["arm"].map(short_names(table["arm"])))
    axis.set_ylim(len(table) + 0.6, 0.4)
    place: Look = {"xycoords": ("axes fraction", "data"), "textcoords": "offset points"}
    place |= {"va": "center", "fontsize": SMALL}
    for rank, p, told in zip(table["rank"], table["p_first"], table["told_apart"], strict=True):
        if not np.isnan(p):
            colour = "0.35" if told == "yes" else COLOURS[1]
            axis.annotate(say_p(p), (1, rank), (3, 0), color=colour, **place)
