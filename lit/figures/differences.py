"""What each arm loses, with intervals: a panel an n. Grey bars cannot be told from zero."""

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt

from lit.analyses.differences import told_apart
from lit.analyses.words import one_of, percent, size
from lit.figures.panels import in_words, interval, row_in_words, short_names
from lit.figures.style import NOT_TOLD_APART, SMALL, TOLD_APART, Look

CAPTION = (
    "Bits of L_IT lost, paired by seed; bars are 95 % intervals, grey"
    " where the loss cannot be told from zero (adjusted for the arms of one n). At the right:"
    " share kept."
)


def draw(table: pd.DataFrame) -> plt.Figure:
    """A bar an arm from zero, and the share of L_IT that it keeps."""
    reference = one_of(table, "reference")
    if len(table) < 2:
        rows = table.to_dict("records")
        return in_words([row_in_words(row, "lost", f"lost against {reference}") for row in rows])
    arms = list(dict.fromkeys(table["arm"]))
    sizes = list(table.groupby("n", dropna=False))
    inches = (1.4 + 2.8 * len(sizes), 0.8 + 0.19 * len(arms))
    figure, axes = plt.subplots(1, len(sizes), figsize=inches, sharey=True, squeeze=False)
    for axis, (n, here) in zip(axes.flat, sizes, strict=True):
        _bars(axis, here.set_index("arm").reindex(arms))
        axis.set_title(size(n))
    axes[0, 0].set_yticks(range(len(arms)), short_names(arms).values())
    axes[0, 0].set_ylim(len(arms) - 0.4, -0.6)
    figure.supxlabel(f"bits of L_IT lost against {reference}", fontsize=8)
    return figure


def _bars(axis: plt.Axes, here: pd.DataFrame) -> None:
    places = range(len(here))
    colours = np.where(told_apart(here), TOLD_APART, NOT_TOLD_APART)
    error: Look = {"xerr": interval(here, "lost"), "error_kw": {"lw": 1, "capsize": 2}}
    axis.barh(places, here["lost_bits"], height=0.65, color=colours, ecolor="0.2", **error)
    axis.axvline(0, color="0.3", lw=0.8)
    axis.grid(False, axis="y")
    look: Look = {"fontsize": SMALL, "annotation_clip": False}
    axis.annotate("kept", (1.02, 1.01), xycoords="axes fraction", color="0.35", **look)
    axis.tick_params(axis="y", length=0)
    look |= {"xycoords": ("axes fraction", "data"), "va": "center"}
    for place, share in zip(places, here["share_kept"], strict=True):
        if np.isfinite(share):
            axis.annotate(percent(share), (1.02, place), **look)
