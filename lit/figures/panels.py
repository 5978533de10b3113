"""What several figures draw alike: grids of panels, bars, axes, legends, heat maps."""

import math
from typing import Any

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.colors import Normalize
from matplotlib.image import AxesImage

from lit.figures.style import Look, look

CLOSE = 1.4  # ratio of two n below which only the smaller one is named at the axis


def grid(
    count: int, most: int, size: tuple[float, float], least: float = 0, **options: Any
) -> tuple[plt.Figure, np.ndarray]:
    """A figure of ``count`` panels, at ``most`` so many a row, and its axes (rows, columns).

    Those left over are blank. A panel has a ``size`` in inches, the figure at ``least`` a width;
    ``options`` are those of ``pyplot.subplots``.
    """
    columns = max(min(count, most), 1)
    rows = max(math.ceil(count / columns), 1)
    inches = (max(least, size[0] * columns), size[1] * rows)
    figure, axes = plt.subplots(rows, columns, figsize=inches, squeeze=False, **options)
    for axis in axes.flat[count:]:
        axis.set_axis_off()
    return figure, axes


def nothing(figure: plt.Figure) -> plt.Figure:
    """Say why a figure of every study is empty in this one."""
    figure.text(0.5, 0.5, "No arm has an M of known n: see the tables and analyses.", ha="center")
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


def interval(rows: pd.DataFrame, name: str = "l_it", unit: str = "_bits") -> np.ndarray:
    """Error bars (2, R) from interval columns; none below three seeds."""
    mean = rows[name + unit]
    bars = np.stack([mean - rows[f"{name}_ci_low"], rows[f"{name}_ci_high"] - mean])
    return np.nan_to_num(np.maximum(bars, 0))


def bars(axis: plt.Axes, x: Any, rows: pd.DataFrame, name: str = "l_it", **look: Any) -> None:
    """Bits of R rows over x (R,), with their intervals."""
    axis.errorbar(x, rows[f"{name}_bits"], yerr=interval(rows, name), capsize=2, **look)


def band(axis: plt.Axes, x: Any, bits: pd.DataFrame, shade: float, **look: Any) -> None:
    """A line over x (R,) on a shaded band; columns are the line, the band's low and high end."""
    line, low, high = bits.to_numpy(dtype=np.float64).T
    axis.plot(x, line, **look)
    axis.fill_between(x, low, high, color=look["color"], alpha=shade, lw=0)


def legend_below(figure: plt.Figure, axis: plt.Axes, columns: int, **options: Any) -> None:
    """One legend for a figure whose panels show the same lines."""
    place: Look = {"loc": "outside lower center", "ncols": columns, "fontsize": 7}
    figure.legend(*axis.get_legend_handles_labels(), **place | options)


def examples_axis(axis: plt.Axes, n: pd.Series) -> None:
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


def scatter(axis: plt.Axes, here: pd.DataFrame, x: str, arms: list[str], size: float) -> None:
    """A measure's values over column x, a colour an arm; says why if none can be drawn."""
    finite = np.isfinite(here["value"])
    for arm, rows in here.assign(value=here["value"].where(finite)).groupby("arm", sort=False):
        points = look(arms.index(str(arm))) | {"ls": "", "ms": size, "label": arm}
        axis.plot(rows[x], rows["value"], **points)
    axis.tick_params(labelsize=7)
    if not finite.any():
        text = "infinite" if np.isinf(here["value"]).any() else "not defined"
        place: Look = {"ha": "center", "va": "center", "transform": axis.transAxes}
        axis.text(0.5, 0.5, text, fontsize=8, color="0.4", **place)
        axis.set_yticks([])


def heat_map(
    axis: plt.Axes, values: pd.DataFrame, notes: pd.DataFrame, label: str, size: float = 7
) -> None:
    """The :func:`cells` of a matrix on a scale :func:`from_zero`, and what their colours mean."""
    matrix = values.to_numpy(dtype=np.float64)
    low, top = min(np.nanmin(matrix), 0), np.nanmax(np.abs(matrix)) or 1.0
    image = cells(axis, values, notes, size, **from_zero(low, top))
    bar = axis.figure.colorbar(image, ax=axis, label=label, shrink=0.8)
    bar.outline.set_visible(False)
    bar.ax.set_ylim(low, top)


def from_zero(low: float, top: float) -> Look:
    """Colours from white at zero to blue; where ``low`` is below zero, what is so is red."""
    colours = plt.get_cmap("RdBu" if low < 0 else "Blues").with_extremes(bad="0.93")
    return {"cmap": colours, "norm": Normalize(-top if low < 0 else 0, top)}


def cells(
    axis: plt.Axes, values: pd.DataFrame, notes: pd.DataFrame, size: float, **colours: Any
) -> AxesImage:
    """A matrix as colours, with a note of so many points in each cell that is not missing.

    The names at the sides are the index and columns of the values.
    """
    matrix = values.to_numpy(dtype=np.float64)
    image = axis.imshow(matrix, **colours)
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
