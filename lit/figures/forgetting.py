"""Heat maps over t and j: L_IT beside accuracy, an arm a pair of panels."""

import pandas as pd
from matplotlib import pyplot as plt

from lit.analyses.forgetting import EVERY
from lit.analyses.words import number
from lit.figures.panels import cells, from_zero, grid


def draw(table: pd.DataFrame) -> plt.Figure:
    """All arms on one scale, all orders together."""
    table = table[(table["orders"] == EVERY) & (table["head"] == "keep")]
    arms = list(table.groupby("arm", sort=False))
    pairs = min(len(arms), 2)
    side = max(0.42 * (int(table["t"].max()) + 1), 1.5)
    size, width = (side + 0.45, side + 0.55), 2 * pairs * (side + 0.45) + 0.6
    figure, axes = grid(2 * len(arms), 2 * pairs, size, least=width)
    low, top = min(table["l_it_bits"].min(), 0), max(table["l_it_bits"].max(), 1)
    shown = {
        "l_it_bits": ("L_IT, bits", number, from_zero(low, top)),
        "accuracy": ("accuracy", "{:.2f}".format, from_zero(0, 1)),
    }
    for pair, (arm, here) in zip(axes.reshape(-1, 2), arms, strict=False):
        for axis, (column, (name, form, colours)) in zip(pair, shown.items(), strict=True):
            values = here.pivot(index="t", columns="j", values=column)
            cells(axis, values, values.map(form), 6, **colours)
            axis.set(xlabel="of task j", ylabel="after task t")
            axis.set_title(f"{arm}\n{name}", fontsize=8)
    return figure
