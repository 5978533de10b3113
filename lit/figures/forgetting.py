"""Heat maps over t and j: L_IT beside accuracy, an arm a pair of panels."""

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from lit.analyses.forgetting import EVERY
from lit.analyses.words import number
from lit.figures.panels import cells, colours


def draw(table: pd.DataFrame) -> Figure:
    """All arms on one scale, all orders together."""
    table = table[(table["orders"] == EVERY) & (table["head"] == "keep")]
    arms = list(dict.fromkeys(table["arm"]))
    pairs = min(len(arms), 2)
    lines = -(-len(arms) // pairs)
    side = max(0.42 * (int(table["t"].max()) + 1), 1.5)
    inches = (2 * pairs * (side + 0.45) + 0.6, lines * (side + 0.55))
    figure, axes = plt.subplots(lines, 2 * pairs, figsize=inches, squeeze=False)
    low, high = min(table["l_it_bits"].min(), 0.0), max(table["l_it_bits"].max(), 1.0)
    scales = {"l_it_bits": Normalize(-high if low < 0 else 0, high), "accuracy": Normalize(0, 1)}
    for i, arm in enumerate(arms):
        for which, column in enumerate(scales):
            axis = axes[i // pairs, 2 * (i % pairs) + which]
            _map(axis, table[table["arm"] == arm], column, scales[column], low < 0 and which == 0)
            axis.set_title(f"{arm}\n{'L_IT, bits' if which == 0 else 'accuracy'}", fontsize=8)
    for axis in axes.flat[2 * len(arms) :]:
        axis.set_axis_off()
    return figure


def _map(axis: Axes, here: pd.DataFrame, column: str, scale: Normalize, signed: bool) -> None:
    values = here.pivot(index="t", columns="j", values=column)
    names = [str(i) for i in range(len(values))]
    values = values.set_axis(names).set_axis(names, axis=1)
    form = number if column == "l_it_bits" else "{:.2f}".format
    notes = values.map(lambda value: "" if np.isnan(value) else form(value))
    cells(axis, values, notes, colours("RdBu" if signed else "Blues"), scale, 6)
    axis.set(xlabel="of task j", ylabel="after task t")
