"""Each relative against L_IT, a point a row and a colour an arm."""

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt

from lit.analyses.relatives import correlations, value_rows
from lit.analyses.words import signed
from lit.figures.panels import legend_below, scatter


def draw(table: pd.DataFrame) -> plt.Figure:
    """A panel a measure, with its rank correlation above."""
    values, rho = value_rows(table), correlations(table)
    measures = list(values.groupby("measure", sort=False))
    columns = len(measures) // 2  # SDL and eSC come in twos, and so do the others
    figure, axes = plt.subplots(2, columns, figsize=(1.95 * columns, 4.6), sharex=True)
    for axis, (measure, here) in zip(axes.flat, measures, strict=True):
        scatter(axis, here, "l_it_bits", list(values["arm"].unique()), 4)
        found = rho["value"][measure]
        axis.set_title(f"{measure}\nρ = {'–' if np.isnan(found) else signed(found)}", fontsize=8)
        axis.set_ylabel(here["unit"].iloc[0], fontsize=7.5)
    for axis in axes[1]:
        axis.set_xlabel("L_IT (bits)", fontsize=7.5)
    legend_below(figure, axes.flat[0], 5, handletextpad=0.1)
    return figure
