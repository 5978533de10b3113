"""Heat maps of what is shared and what is added, trained-on by coded; redundancy against n."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lit.analyses.shared import crosses, fullest
from lit.analyses.words import percent, plus_minus
from lit.figures.panels import bars, heat_map
from lit.figures.style import look


def draw(table: pd.DataFrame) -> Figure:
    """The heat maps above the lines of redundancy; those that there are."""
    found = {str(about): here for about, here in table.groupby("about")}
    if "shared" in found and not crosses(found["shared"]):
        del found["shared"]
    matrices = [about for about in ("shared", "added") if about in found]
    order = [_wrapped(part) for part in dict.fromkeys([*table["target"], *table["source"]])]
    longest = max(len(line) for part in order for line in part.split("\n"))
    turned = longest > 9 or len(order) > 8
    names, side = 0.07 * longest, 0.66 * len(order) + 1.9  # inches
    layout: list[list[Any]] = []
    heights: list[float] = []
    if matrices:
        layout.append(matrices)
        heights.append(side + names * turned)
    if "redundancy" in found:
        layout.append(["redundancy"] * max(len(matrices), 1))
        heights.append(2.6)
    size = (max((side + names) * len(matrices), 4.6), sum(heights))
    figure, axes = plt.subplot_mosaic(layout, figsize=size, height_ratios=heights)
    for about, axis in axes.items():
        if about == "redundancy":
            _lines(axis, found[about])
        else:
            _matrix(axis, fullest(found[about]), about, order)
            axis.tick_params(axis="x", rotation=90 if turned else 0)
    return figure


def _wrapped(part: str) -> str:
    """A part's name on two lines."""
    return part.replace(", ", "\n")


def _matrix(axis: Axes, here: pd.DataFrame, about: str, order: list[str]) -> None:
    """One heat map; colours are shares where all are known, as there is not equally much to get."""
    as_share = about == "shared" and here["share"].notna().all()
    notes = []
    for bits, se, share in zip(here["value_bits"], here["value_se"], here["share"], strict=True):
        notes.append(plus_minus(bits, se) + ("" if np.isnan(share) else f"\n{percent(share)}"))
    cells = here.assign(note=notes, colour=100 * here["share"] if as_share else here["value_bits"])
    sides = {side: here[side].map(_wrapped) for side in ("source", "target")}
    rows, columns = ([p for p in order if p in set(names)] for names in sides.values())
    cells = cells.assign(**sides)
    values, texts = (
        cells.pivot(index="source", columns="target", values=name).reindex(rows, columns=columns)
        for name in ("colour", "note")
    )
    heat_map(axis, values, texts, "% of B's own" if as_share else "bits")
    axis.set(xlabel="coded, B", ylabel="first trained on A" if about == "added" else "trained on A")
    what = "added to L_IT on B by A before B" if about == "added" else "L_IT on B of M trained on A"
    axis.set_title(f"{what}\nn = {here['n'].iloc[0]:,}", fontsize=9)


def _lines(axis: Axes, here: pd.DataFrame) -> None:
    for i, (part, rows) in enumerate(here.sort_values("n").groupby("target", sort=False)):
        bars(axis, rows["n"].astype(int), rows, "value", label=part, **look(i))
    sizes = sorted(set(here["n"].astype(int)))
    axis.set_xscale("log")
    axis.set_xticks(sizes, [f"{n:,}" for n in sizes])
    axis.minorticks_off()
    axis.axhline(0, color="0.4", lw=0.8)
    axis.set(xlabel="n, examples in each half", ylabel="2 L_IT(n) − L_IT(2n) (bits)")
    axis.set_title("told by both halves of 2n examples", fontsize=9)
    axis.legend(fontsize=7)
