"""Measured L_IT against the planted information, both on logarithmic scales."""

import pandas as pd
from matplotlib import pyplot as plt

from lit.analyses.planted import PARAMETERS, TRUTH_IS
from lit.figures.panels import bars
from lit.figures.style import COLUMN, SMALL, look

CAPTION = "Measured L_IT against what was planted, both in bits; bars are 95 % intervals."


def draw(table: pd.DataFrame) -> plt.Figure:
    """A point a row, with the line where both are equal."""
    figure, axis = plt.subplots(figsize=(COLUMN, COLUMN))
    shown = table[(table["l_it_bits"] > 0) & (table["truth_bits"] > 0)]
    for i, kind in enumerate(PARAMETERS):
        rows = shown[shown["kind"] == kind]
        if len(rows):
            points = look(i) | {"ls": "", "label": f"{kind} (planted: {TRUTH_IS[kind]})"}
            bars(axis, rows["truth_bits"], rows, **points)
    values = shown[["truth_bits", "l_it_bits"]].to_numpy()
    low, high = (values.min() / 2, values.max() * 2) if len(shown) else (1, 10)
    axis.plot([low, high], [low, high], color="0.45", lw=1, ls="--", label="L_IT = planted")
    axis.set(xscale="log", yscale="log", xlim=(low, high), ylim=(low, high), aspect="equal")
    axis.set(xlabel="planted information (bits)", ylabel="measured L_IT (bits)")
    axis.legend(loc="best")
    if len(shown) < len(table):
        text = f"{len(table) - len(shown)} not shown: planted or measured at most 0 bits"
        axis.set_title(text, fontsize=SMALL, color="0.35", loc="right")
    return figure
