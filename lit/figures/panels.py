"""What several figures draw alike: grids of panels, bars, axes, legends, heat maps."""

import math
from typing import Any

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, Normalize
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

from lit.figures.style import COLOURS, MARKERS, Look

CLOSE = 1.4  # ratio of two n below which only the smaller one is named at the axis


def grid(
    count: int, most: int, size: tuple[float, float], least: float = 0, **options: Any
) -> tuple[Figure, np.ndarray]:
    """A figure with a number of panels in rows, and its axes; those left over are blank.

    Args:
        count: Panels.
        most: Panels of a row, at most.
        size: Width and height of a panel, in inches.
        least: Width of the figure, in inches, at least.
        options: Further ones of ``pyplot.subplots``.
    """
    columns = max(min(count, most), 1)
    rows = max(math.ceil(count / columns), 1)
    inches = (max(least, size[0] * columns), size[1] * rows)
    figure, axes = plt.subplots(rows, columns, figsize=inches, squeeze=False, **options)
    for axis in axes.flat[count:]:
        axis.set_axis_off()
    return figure, axes


def nothing(figure: Figure) -> Figure:
    """Say why a figure of every study is empty in this one."""
    text = "No arm has an M of known n: see the tables and analyses."
    figure.text(0.5, 0.5, text, ha="center")
    return figure


def with_a_course(table: pd.DataFrame) -> "pd.Series[bool]":
    """Rows of the arms that have several n above 0.

    If none has, of those that have an M at all; if none has, all rows.
    """
    several = table[table["n"] > 0].groupby("arm")["n"].nunique().gt(1)
    with_m = table["arm"][table["n"].isna() | (table["n"] > 0).fillna(False)]
    arms = several.index[several] if several.any() else with_m if len(with_m) else table["arm"]
    return table["arm"].isin(arms)


def subject(table: pd.DataFrame) -> str:
    """Which network codes which labels, in an arm's rows."""
    first = table.iloc[0]
    return f"{first['model']} on {first['target']}, {labels(first['labels'])}"


def labels(name: str) -> str:
    """Labels by the name of their transform, in words."""
    return {"true": "true labels", "random-1": "random labels"}.get(name, f"labels {name}")


def interval(rows: pd.DataFrame, name: str = "l_it") -> np.ndarray:
    """Error bars (2, R) from interval columns; none where there is one seed."""
    mean = rows[f"{name}_bits"]
    bars = np.stack([mean - rows[f"{name}_ci_low"], rows[f"{name}_ci_high"] - mean])
    return np.nan_to_num(np.maximum(bars, 0))


def bars(axis: Axes, x: Any, rows: pd.DataFrame, name: str = "l_it", **look: Any) -> None:
    """Bits of R rows over x (R,), with their intervals."""
    axis.errorbar(x, rows[f"{name}_bits"], yerr=interval(rows, name), capsize=2, **look)


def legend_below(figure: Figure, axis: Axes, columns: int, **options: Any) -> None:
    """One legend for a figure whose panels show the same lines."""
    handles = axis.get_legend_handles_labels()
    place: Look = {"loc": "outside lower center", "ncols": columns, "fontsize": 7}
    figure.legend(*handles, **place | options)


def examples_axis(axis: Axes, n: pd.Series) -> None:
    """n on a scale that shows 0 and spreads the rest by ratio."""
    shown = sorted({int(v) for v in n})
    smallest = min((v for v in shown if v > 0), default=1)
    axis.set_xscale("symlog", linthresh=smallest, linscale=0.5)
    ticks: list[int] = []
    for v in shown:
        if not ticks or v > CLOSE * ticks[-1]:
            ticks.append(v)
    axis.set_xticks(ticks, [f"{v:,}" for v in ticks])
    axis.minorticks_off()
    axis.set_xlim(-0.25 * smallest if 0 in shown else 0.7 * smallest, 1.25 * max(shown))
    axis.set_xlabel("n, examples that M was trained on")


def cloud(i: int) -> Look:
    """How the points of the i-th of several arms are drawn, without a line."""
    return {"ls": "", "marker": MARKERS[(i + i // 8) % 8], "color": COLOURS[(i + 1) % 8]}


def say_within(axis: Axes, text: str) -> None:
    """Say in an empty panel why there is nothing to see."""
    place: Look = {"ha": "center", "va": "center", "transform": axis.transAxes}
    axis.text(0.5, 0.5, text, fontsize=8, color="0.4", **place)
    axis.set_yticks([])


def heat_map(
    axis: Axes, values: pd.DataFrame, notes: pd.DataFrame, label: str, size: float = 7
) -> None:
    """A matrix as colours, from white at zero to blue; missing cells are grey.

    Where there are values below zero, these are red.

    Args:
        axis: Where to draw.
        values: Matrix whose index and columns are the names at its sides.
        notes: Text of each cell, in the same order.
        label: What the colours mean.
        size: Font size of the notes, in points.
    """
    matrix = values.to_numpy(dtype=np.float64)
    top = np.nanmax(np.abs(matrix)) or 1.0
    signed = np.nanmin(matrix) < 0
    scale = Normalize(-top if signed else 0, top)
    image = cells(axis, values, notes, colours("RdBu" if signed else "Blues"), scale, size)
    bar = axis.figure.colorbar(image, ax=axis, label=label, shrink=0.8)
    bar.outline.set_visible(False)
    bar.ax.set_ylim(min(np.nanmin(matrix), 0), top)


def colours(name: str, missing: str = "0.93") -> Colormap:
    """A colour map by name, with a grey for what is missing."""
    return plt.get_cmap(name).with_extremes(bad=missing)


def cells(
    axis: Axes,
    values: pd.DataFrame,
    notes: pd.DataFrame,
    colours: Colormap,
    scale: Normalize,
    size: float,
) -> AxesImage:
    """The cells of :func:`heat_map` and the names at their sides, on a scale of one's own."""
    matrix = values.to_numpy(dtype=np.float64)
    image = axis.imshow(np.ma.masked_invalid(matrix), cmap=colours, norm=scale)
    for (i, j), value in np.ndenumerate(matrix):
        if np.isfinite(value):
            dark = np.dot(image.to_rgba(value)[:3], (0.299, 0.587, 0.114)) < 0.5
            look: Look = {"ha": "center", "va": "center", "color": "white" if dark else "black"}
            axis.text(j, i, str(notes.iloc[i, j]), fontsize=size, **look)
    axis.set_xticks(range(len(values.columns)), values.columns)
    axis.set_yticks(range(len(values.index)), values.index)
    axis.tick_params(length=0)
    axis.spines[:].set_visible(False)
    axis.grid(False)
    return image
