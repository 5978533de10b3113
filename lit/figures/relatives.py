"""Each relative against L_IT, a point a row and a colour an arm."""

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt

from lit.analyses.relatives import compared_rows, correlations, value_rows
from lit.analyses.words import at_n, number
from lit.figures.panels import grid, legend_below, scatter
from lit.figures.style import SMALL

CAPTION = (
    "Means over seeds of each measure against L_IT, a point a row. ρ is Spearman's, over the rows"
    " with a ring, with its 95 % interval."
)


def draw(table: pd.DataFrame) -> plt.Figure:
    """A panel a measure, with its rank correlation above; the rows it is over have a ring."""
    values, rho = value_rows(table), correlations(table)
    ringed = compared_rows(table)
    measures = list(values.groupby("measure", sort=False))
    figure, axes = grid(len(measures), 4, (1.75, 1.9), sharex=True)
    for i, (axis, (measure, here)) in enumerate(zip(axes.flat, measures, strict=False)):
        scatter(axis, here, "l_it_bits", list(values["arm"].unique()), 4)
        rows = here[ringed[here.index] & np.isfinite(here["value"])]
        axis.plot(rows["l_it_bits"], rows["value"], "o", ms=7, mfc="none", mec="0.3", mew=0.7)
        found = (rho[name][measure] for name in ("value", "value_ci_low", "value_ci_high"))
        axis.set_title(f"{measure}\n{_rho(*found)}", fontsize=SMALL)
        axis.set_ylabel(here["unit"].iloc[0], fontsize=SMALL)
        if i + axes.shape[1] >= len(measures):  # nothing is below
            axis.set_xlabel("L_IT (bits)", fontsize=SMALL)
            axis.tick_params(labelbottom=True)
    over = f"{at_n(rho['n'].iloc[0])}, ringed: Spearman's ρ over these rows, and its 95 % interval"
    figure.suptitle(over, fontsize=8)
    legend_below(figure, axes.flat[0], 5, handletextpad=0.1)
    return figure


def _rho(rho: float, low: float, high: float) -> str:
    interval = "" if np.isnan(low) else f" ({number(low, 2)} to {number(high, 2)})"
    return "ρ = –" if np.isnan(rho) else f"ρ = {number(rho, 2)}{interval}"
