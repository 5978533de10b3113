"""Figures, drawn from tables alone. Colours of Okabe and Ito with line styles and markers, so that grey print reads too."""

import math
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, Normalize
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

from lit.tables.make import outside_sequences

COLOURS = ["#000000", "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#F0E442"]
STYLES = ["-", "--", "-.", ":", (0, (5, 1)), (0, (3, 1, 1, 1)), (0, (1, 1)), (0, (8, 2))]
MARKERS = ["o", "s", "^", "D", "v", "P", "X", "*"]

DPI = 200  # of PNG files
CLOSE = 1.4  # ratio of two n below which only the smaller one is named at the axis

matplotlib.rcParams.update(
    {
        "font.size": 9,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": True,
        "grid.color": "0.9",
        "legend.frameon": False,
        "svg.hashsalt": "lit",
        "figure.constrained_layout.use": True,
    }
)


def look(i: int) -> dict[str, Any]:
    """How the i-th of several lines is drawn; colour repeats after 8, together with line and marker after 64."""
    turn = (i + i // 8) % 8
    return {
        "color": COLOURS[(i + 1) % 8],
        "ls": STYLES[turn],
        "marker": MARKERS[turn],
        "ms": 4,
        "lw": 1.3,
    }


def save(figure: Figure, pdf: str, png: str) -> None:
    """Write a figure as PDF and PNG, without dates, so that equal content gives equal bytes."""
    for path, metadata in ((pdf, {"CreationDate": None}), (png, {"Software": None})):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, dpi=DPI, metadata=metadata)
    plt.close(figure)


def plot_bits_per_label(curves: pd.DataFrame) -> Figure:
    """Bits per label along the stream for theta0 and each M: a panel an arm, mean and range over seeds, uniform line."""
    curves = curves[_has_a_course(curves)]
    arms = list(dict.fromkeys(curves["arm"]))
    columns = max(min(len(arms), 2), 1)
    rows = max(math.ceil(len(arms) / columns), 1)
    figure, axes = plt.subplots(
        rows, columns, figsize=(3.6 * columns, 2.7 * rows), sharex=True, squeeze=False
    )
    for axis, arm in zip(axes.flat, arms, strict=False):
        _panel(axis, curves[curves["arm"] == arm])
        axis.set_title(f"{arm}: {_subject(curves[curves['arm'] == arm])}", fontsize=9)
    for axis in axes.flat[len(arms) :]:
        axis.set_axis_off()
    for axis in axes[-1]:
        axis.set_xlabel("labels sent (end of block)")
    for axis in axes[:, 0]:
        axis.set_ylabel("bits per label")
    return figure if arms else _nothing(figure)


def _nothing(figure: Figure) -> Figure:
    """Say why a figure of every study is empty in this one."""
    figure.text(0.5, 0.5, "No arm has an M of known n: see the tables and analyses.", ha="center")
    return figure


def _has_a_course(table: pd.DataFrame) -> "pd.Series[bool]":
    """Rows of the arms that have several n above 0; if none has, of those that have an M at all; if none has, all rows."""
    several = table[table["n"] > 0].groupby("arm")["n"].nunique().gt(1)
    with_m = table["arm"][table["n"].isna() | (table["n"] > 0).fillna(False)]
    arms = several.index[several] if several.any() else with_m if len(with_m) else table["arm"]
    return table["arm"].isin(arms)


def _panel(axis: Axes, curves: pd.DataFrame) -> None:
    for i, n in enumerate(curves["n"].drop_duplicates().sort_values()):
        group = curves[curves["n"].isna() if pd.isna(n) else curves["n"] == n]
        by_block = group.groupby("block_stop")["bits_per_label"]
        x, mean = by_block.mean().index.to_numpy(), by_block.mean().to_numpy()
        label = "M, pretrained" if pd.isna(n) else "θ₀" if n == 0 else f"M, n = {n:,}"
        axis.plot(
            x,
            mean,
            color=COLOURS[i % 8],
            ls=STYLES[i % 8],
            marker=MARKERS[i % 8],
            ms=3.5,
            lw=1.3,
            label=label,
        )
        axis.fill_between(x, by_block.min(), by_block.max(), color=COLOURS[i % 8], alpha=0.15, lw=0)
    uniform = np.log2(curves["classes"].iloc[0])
    axis.axhline(uniform, color="0.45", lw=0.9, ls=(0, (1, 2)))
    axis.annotate(
        "uniform code",
        (1, uniform),
        (0, 2),
        ("axes fraction", "data"),
        "offset points",
        color="0.35",
        fontsize=7,
        ha="right",
    )
    axis.set_xscale("log", base=2)
    axis.set_ylim(0, uniform * 1.15)
    axis.legend(fontsize=7, loc="best")


def _subject(table: pd.DataFrame) -> str:
    first = table.iloc[0]
    return f"{first['model']} on {first['target']}, {_labels(first['labels'])}"


def _labels(name: str) -> str:
    return {"true": "true labels", "random-1": "random labels"}.get(name, f"labels {name}")


