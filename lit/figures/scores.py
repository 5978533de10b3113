"""Each score that is defined against the code length, a point a representation."""

import math

import pandas as pd
from matplotlib import pyplot as plt

from lit.analyses.scores import CODE, WITH
from lit.analyses.words import one_of, signed
from lit.figures.panels import grid, legend_below, scatter


def draw(table: pd.DataFrame) -> plt.Figure:
    """A panel a score, with its rank correlations above."""
    values = table[table["about"].eq("value") & table["measure"].ne(CODE) & table["value"].notna()]
    measures = list(values.groupby("measure", sort=False))
    columns = math.ceil(len(measures) / 2)
    figure, axes = grid(len(measures), columns, (1.95, 2.4), sharex=True)
    for axis, (name, here) in zip(axes.flat, measures, strict=False):
        scatter(axis, here, "code_bits", list(values["arm"].unique()), 4.5)
        unit, better = here["unit"].iloc[0], here["better"].iloc[0]
        axis.set_ylabel(f"{unit} ({better} is better)", fontsize=7)
        axis.set_title(f"{name}{_rho(table[table['measure'] == name])}", fontsize=7.5)
    for axis in axes[-1]:
        axis.set_xlabel(f"code length (bits), k = {int(one_of(values, 'k')):,}", fontsize=7)
    legend_below(figure, axes.flat[0], 4, handletextpad=0.1)
    return figure


def _rho(here: pd.DataFrame) -> str:
    """The rank correlations that there are, as a measure's panel shows them."""
    found = here[here["about"] != "value"].set_index("about")["value"].dropna()
    said = {"code_bits": "ρ = ", "tuned_bits": "tuned: "}
    shown = [said[column] + signed(found[name]) for column, name in WITH.items() if name in found]
    return "\n" + ", ".join(shown) if shown else ""
