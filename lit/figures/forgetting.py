"""Heat maps over t and j: L_IT beside accuracy, an arm a pair of panels."""

import pandas as pd
from matplotlib import pyplot as plt

from lit.analyses.forgetting import EVERY
from lit.analyses.words import number
from lit.figures.panels import cells, from_zero, grid, short_names

CAPTION = (
    "L_IT and accuracy after each task on each task so far and the next, means over seeds and"
    " orders; white is zero, red below."
)


def draw(table: pd.DataFrame) -> plt.Figure:
    """All arms on one scale, all orders together."""
    table = table[(table["orders"] == EVERY) & (table["head"] == "keep")]
    arms, names = list(table.groupby("arm", sort=False)), short_names(table["arm"])
    pairs = min(len(arms), 2)
    side = max(0.26 * (int(table["t"].max()) + 1), 1.2)
    size, width = (side + 0.4, side + 0.5), 2 * pairs * (side + 0.4) + 0.3
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
            axis.label_outer()
            axis.set_title(f"{names[str(arm)]}\n{name}")
    return figure
