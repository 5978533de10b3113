"""Bits per label along the stream for theta0 and each M: a panel an arm."""

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt

from lit.figures.panels import band, grid, nothing, subject, with_a_course
from lit.figures.style import COLOURS, Look, look

TITLE = "Bits per label along the stream"
CAPTION = (
    "Bits per label along the stream: what each next block of labels costs, coded from the"
    " untrained network θ₀ and from each trained M. Lines are means over seeds, bands their range."
    " L_IT is the area between θ₀ and M. Where some arms have several n, those with one are left to"
    " the tables and analyses."
)


def draw(curves: pd.DataFrame) -> plt.Figure:
    """Mean and range over seeds by block, and the uniform code."""
    arms = list(curves[with_a_course(curves)].groupby("arm", sort=False))
    figure, axes = grid(len(arms), 2, (3.6, 2.7), sharex=True)
    for axis, (arm, here) in zip(axes.flat, arms, strict=False):
        _panel(axis, here)
        axis.set_title(f"{arm}: {subject(here)}", fontsize=9)
    plt.setp(axes[-1], xlabel="labels sent (end of block)")
    plt.setp(axes[:, 0], ylabel="bits per label")
    return figure if arms else nothing(figure)


def _panel(axis: plt.Axes, curves: pd.DataFrame) -> None:
    for i, (n, rows) in enumerate(curves.groupby("n", dropna=False)):
        label = "M, pretrained" if pd.isna(n) else "θ₀" if n == 0 else "M, n = " + format(n, ",")
        line = look(i % 8) | {"color": COLOURS[i % 8], "ms": 3.5, "label": label}
        rate = rows.groupby("block_stop")["bits_per_label"].agg(["mean", "min", "max"])
        band(axis, rate.index, rate, 0.15, **line)
    uniform = np.log2(curves["classes"].iloc[0])
    axis.axhline(uniform, color="0.45", lw=0.9, ls=(0, (1, 2)))
    place: Look = {"xycoords": ("axes fraction", "data"), "textcoords": "offset points"}
    axis.annotate(
        "uniform code", (1, uniform), (0, 2), color="0.35", fontsize=7, ha="right", **place
    )
    axis.set_xscale("log", base=2)
    axis.set_ylim(0, uniform * 1.15)
    axis.legend(fontsize=7, loc="best")
