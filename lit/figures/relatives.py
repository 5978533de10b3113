"""Each relative against L_IT, a point a row and a colour an arm."""

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lit.analyses.relatives import correlations, value_rows
from lit.analyses.words import signed
from lit.figures.panels import cloud, legend_below, say_within


def draw(table: pd.DataFrame) -> Figure:
    """A panel a measure, with its rank correlation above."""
    values, rho = value_rows(table), correlations(table)
    measures = list(values["measure"].drop_duplicates())
    columns = len(measures) // 2  # SDL and eSC come in twos, and so do the others
    figure, axes = plt.subplots(2, columns, figsize=(1.95 * columns, 4.6), sharex=True)
    for axis, measure in zip(axes.flat, measures, strict=True):
        here = values[values["measure"] == measure]
        _scatter(axis, here)
        found = rho["value"][measure]
        axis.set_title(f"{measure}\nρ = {'–' if np.isnan(found) else signed(found)}", fontsize=8)
        axis.set_ylabel(here["unit"].iloc[0], fontsize=7.5)
    for axis in axes[1]:
        axis.set_xlabel("L_IT (bits)", fontsize=7.5)
    legend_below(figure, axes.flat[0], 5, handletextpad=0.1)
    return figure


def _scatter(axis: Axes, here: pd.DataFrame) -> None:
    for i, (arm, rows) in enumerate(here.groupby("arm", sort=False)):
        shown = rows["value"].where(np.isfinite(rows["value"]))
        axis.plot(rows["l_it_bits"], shown, label=arm, ms=4, **cloud(i))
    axis.tick_params(labelsize=7)
    if not np.isfinite(here["value"]).any():
        say_within(axis, "infinite" if np.isinf(here["value"]).any() else "not defined")
