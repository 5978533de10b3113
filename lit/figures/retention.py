"""The retained share of earlier tasks, and the bits held in all, as tasks go by."""

import pandas as pd
from matplotlib import pyplot as plt

from lit.figures.panels import bars, interval, label_ends, short_names
from lit.figures.style import PAGE, THIN, look

CAPTION = (
    "Left: share of the bits of earlier tasks that is still held, with Fieller's 95 % intervals"
    " over seeds. Right: bits held in all; bars are 95 % intervals."
)
BESIDE = 0.05  # of a task: how far arms stand beside each other, so that bars do not hide bars


def draw(table: pd.DataFrame) -> plt.Figure:
    """Both with their intervals, a line an arm."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(PAGE, 3.0))
    table = table.sort_values("t", kind="stable")
    arms, names = list(table.groupby("arm", sort=False)), short_names(table["arm"])
    for i, (arm, rows) in enumerate(arms):
        later = rows[rows["retained"].notna()]
        line = look(i) | {"label": names[str(arm)], "lw": 1, "elinewidth": 0.7}
        aside = BESIDE * (i - (len(arms) - 1) / 2)
        share, reach = 100 * later["retained"], 100 * interval(later, "retained", "")
        left.errorbar(later["t"] + aside, share, reach, capsize=1.5, **line)
        bars(right, rows["t"] + aside, rows, "total", **line)
    left.axhline(100, ls=":", **THIN)
    bottom, top = left.get_ylim()
    left.set_ylim(max(bottom, -100), min(top, 200))  # shares of next to nothing say nothing
    left.set_ylabel("retained of earlier tasks (%)")
    right.set_ylabel("bits held of all tasks so far")
    last = int(table["t"].max())
    left.set_xticks(range(min(1, last), last + 1))
    right.set_xticks(range(last + 1))
    for axis in (left, right):
        axis.axhline(0, **THIN)
        axis.set(xlabel="after task t")
    label_ends(figure, [left, right])
    return figure
