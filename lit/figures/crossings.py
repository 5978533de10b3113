"""Bits saved against the reference along the stream, beside the bits a label of each block."""

import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from lit.analyses.words import one_of
from lit.figures.panels import legend_below
from lit.figures.style import look


def draw(table: pd.DataFrame) -> Figure:
    """Left the sum up to each end of a block, with its interval; right block by block."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(7.6, 3.9))
    for i, (subject, rows) in enumerate(table.groupby("subject", sort=False)):
        line = look(i) | {"ms": 3.5}
        x, low, high = rows["labels_sent"], rows["saved_ci_low"], rows["saved_ci_high"]
        left.plot(x, rows["saved_bits"], label=subject, **line)
        left.fill_between(x, low, high, color=line["color"], alpha=0.12, lw=0)
        right.plot(x, rows["bits_per_label"], **line)
    left.axhline(0, color="0.4", lw=0.8)
    right.set_ylim(bottom=0)
    for axis in (left, right):
        axis.set_xscale("log", base=2)
        axis.xaxis.set_major_formatter("{x:,.0f}")
        axis.set_xlabel("labels sent (end of block)")
    left.set_ylabel(f"bits saved so far, against {one_of(table, 'reference')}")
    right.set_ylabel("bits a label, block by block")
    legend_below(figure, left, 4)
    return figure