def plot_information_transfer(table: pd.DataFrame) -> Figure:
    """L_IT against n with bootstrap intervals, beside its random-label control: a panel a target, learner and k."""
    table = outside_sequences(table)
    table = table[table["n"].notna() & (_has_a_course(table) | table["labels"].eq("random-1"))]
    panels = list(table.groupby(["target", "learner", "k"], sort=False))
    columns = max(min(len(panels), 3), 1)
    lines = max(math.ceil(len(panels) / columns), 1)
    size = (max(4.6, 3.4 * columns), 3.2 * lines)
    figure, axes = plt.subplots(lines, columns, figsize=size, squeeze=False, sharey=len(panels) > 1)
    looks = {
        subject: i
        for i, subject in enumerate(
            dict.fromkeys(map(tuple, table[["target", "model", "labels"]].values))
        )
    }
    for axis, ((target, learner, k), here) in zip(axes.flat, panels, strict=False):
        for arm, rows in here.groupby("arm", sort=False):
            name = rows["labels"].iloc[0]
            i = looks[tuple(rows[["target", "model", "labels"]].iloc[0])]  # alike in every panel
            style = look(i) | ({"mfc": "white"} if name != "true" else {})
            n, bars = rows["n"].astype(int), interval(rows)
            axis.errorbar(
                n,
                rows["l_it_bits"],
                yerr=bars,
                label=f"{arm} ({_labels(name)})",
                capsize=2,
                **style,
            )
        axis.axhline(0, color="0.4", lw=0.8)
        examples_axis(axis, here["n"])
        axis.set_title(f"{target}, {learner}, k = {k:,}", fontsize=9)
        axis.legend(fontsize=7)
    for axis in axes.flat[len(panels) :]:
        axis.set_axis_off()
    for axis in axes[:, 0]:
        axis.set_ylabel("Information Transfer (bits)")
    return figure if panels else _nothing(figure)


def plot_memorised_information(table: pd.DataFrame) -> Figure:
    """L_IT on fresh examples beside K(M_n) on the training set: a panel an arm, true and random labels alike."""
    table = outside_sequences(table)
    table = table[table["n"].notna() & table["k_m_bits"].notna()]
    table = table[_has_a_course(table)]
    arms = list(dict.fromkeys(table["arm"][table["n"] > 0]))  # of theta0, K is 0 and no news
    columns, rows = min(len(arms), 2), math.ceil(len(arms) / 2)
    figure, axes = plt.subplots(
        rows, columns, figsize=(3.6 * columns, 2.7 * rows), sharex=True, squeeze=False
    )
    for axis, arm in zip(axes.flat, arms, strict=False):
        here = table[table["arm"] == arm]
        n = here["n"].astype(int)
        axis.plot(
            n,
            here["k_m_bits"],
            color=COLOURS[2],
            ls="--",
            marker="s",
            ms=4,
            lw=1.3,
            label="K(Mₙ), on the training set",
        )
        axis.errorbar(
            n,
            here["l_it_bits"],
            yerr=interval(here),
            color=COLOURS[1],
            marker="o",
            ms=4,
            lw=1.3,
            capsize=2,
            label="L_IT, on fresh examples",
        )
        axis.plot(
            n,
            here["source_uniform_bits"].fillna(0),
            color="0.5",
            ls=":",
            lw=1,
            label="n log₂ C, all labels of the training set",
        )
        axis.axhline(0, color="0.4", lw=0.8)
        axis.set_yscale("symlog", linthresh=100)
        top = max(100, *table[["k_m_bits", "source_uniform_bits", "l_it_bits"]].max())
        axis.set_ylim(min(-50, 1.5 * table["l_it_bits"].min()), 2 * top)
        examples_axis(axis, table["n"])
        axis.set_title(f"{arm}: {_subject(here)}", fontsize=9)
    for axis in axes.flat[len(arms) :]:
        axis.set_axis_off()
    for axis in axes.flat:
        axis.label_outer()
    for axis in axes[:, 0]:
        axis.set_ylabel("bits (linear below 100)")
    figure.legend(
        *axes.flat[0].get_legend_handles_labels(),
        loc="outside lower center",
        ncols=2 * columns - 1,
        fontsize=7,
    )
    return figure


def interval(rows: pd.DataFrame, name: str = "l_it") -> np.ndarray:
    """Error bars (2, R) from interval columns; none where there is one seed."""
    mean = rows[f"{name}_bits"]
    bars = np.stack([mean - rows[f"{name}_ci_low"], rows[f"{name}_ci_high"] - mean])
    return np.nan_to_num(np.maximum(bars, 0))


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


def heat_map(
    axis: Axes, values: pd.DataFrame, notes: pd.DataFrame, label: str, size: float = 7
) -> None:
    """A matrix as colours, from white at zero to blue above and, where there are such values, red below; missing cells grey.

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
    colours = plt.get_cmap("RdBu" if signed else "Blues").with_extremes(bad="0.93")
    image = cells(axis, values, notes, colours, Normalize(-top if signed else 0, top), size)
    bar = axis.figure.colorbar(image, ax=axis, label=label, shrink=0.8)
    bar.outline.set_visible(False)
    bar.ax.set_ylim(min(np.nanmin(matrix), 0), top)


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
            axis.text(
                j,
                i,
                str(notes.iloc[i, j]),
                ha="center",
                va="center",
                fontsize=size,
                color="white" if dark else "black",
            )
    axis.set_xticks(range(len(values.columns)), values.columns)
    axis.set_yticks(range(len(values.index)), values.index)
    axis.tick_params(length=0)
    axis.spines[:].set_visible(False)
    axis.grid(False)
    return image


# Every study's figures: how each is drawn, and from which table.
FIGURES = {
    "bits_per_label": (plot_bits_per_label, "curves"),
    "information_transfer": (plot_information_transfer, "information_transfer"),
    "memorised_information": (plot_memorised_information, "information_transfer"),
}
