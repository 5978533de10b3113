"""Dearest images above cheapest, and the shares of bits and of L_IT by tenths of examples."""

import base64

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.figure import SubFigure

from lit.analyses.extremes import IMAGES, precise, start_state
from lit.analyses.words import size
from lit.figures.style import PAGE, THETA0, THIN, TRAINED

CAPTION = (
    "Above: the examples that cost most and least, with label and bits, means over seeds. Below:"
    " shares of all bits and of L_IT by tenths of the examples."
)


def draw(table: pd.DataFrame) -> plt.Figure:
    """The shares, below the images where there are any."""
    shown = table[table["pixels"].notna() & (table["rank"] <= IMAGES)]
    if shown.empty:
        figure, axis = plt.subplots(figsize=(4.6, 2.4))
        _bars(axis, table)
        return figure
    figure = plt.figure(figsize=(PAGE, 4.2))
    (above,), (below,) = figure.subfigures(2, 1, squeeze=False, height_ratios=[1, 1.2])
    _images(above, shown)
    _bars(below.subplots(), table)
    return figure


def _images(figure: SubFigure, shown: pd.DataFrame) -> None:
    axes = figure.subplots(2, int(shown["rank"].max()), squeeze=False)
    for line, about in zip(axes, ("dearest", "cheapest"), strict=True):
        for axis, row in zip(line, shown[shown["about"] == about].to_dict("records"), strict=True):
            shape = tuple(map(int, row["shape"].split("x")))
            pixels = np.frombuffer(base64.b64decode(row["pixels"]), dtype=np.uint8).reshape(shape)
            axis.imshow(pixels.transpose(1, 2, 0), cmap="gray", vmin=0, vmax=255)
            axis.set_title(f"{row['label']:.0f}\n{precise(row['bits'])}", fontsize=6, pad=3)
            axis.set(xticks=[], yticks=[])
            axis.grid(False)
            axis.spines[:].set_visible(False)
        line[0].set_ylabel(about)
    figure.suptitle(f"label, and bits coded from {start_state(shown)}", fontsize=8)


def _bars(axis: plt.Axes, table: pd.DataFrame) -> None:
    tenths = table[table["about"] == "tenth"]
    place = tenths["rank"]
    shares = {"share_of_bits": (-0.2, THETA0, "of all bits from θ₀")}
    if tenths["share_of_l_it"].notna().any():
        shares["share_of_l_it"] = (0.2, TRAINED, f"of L_IT, {size(tenths['n'].iloc[0])}")
    for column, (beside, colour, name) in shares.items():
        axis.bar(place + beside, 100 * tenths[column], 0.38, color=colour, label=name)
    axis.axhline(10, ls=":", label="equal shares", **THIN)
    axis.axhline(0, **THIN)
    axis.set_xticks(place)
    axis.grid(False, axis="x")
    axis.set(xlabel="tenth of the examples by cost from θ₀, dearest first", ylabel="share (%)")
    axis.legend(fontsize=8)
