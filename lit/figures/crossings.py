"""Bits saved against the reference along the stream, beside the bits a label of each block."""

import pandas as pd
from matplotlib import pyplot as plt

from lit.analyses.words import one_of
from lit.figures.panels import band, legend_below
from lit.figures.style import THIN, look


def draw(table: pd.DataFrame) -> plt.Figure:
    """Left the sum up to each end of a block, with its interval; right block by block."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(7.6, 3.9))
    for i, (subject, rows) in enumerate(table.groupby("subject", sort=False)):
        x, line = rows["labels_sent"], look(i) | {"ms": 3.5, "label": subject}
        band(left, x, rows[["saved_bits", "saved_ci_low", "saved_ci_high"]], 0.12, **line)
        right.plot(x, rows["bits_per_label"], **line)
    left.axhline(0, **THIN)
    right.set_ylim(bottom=0)
    for axis in (left, right):
        axis.set_xscale("log", base=2)
        axis.xaxis.set_major_formatter("{x:,.0f}")
        axis.set_xlabel("labels sent (end of block)")
    left.set_ylabel(f"bits saved so far, against {one_of(table, 'reference')}")
    right.set_ylabel("bits a label, block by block")
    legend_below(figure, left, 4)
    return figure
