"""Each score that is defined against the code length, a point a representation."""

import math

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lit.analyses.scores import CODE, WITH
from lit.analyses.words import one_of, signed
from lit.figures.panels import cloud, legend_below, say_within


def draw(table: pd.DataFrame) -> Figure:
    """A panel a score, with its rank correlations above."""
    values = table[table["about"].eq("value") & table["measure"].ne(CODE) & table["value"].notna()]
    measures = list(dict.fromkeys(values["measure"]))
    arms = list(dict.fromkeys(values["arm"]))
    columns = math.ceil(len(measures) / 2)
    size = (1.95 * columns, 4.8)
    figure, axes = plt.subplots(2, columns, figsize=size, sharex=True, squeeze=False)
    for axis, measure in zip(axes.flat, measures, strict=False):
        _panel(axis, values[values["measure"] == measure], arms)
        axis.set_title(f"{measure}{_rho(table, measure)}", fontsize=7.5)
    for axis in axes.flat[len(measures) :]:
        axis.set_axis_off()
    for axis in axes[-1]:
        axis.set_xlabel(f"code length (bits), k = {int(one_of(values, 'k')):,}", fontsize=7)
    legend_below(figure, axes.flat[0], 4, handletextpad=0.1)
    return figure


def _panel(axis: Axes, here: pd.DataFrame, arms: list[str]) -> None:
    for row in here.to_dict("records"):
        shown = row["value"] if np.isfinite(row["value"]) else math.nan
        look = cloud(arms.index(row["arm"]))
        axis.plot(row["code_bits"], shown, label=row["arm"], ms=4.5, **look)
    if not np.isfinite(here["value"]).any():
        say_within(axis, "infinite")
    axis.set_ylabel(f"{here['unit'].iloc[0]} ({here['better'].iloc[0]} is better)", fontsize=7)
    axis.tick_params(labelsize=7)


def _rho(table: pd.DataFrame, measure: str) -> str:
    """The rank correlations that there are, as a panel shows them."""
    here = table[table["measure"].eq(measure) & table["about"].ne("value")]
    found = here.set_index("about")["value"].dropna()
    said = {"code_bits": "ρ = ", "tuned_bits": "tuned: "}
    shown = [said[column] + signed(found[name]) for column, name in WITH.items() if name in found]
    return "\n" + ", ".join(shown) if shown else ""
