"""Each score that is defined against the code length, a point a representation."""

import pandas as pd
from matplotlib import pyplot as plt

from lit.analyses.scores import CODE, WITH
from lit.analyses.words import number, one_of
from lit.figures.panels import grid, in_words, legend_below, scatter
from lit.figures.style import SMALL

CAPTION = (
    "Means over seeds of each score against the code length, a point a representation; ρ is"
    " Spearman's."
)


def draw(table: pd.DataFrame) -> plt.Figure:
    """A panel a score, with its rank correlations above."""
    values = table[table["about"].eq("value") & table["measure"].ne(CODE) & table["value"].notna()]
    measures = list(values.groupby("measure", sort=False))
    if values["arm"].nunique() < 3:
        return in_words([_in_words(str(name), here) for name, here in measures])
    figure, axes = grid(len(measures), 3, (2.33, 1.9), sharex=True)
    for axis, (name, here) in zip(axes.flat, measures, strict=False):
        scatter(axis, here, "code_bits", list(values["arm"].unique()), 4.5)
        unit, better = here["unit"].iloc[0], here["better"].iloc[0]
        axis.set_ylabel(f"{unit} ({better} is better)", fontsize=SMALL)
        axis.set_title(f"{name}{_rho(table[table['measure'] == name])}", fontsize=SMALL)
    for axis in axes[-1]:
        axis.set_xlabel(f"code length (bits), k = {int(one_of(values, 'k')):,}", fontsize=SMALL)
    legend_below(figure, axes.flat[0], 4, handletextpad=0.1)
    return figure


def _in_words(measure: str, here: pd.DataFrame) -> str:
    said = [f"{row['arm']} {row['value']:.4g}" for row in here.to_dict("records")]
    return f"{measure} ({here['unit'].iloc[0]}): {', '.join(said)}"


def _rho(here: pd.DataFrame) -> str:
    """The rank correlations that there are, as a measure's panel shows them."""
    found = here[here["about"] != "value"].set_index("about")["value"].dropna()
    said = {"code_bits": "ρ = ", "tuned_bits": "tuned: "}
    shown = [
        said[column] + number(found[name], 2) for column, name in WITH.items() if name in found
    ]
    return "\n" + ", ".join(shown) if shown else ""
