"""What several figures draw alike: grids of panels, bars, axes, legends, heat maps."""

import math
import textwrap
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.colors import Normalize
from matplotlib.image import AxesImage

from lit.analyses.words import say_labels, size, with_interval
from lit.figures.style import SMALL, Look, look

CLOSE = 1.4  # ratio of two n below which only the smaller one is named at the axis


def grid(
    count: int, most: int, size: tuple[float, float], least: float = 0, **options: Any
) -> tuple[plt.Figure, np.ndarray]:
    """A figure of ``count`` panels, at ``most`` so many a row, and its axes (rows, columns).

    Those left over are blank. A panel has a ``size`` in inches, the figure at ``least`` a width;
    ``options`` are those of ``pyplot.subplots``.
    """
    rows = max(math.ceil(count / most), 1)
    columns = max(math.ceil(count / rows), 1)  # four panels stand two by two, not three and one
    inches = (max(least, size[0] * columns), size[1] * rows)
    figure, axes = plt.subplots(rows, columns, figsize=inches, squeeze=False, **options)
    for axis in axes.flat[count:]:
        axis.set_axis_off()
    return figure, axes


def in_words(lines: list[str]) -> plt.Figure:
    """A figure where there is next to nothing to draw: it says what there is."""
    text = "\n".join(part for line in lines for part in textwrap.wrap(line, 70))
    figure = plt.figure(figsize=(5.0, 0.4 + 0.17 * len(text.splitlines())))
    figure.text(0.5, 0.5, text, ha="center", va="center")
    return figure


def row_in_words(row: Mapping[Any, Any], name: str, what: str) -> str:
    """An arm and a value with its interval, on one line."""
    about = f"{row['arm']} ({say_labels(row['labels'])}, {size(row['n'])}, k = {row['k']:,})"
    return f"{about}: {what} = {with_interval(row, name)}"


def short_names(arms: Iterable[Any]) -> dict[str, str]:
    """Names of arms without the part, up to a dot or a dash, that all of them begin with."""
    names = list(dict.fromkeys(map(str, arms)))
    first, last = min(names, default=""), max(names, default="")
    alike = next(
        (i for i, pair in enumerate(zip(first, last, strict=False)) if len({*pair}) > 1), 0
    )
    cut = max(first[:alike].rfind("."), first[:alike].rfind("-")) + 1
    whole = len(names) == 1 or not all(name[cut : cut + 1].isalpha() for name in names)
    return {name: name if whole else name[cut:] for name in names}


def arms_at_the_side(axis: plt.Axes, table: pd.DataFrame) -> None:
    """Names of a row an arm at the left, from above, and what each M was trained on at the right.

    ``n_before`` is that of the trainings before the last, where M had any.
    """
    axis.set_yticks(range(len(table)), table["arm"].map(short_names(table["arm"])))
    axis.set_ylim(len(table) - 0.5, -0.5)
    axis.grid(False, axis="y")
    place: Look = {"xycoords": ("axes fraction", "data"), "textcoords": "offset points"}
    before = table["n_before"] if "n_before" in table else pd.Series(pd.NA, table.index)
    for i, (n, first) in enumerate(zip(table["n"], before.fillna(0), strict=True)):
        text = f"n = {first:,} + {n:,}" if first else size(n)
        axis.annotate(text, (1, i), (4, 0), va="center", color="0.35", fontsize=SMALL, **place)


def label_ends(figure: plt.Figure, axes: Iterable[plt.Axes]) -> None:
    """Write the name of each line beside its right end, in place of a legend, apart from others."""
    figure.draw_without_rendering()  # lays out the panels, whose heights are needed
    for axis in axes:
        handles, names = axis.get_legend_handles_labels()
        lines = [getattr(handle, "lines", [handle])[0] for handle in handles]
        ends = [axis.transData.transform(line.get_xydata()[-1])[1] for line in lines]
        box = axis.get_window_extent()
        gap = 1.2 * SMALL * figure.dpi / 72
        at = apart(np.array(ends) - box.y0, gap) / box.height
        place: Look = {"xycoords": "axes fraction", "textcoords": "offset points", "va": "center"}
        for line, name, y in zip(lines, names, at, strict=True):
            colour = line.get_color()
            axis.annotate(name, (1, y), (3, 0), color=colour, fontsize=SMALL, **place)


def begin_at_zero(axis: plt.Axes, direction: str = "y") -> None:
    """Let an axis begin at 0, with room beyond the largest value though all lie near it."""
    x = direction == "x"
    axis.update_datalim([(0, 0)], updatex=x, updatey=not x)
    axis.autoscale_view()
    axis.set_xlim(left=0) if x else axis.set_ylim(bottom=0)


def apart(wanted: np.ndarray, gap: float) -> np.ndarray:
    """Places (N,) near the wanted ones, in their order and at least a gap from each other."""
    order = np.argsort(wanted, kind="stable")
    steps = gap * np.arange(len(wanted))
    level = wanted[order] - steps
    up, down = np.maximum.accumulate(level), np.minimum.accumulate(level[::-1])[::-1]
    found = np.empty(len(wanted))
    found[order] = (up + down) / 2 + steps
    return found


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
    place: Look = {"loc": "outside lower center", "ncols": columns, "fontsize": SMALL}
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
    axis.set_xlabel("n, examples M was trained on")


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
