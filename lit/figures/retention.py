"""The retained share of earlier tasks, and the bits held in all, as tasks go by."""

import pandas as pd
from matplotlib import pyplot as plt

from lit.figures.panels import bars, interval, legend_below
from lit.figures.style import THIN, look


def draw(table: pd.DataFrame) -> plt.Figure:
    """Both with their intervals, a line an arm."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(7.6, 3.6))
    table = table.sort_values("t", kind="stable")
    for i, (arm, rows) in enumerate(table.groupby("arm", sort=False)):
        later = rows[rows["retained"].notna()]
        share, reach = 100 * later["retained"], 100 * interval(later, "retained", "")
        left.errorbar(later["t"], share, reach, capsize=2, label=arm, **look(i))
        bars(right, rows["t"], rows, "total", **look(i))
    left.axhline(100, ls=":", **THIN)
    bottom, top = left.get_ylim()
    left.set_ylim(max(bottom, -100), min(top, 200))  # shares of next to nothing say nothing
    left.set_ylabel("retained of earlier tasks (%)")
    right.set_ylabel("bits held of all tasks so far")
    for axis in (left, right):
        axis.axhline(0, **THIN)
        axis.set(xticks=range(int(table["t"].max()) + 1), xlabel="after task t")
    legend_below(figure, left, 4)
    return figure
