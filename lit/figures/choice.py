"""The standard error of L_IT against the number of seeds, beside L_IT along the stream."""

import pandas as pd
from matplotlib import pyplot as plt

from lit.analyses.choice import SEEDS, subject
from lit.figures.panels import band, label_ends
from lit.figures.style import PAGE, THIN, look

CAPTION = (
    "Left: the standard error of L_IT with so many seeds. Right: L_IT on the first k labels; bands"
    " are 95 % intervals."
)


def draw(table: pd.DataFrame) -> plt.Figure:
    """Both, a line an arm and n; on the right with intervals."""
    subjects = list(table.groupby(["arm", "n"], sort=False, dropna=False))
    shade = min(0.15, 0.5 / len(subjects))
    figure, (left, right) = plt.subplots(1, 2, figsize=(PAGE, 2.8))
    for i, ((arm, n), rows) in enumerate(subjects):
        line = look(i, rows["labels"].iloc[0]) | {"ms": 3, "label": subject(arm, n)}
        for axis, name in ((left, "seeds"), (right, "k")):
            here = rows[rows["about"] == name]
            band(axis, here["x"], here[["value", "low", "high"]], shade, **line)
    spread = (table.loc[table["about"] == "seeds", "value"] > 0).any()  # one seed has none
    left.set(xscale="log", yscale="log" if spread else "linear")
    left.set(xlabel="seeds", ylabel="standard error of L_IT (bits)")
    left.set_xticks(SEEDS, map(str, SEEDS))
    left.yaxis.set_major_formatter("{x:,.0f}")
    left.yaxis.set_minor_formatter("")
    left.xaxis.minorticks_off()
    right.axhline(0, **THIN)
    right.set_xscale("log", base=2)
    right.xaxis.set_major_formatter("{x:,.0f}")
    right.set(xlabel="k, labels coded (end of block)", ylabel="L_IT on the first k labels (bits)")
    label_ends(figure, [left, right])
    return figure
