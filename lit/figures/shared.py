"""Heat maps of what is shared and what is added, trained-on by coded; redundancy against n."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt

from lit.analyses.shared import crosses, fullest
from lit.analyses.words import percent, plus_minus
from lit.figures.panels import bars, heat_map
from lit.figures.style import THIN, look

CAPTION = (
    "Above: bits, mean ± standard error over seeds, and their share of what B's own examples"
    " bring. Below: bits that two halves of 2n examples both tell; bars are 95 % intervals."
)


def draw(table: pd.DataFrame) -> plt.Figure:
    """The heat maps above the lines of redundancy; those that there are."""
    wrapped = {side: table[side].str.replace(", ", "\n") for side in ("target", "source")}
    found = {str(about): here for about, here in table.assign(**wrapped).groupby("about")}
    if "shared" in found and not crosses(found["shared"]):
        del found["shared"]
    matrices = [about for about in ("shared", "added") if about in found]
    order = list(dict.fromkeys([*wrapped["target"], *wrapped["source"]]))
    longest = max(len(line) for part in order for line in part.split("\n"))
    turned = longest > 9 or len(order) > 8
    told = table[["value_bits", "value_se"]].itertuples(index=False)
    cell = max(0.5, 0.055 * max(len(plus_minus(*each)) for each in told))  # of 7 points; inches
    names, side = 0.07 * longest, cell * len(order) + 1.5
    layout: list[Any] = [matrices] if matrices else []
    heights = [side + names * turned] if matrices else []
    if "redundancy" in found:
        layout.append(["redundancy"] * max(len(matrices), 1))
        heights.append(2.2)
    size = (max((side + names) * len(matrices), 4.6), sum(heights))
    figure, axes = plt.subplot_mosaic(layout, figsize=size, height_ratios=heights)
    for about, axis in axes.items():
        if about == "redundancy":
            _lines(axis, table[table["about"] == about])
        else:
            _matrix(axis, fullest(found[about]), about, order)
            axis.tick_params(axis="x", rotation=90 if turned else 0)
    return figure


def _matrix(axis: plt.Axes, here: pd.DataFrame, about: str, order: list[str]) -> None:
    """One heat map; colours are shares where all are known, as there is not equally much to get."""
    as_share = about == "shared" and here["share"].notna().all()
    notes = [
        plus_minus(bits, se) + ("" if np.isnan(share) else f"\n{percent(share)}")
        for bits, se, share in here[["value_bits", "value_se", "share"]].itertuples(index=False)
    ]
    cells = here.assign(note=notes, colour=100 * here["share"] if as_share else here["value_bits"])
    rows, columns = (
        [part for part in order if part in set(here[side])] for side in ("source", "target")
    )
    values, texts = (
        cells.pivot(index="source", columns="target", values=name).reindex(rows, columns=columns)
        for name in ("colour", "note")
    )
    heat_map(axis, values, texts, "% of B's own" if as_share else "bits")
    first, title = "trained on A", "L_IT on B of M trained on A"
    if about == "added":
        first, title = "first trained on A", "added to L_IT on B by A before B"
    axis.set(xlabel="coded, B", ylabel=first)
    axis.set_title(f"{title}\nn = {here['n'].iloc[0]:,}")


def _lines(axis: plt.Axes, here: pd.DataFrame) -> None:
    for i, (part, rows) in enumerate(here.sort_values("n").groupby("target", sort=False)):
        bars(axis, rows["n"].astype(int), rows, "value", label=part, **look(i))
    sizes = sorted(set(here["n"].astype(int)))
    axis.set_xscale("log")
    axis.set_xticks(sizes, [f"{n:,}" for n in sizes])
    axis.minorticks_off()
    axis.axhline(0, **THIN)
    axis.set(xlabel="n, examples in each half", ylabel="2 L_IT(n) − L_IT(2n) (bits)")
    axis.set_title("told by both halves of 2n examples")
    axis.legend()
