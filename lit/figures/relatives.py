"""Each relative against L_IT, a point a row and a colour an arm."""

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt

from lit.analyses.relatives import compared_rows, correlations, value_rows
from lit.analyses.words import at_n, signed
from lit.figures.panels import legend_below, scatter


def draw(table: pd.DataFrame) -> plt.Figure:
    """A panel a measure, with its rank correlation above; the rows it is over have a ring."""
    values, rho = value_rows(table), correlations(table)
    ringed = compared_rows(table)
    measures = list(values.groupby("measure", sort=False))
    columns = len(measures) // 2  # SDL and eSC come in twos, and so do the others
    figure, axes = plt.subplots(2, columns, figsize=(2.1 * columns, 4.9), sharex=True)
    for axis, (measure, here) in zip(axes.flat, measures, strict=True):
        scatter(axis, here, "l_it_bits", list(values["arm"].unique()), 4)
        rows = here[ringed[here.index] & np.isfinite(here["value"])]
        axis.plot(rows["l_it_bits"], rows["value"], "o", ms=7, mfc="none", mec="0.3", mew=0.7)
        found = (rho[name][measure] for name in ("value", "value_ci_low", "value_ci_high"))
        axis.set_title(f"{measure}\n{_rho(*found)}", fontsize=7.5)
        axis.set_ylabel(here["unit"].iloc[0], fontsize=7.5)
    for axis in axes[1]:
        axis.set_xlabel("L_IT (bits)", fontsize=7.5)
    over = f"{at_n(rho['n'].iloc[0])}, ringed: Spearman's ρ over these rows, and its 95 % interval"
    figure.suptitle(over, fontsize=8)
    legend_below(figure, axes.flat[0], 5, handletextpad=0.1)
    return figure


def _rho(rho: float, low: float, high: float) -> str:
    interval = "" if np.isnan(low) else f" ({signed(low)} to {signed(high)})"
    return "ρ = –" if np.isnan(rho) else f"ρ = {signed(rho)}{interval}"
