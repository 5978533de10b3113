"""The standard error of L_IT against the number of seeds, beside L_IT along the stream."""

import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from lit.analyses.choice import SEEDS, subject
from lit.figures.panels import legend_below
from lit.figures.style import COLOURS, MARKERS, STYLES


def draw(table: pd.DataFrame) -> Figure:
    """Both with their intervals, a line an arm and n."""
    subjects = list(table.groupby(["arm", "n"], sort=False, dropna=False))
    shade = min(0.15, 0.5 / len(subjects))
    figure, (left, right) = plt.subplots(1, 2, figsize=(7.4, 3.2 + 0.04 * len(subjects)))
    for i, ((arm, n), rows) in enumerate(subjects):
        colour = COLOURS[i % 8]
        line = {"color": colour, "ls": STYLES[(i + i // 8) % 8], "marker": MARKERS[i % 8]}
        line |= {"mfc": "white"} if rows["labels"].iloc[0] != "true" else {}
        for axis, name in ((left, "seeds"), (right, "k")):
            here = rows[rows["about"] == name]
            axis.plot(here["x"], here["value"], ms=3.5, lw=1.3, label=subject(arm, n), **line)
            axis.fill_between(here["x"], here["low"], here["high"], color=colour, alpha=shade, lw=0)
    spread = (table.loc[table["about"] == "seeds", "value"] > 0).any()  # one seed has none
    left.set(xscale="log", yscale="log" if spread else "linear")
    left.set(xlabel="seeds", ylabel="standard error of L_IT (bits)")
    left.set_xticks(SEEDS, [str(seeds) for seeds in SEEDS])
    left.xaxis.minorticks_off()
    right.axhline(0, color="0.4", lw=0.8)
    right.set_xscale("log", base=2)
    right.set(xlabel="k, labels coded (end of block)", ylabel="L_IT on the first k labels (bits)")
    legend_below(figure, left, min(len(subjects), 4))
    return figure
