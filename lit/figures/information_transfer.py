"""L_IT against n, beside its random-label control: a panel a target, learner and k."""

import pandas as pd
from matplotlib import pyplot as plt

from lit.figures.panels import bars, examples_axis, grid, labels, nothing, with_a_course
from lit.figures.style import THIN, look
from lit.tables.reading import outside_sequences

TITLE = "Information Transfer against n"
CAPTION = (
    "Information Transfer against the number n of examples that M was trained on; bars are 95 %"
    " intervals over seeds. Random labels are the control: whatever was memorised, it"
    " saves nothing on fresh examples."
)
SUBJECT = ["target", "model", "labels"]  # arms that agree in it look alike in every panel


def draw(table: pd.DataFrame) -> plt.Figure:
    """L_IT against n with intervals, a line an arm."""
    table = outside_sequences(table)
    table = table[table["n"].notna() & (with_a_course(table) | table["labels"].eq("random-1"))]
    table = table.assign(place=table.groupby(SUBJECT, sort=False).ngroup())
    panels = list(table.groupby(["target", "learner", "k"], sort=False))
    figure, axes = grid(len(panels), 3, (3.4, 3.2), least=4.6, sharey=len(panels) > 1)
    for axis, ((target, learner, k), here) in zip(axes.flat, panels, strict=False):
        for arm, rows in here.groupby("arm", sort=False):
            name = rows["labels"].iloc[0]
            line = look(rows["place"].iloc[0], name) | {"label": f"{arm} ({labels(name)})"}
            bars(axis, rows["n"].astype(int), rows, **line)
        axis.axhline(0, **THIN)
        examples_axis(axis, here["n"])
        axis.set_title(f"{target}, {learner}, k = {k:,}", fontsize=9)
        axis.legend(fontsize=7)
    plt.setp(axes[:, 0], ylabel="Information Transfer (bits)")
    return figure if panels else nothing(figure)
