"""The retained share of earlier tasks, and the bits held in all, as tasks go by."""

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from lit.figures.panels import bars, legend_below
from lit.figures.style import look


def draw(table: pd.DataFrame) -> Figure:
    """Both with their intervals, a line an arm."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(7.6, 3.6))
    table = table.sort_values("t", kind="stable")
    for i, (arm, rows) in enumerate(table.groupby("arm", sort=False)):
        later = rows[rows["retained"].notna()]
        share, low, high = (later[f"retained{end}"] for end in ("", "_ci_low", "_ci_high"))
        reach = 100 * np.maximum(np.nan_to_num([share - low, high - share]), 0)
        left.errorbar(later["t"], 100 * share, reach, capsize=2, label=arm, **look(i))
        bars(right, rows["t"], rows, "total", **look(i))
    left.axhline(100, color="0.4", lw=0.8, ls=":")
    bottom, top = left.get_ylim()
    left.set_ylim(max(bottom, -100), min(top, 200))  # shares of next to nothing say nothing
    left.set_ylabel("retained of earlier tasks (%)")
    right.set_ylabel("bits held of all tasks so far")
    for axis in (left, right):
        axis.axhline(0, color="0.4", lw=0.8)
        axis.set_xticks(range(int(table["t"].max()) + 1))
        axis.set_xlabel("after task t")
    legend_below(figure, left, 4)
    return figure
