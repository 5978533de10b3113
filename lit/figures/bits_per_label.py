"""Bits per label along the stream for theta0 and each M: a panel an arm."""

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.lines import Line2D

from lit.figures.panels import band, grid, in_words, short_names
from lit.figures.style import CONTROL, HOLLOW, MARKERS, THETA0, TRAINED, UNIFORM, Look, shades
from lit.tables.courses import beside_a_course, is_control, several_n

TITLE = "Bits per label along the stream"
CAPTION = (
    "Bits per label along the stream: what each next block of labels costs, coded from the"
    " untrained network θ₀ (black) and from each trained M (blue, darker with more examples; grey"
    " where labels have nothing to teach). Lines are means over seeds, bands reach from the lowest"
    " to the highest seed. L_IT is the area between θ₀ and M. Of more than 12 arms, those with"
    " one n but the controls are left to the tables and analyses where others have several n."
)


def draw(curves: pd.DataFrame) -> plt.Figure:
    """Mean and range over seeds by block, and the uniform code."""
    curves = curves[beside_a_course(curves)]
    arms = list(curves.groupby("arm", sort=False))
    if not arms:
        return in_words(["No arm has an M of known n: see the tables and analyses."])
    figure, axes = grid(len(arms), 3, (2.33, 1.75), least=4.2, sharex=True)
    names, lines = short_names(curves["arm"]), _lines(curves)
    for i, (axis, (arm, here)) in enumerate(zip(axes.flat, arms, strict=False)):
        _panel(axis, here, lines)
        axis.set_title(names[str(arm)])
        if i + axes.shape[1] >= len(arms):  # nothing is below
            axis.set_xlabel("labels sent (end of block)")
            axis.tick_params(labelbottom=True)
    plt.setp(axes[:, 0], ylabel="bits per label")
    shown = {line["label"]: Line2D([], [], **line) for line in lines.values()}
    uniform = Line2D([], [], label="uniform code, log₂ C", **UNIFORM)
    handles = [*shown.values(), uniform]
    columns = min(len(handles), int(figure.get_figwidth() / 1.15))
    figure.legend(handles=handles, loc="outside lower center", ncols=columns)
    return figure


def _lines(curves: pd.DataFrame) -> dict[float, Look]:
    """Lines by n, -1 for ready weights. M is named by its n where an arm has several."""
    several = several_n(curves).any()
    sizes = sorted(set(curves["n"].fillna(-1).astype(int)) - {0})
    colours = shades(len(sizes)) if several else [TRAINED] * len(sizes)
    lines: dict[float, Look] = {0: {"color": THETA0, "marker": MARKERS[0], "label": "θ₀"}}
    for i, (n, colour) in enumerate(zip(sizes, colours, strict=True), 1):
        name = "M" if not several else f"M, n = {n:,}" if n > 0 else "M, ready weights"
        marker = MARKERS[i % 8 if several else 1]
        lines[n] = {"color": colour, "marker": marker, "label": name}
    return {n: line | {"ms": 3, "lw": 1.2} for n, line in lines.items()}


def _panel(axis: plt.Axes, curves: pd.DataFrame, lines: dict[float, Look]) -> None:
    for n, rows in curves.groupby(curves["n"].fillna(-1).astype(int)):
        line = lines[int(n)]
        if is_control(rows["labels"].iloc[0]) and n != 0:
            line = line | {"color": CONTROL} | HOLLOW
        rate = rows.groupby("block_stop")["bits_per_label"].agg(["mean", "min", "max"])
        band(axis, rate.index, rate, 0.15, **line)
    uniform = np.log2(curves["classes"].iloc[0])
    axis.axhline(uniform, **UNIFORM)
    axis.set_xscale("log", base=2)
    axis.xaxis.set_major_formatter("{x:,.0f}")
    axis.set_ylim(0, uniform * 1.1)
