"""Measured L_IT against the planted information, both on logarithmic scales."""

import pandas as pd
from matplotlib import pyplot as plt

from lit.analyses.planted import PARAMETERS, TRUTH_IS
from lit.figures.panels import bars
from lit.figures.style import look


def draw(table: pd.DataFrame) -> plt.Figure:
    """A point a row, with the line where both are equal."""
    figure, axis = plt.subplots(figsize=(4.2, 4.0))
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
    axis.legend(fontsize=7, loc="upper left")
    if len(shown) < len(table):
        text = f"{len(table) - len(shown)} at or below 0 bits not shown"
        axis.text(0.98, 0.02, text, transform=axis.transAxes, ha="right", fontsize=7, color="0.35")
    return figure
