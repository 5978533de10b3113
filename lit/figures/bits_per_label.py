"""Bits per label along the stream for theta0 and each M: a panel an arm."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lit.figures.panels import grid, nothing, subject, with_a_course
from lit.figures.style import COLOURS, MARKERS, STYLES, Look

TITLE = "Bits per label along the stream"
CAPTION = (
    "Bits per label along the stream: what each next block of labels costs, coded from the"
    " untrained network θ₀ and from each trained M. Lines are means over seeds, bands their range."
    " L_IT is the area between θ₀ and M. Where some arms have several n, those with one are left to"
    " the tables and analyses."
)


def draw(curves: pd.DataFrame) -> Figure:
    """Mean and range over seeds by block, and the uniform code."""
    curves = curves[with_a_course(curves)]
    arms = list(dict.fromkeys(curves["arm"]))
    figure, axes = grid(len(arms), 2, (3.6, 2.7), sharex=True)
    for axis, arm in zip(axes.flat, arms, strict=False):
        here = curves[curves["arm"] == arm]
        _panel(axis, here)
        axis.set_title(f"{arm}: {subject(here)}", fontsize=9)
    for axis in axes[-1]:
        axis.set_xlabel("labels sent (end of block)")
    for axis in axes[:, 0]:
        axis.set_ylabel("bits per label")
    return figure if arms else nothing(figure)


def _panel(axis: Axes, curves: pd.DataFrame) -> None:
    for i, n in enumerate(curves["n"].drop_duplicates().sort_values()):
        group = curves[curves["n"].isna() if pd.isna(n) else curves["n"] == n]
        by_block = group.groupby("block_stop")["bits_per_label"]
        mean = by_block.mean()
        colour = COLOURS[i % 8]
        look: Look = {
            "color": colour,
            "ls": STYLES[i % 8],
            "marker": MARKERS[i % 8],
            "ms": 3.5,
            "lw": 1.3,
        }
        label = "M, pretrained" if pd.isna(n) else "θ₀" if n == 0 else f"M, n = {n:,}"
        axis.plot(mean.index.to_numpy(), mean.to_numpy(), label=label, **look)
        lowest = by_block.min()
        axis.fill_between(
            mean.index.to_numpy(), lowest, by_block.max(), color=colour, alpha=0.15, lw=0
        )
    uniform = np.log2(curves["classes"].iloc[0])
    axis.axhline(uniform, color="0.45", lw=0.9, ls=(0, (1, 2)))
    axis.annotate(
        "uniform code",
        xy=(1, uniform),
        xytext=(0, 2),
        xycoords=("axes fraction", "data"),
        textcoords="offset points",
        color="0.35",
        fontsize=7,
        ha="right",
    )
    axis.set_xscale("log", base=2)
    axis.set_ylim(0, uniform * 1.15)
    axis.legend(fontsize=7, loc="best")
