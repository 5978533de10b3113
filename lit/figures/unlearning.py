"""What unlearning left behind, in bits with intervals, beside the accuracy that says it is gone."""

import pandas as pd
from matplotlib import pyplot as plt

from lit.analyses.words import one_of
from lit.figures.panels import interval, short_names
from lit.figures.style import PAGE, TOLD_APART, Look

CAPTION = (
    "Left: bits that M still saves on labels of the forgotten class beyond the reference; bars"
    " are 95 % intervals. Right: accuracy on the same labels, a mean over"
    " seeds."
)


def draw(table: pd.DataFrame) -> plt.Figure:
    """Two panels of a bar an arm: the residual, and accuracy on the forgotten classes."""
    inches = (PAGE, 1.0 + 0.21 * len(table))
    figure, (left, right) = plt.subplots(1, 2, figsize=inches, sharey=True)
    places = range(len(table))
    error: Look = {"xerr": interval(table, "residual"), "error_kw": {"lw": 1, "capsize": 2}}
    left.barh(places, table["residual_bits"], height=0.65, color=TOLD_APART, ecolor="0.2", **error)
    left.axvline(0, color="0.3", lw=0.8)
    left.set_xlabel(f"bits beyond {one_of(table, 'reference')}")
    right.barh(places, table["accuracy_forgotten"], height=0.65, color="0.55")
    right.set_xlim(0, 1)
    right.set_xlabel("accuracy of M as it is")
    left.set_yticks(places, table["arm"].map(short_names(table["arm"])))
    left.set_ylim(len(table) - 0.4, -0.6)
    for axis in (left, right):
        axis.grid(False, axis="y")
        axis.tick_params(axis="y", length=0)
    forgotten = one_of(table, "forgotten")
    figure.suptitle(f"labels of the forgotten class: {forgotten}", fontsize=8)
    return figure
