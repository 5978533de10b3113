"""The standard error of L_IT against the number of seeds, beside L_IT along the stream."""

import pandas as pd
from matplotlib import pyplot as plt

from lit.analyses.choice import SEEDS, subject
from lit.figures.panels import band, legend_below
from lit.figures.style import COLOURS, MARKERS, THIN, look


def draw(table: pd.DataFrame) -> plt.Figure:
    """Both with their intervals, a line an arm and n."""
    subjects = list(table.groupby(["arm", "n"], sort=False, dropna=False))
    shade = min(0.15, 0.5 / len(subjects))
    figure, (left, right) = plt.subplots(1, 2, figsize=(7.4, 3.2 + 0.04 * len(subjects)))
    for i, ((arm, n), rows) in enumerate(subjects):
        line = look(i, rows["labels"].iloc[0]) | {"marker": MARKERS[i % 8], "ms": 3.5}
        line |= {"color": COLOURS[i % 8], "label": subject(arm, n)}
        for axis, name in ((left, "seeds"), (right, "k")):
            here = rows[rows["about"] == name]
            band(axis, here["x"], here[["value", "low", "high"]], shade, **line)
    spread = (table.loc[table["about"] == "seeds", "value"] > 0).any()  # one seed has none
    left.set(xscale="log", yscale="log" if spread else "linear")
    left.set(xlabel="seeds", ylabel="standard error of L_IT (bits)")
    left.set_xticks(SEEDS, map(str, SEEDS))
    left.xaxis.minorticks_off()
    right.axhline(0, **THIN)
    right.set_xscale("log", base=2)
    right.set(xlabel="k, labels coded (end of block)", ylabel="L_IT on the first k labels (bits)")
    legend_below(figure, left, min(len(subjects), 4))
    return figure
