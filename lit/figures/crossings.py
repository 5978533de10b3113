"""Bits saved against the reference along the stream, beside the bits a label of each block."""

import pandas as pd
from matplotlib import pyplot as plt

from lit.analyses.words import one_of
from lit.figures.panels import band, begin_at_zero, label_ends, short_names
from lit.figures.style import PAGE, THIN, look

CAPTION = (
    "Left: bits saved so far against the reference; bands are 95 % intervals,"
    " paired by seed. Right: bits per label of each block, means over seeds."
)


def draw(table: pd.DataFrame) -> plt.Figure:
    """Left the sum up to each end of a block, with its interval; right block by block."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(PAGE, 3.0))
    names = short_names(table["subject"])
    for i, (subject, rows) in enumerate(table.groupby("subject", sort=False)):
        x, line = rows["labels_sent"], look(i) | {"ms": 3, "label": names[str(subject)]}
        band(left, x, rows[["saved_bits", "saved_ci_low", "saved_ci_high"]], 0.12, **line)
        right.plot(x, rows["bits_per_label"], **line)
    left.axhline(0, **THIN)
    begin_at_zero(right)
    for axis in (left, right):
        axis.set_xscale("log", base=2)
        axis.xaxis.set_major_formatter("{x:,.0f}")
        axis.set_xlabel("labels sent (end of block)")
    left.yaxis.set_major_formatter("{x:,.0f}")
    reference = str(one_of(table, "reference"))
    left.set_ylabel(f"bits saved so far\nagainst {names.get(reference, reference)}")
    right.set_ylabel("bits per label, block by block")
    label_ends(figure, [left, right])
    return figure
