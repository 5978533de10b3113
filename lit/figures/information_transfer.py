"""L_IT against n, beside its control: a panel a target, learner and k; or a place an arm."""

import textwrap

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt

from lit.analyses.words import numbers
from lit.figures.panels import (
    arms_at_the_side,
    bars,
    examples_axis,
    grid,
    in_words,
    interval,
    label_ends,
    row_in_words,
    short_names,
)
from lit.figures.style import THIN, look, looks
from lit.tables.courses import beside_a_course, several_n
from lit.tables.reading import has_m, outside_sequences

TITLE = "Information Transfer"
CAPTION = (
    "Information Transfer against the number n of examples that M was trained on; where no arm"
    " has several n, a place an arm instead. Bars are 95 % intervals."
    " Arms with one n are points. Random labels, grey and hollow, are the control: whatever was"
    " memorised, it saves nothing on fresh examples. Where some arms have several n, panels are"
    " those targets, learners and k that have one of them. Other arms, ready weights and, of more"
    " than 12 arms, those with one n but the controls are left to the tables and analyses."
)
PANEL = ["target", "learner", "k"]


def draw(table: pd.DataFrame) -> plt.Figure:
    """L_IT with intervals: against n, a line an arm, if any arm has several n."""
    table = outside_sequences(table)
    trained = table[has_m(table)]
    if len(trained) < 2:
        said = [row_in_words(row, "l_it", "L_IT") for row in trained.to_dict("records")]
        return in_words(said or ["No arm has an M: see the tables and analyses."])
    if several_n(table).any():
        return _against_n(table)
    return _places(trained)


def _against_n(table: pd.DataFrame) -> plt.Figure:
    """A panel for each target, learner and k that has an arm with several n."""
    course = several_n(table)
    shown = table[table["n"].notna() & beside_a_course(table)]
    drawn = looks(table)
    panels = [
        (key, here) for key, here in shown.groupby(PANEL, sort=False) if course[here.index].any()
    ]
    figure, axes = grid(len(panels), 3, (2.33, 2.0), least=4.2, sharey=True)
    for axis, ((target, learner, k), here) in zip(axes.flat, panels, strict=False):
        names = short_names(here["arm"])
        for arm, rows in here.groupby("arm", sort=False):
            bars(axis, rows["n"].astype(int), rows, label=names[str(arm)], **drawn[str(arm)])
        axis.axhline(0, **THIN)
        examples_axis(axis, here["n"])
        axis.set_title("\n".join(textwrap.wrap(f"{target}, {learner}, k\u00a0=\u00a0{k:,}", 32)))
    plt.setp(axes[:, 0], ylabel="L_IT (bits)")
    label_ends(figure, axes.flat[: len(panels)])
    return figure


def _places(table: pd.DataFrame) -> plt.Figure:
    """A place an arm, below each other in the order of the study."""
    figure, axis = plt.subplots(figsize=(5.0, 0.8 + 0.19 * len(table)))
    targets = list(dict.fromkeys(table["target"]))
    for place, (_, rows) in enumerate(table.groupby(np.arange(len(table)))):
        i = targets.index(rows["target"].iloc[0]) if len(targets) < 4 else 0
        line = look(i, rows["labels"].iloc[0]) | {"ls": "", "ms": 4}
        axis.errorbar(rows["l_it_bits"], [place], xerr=interval(rows), capsize=2, **line)
    arms_at_the_side(axis, table)
    axis.axvline(0, **THIN)
    axis.set_xlabel(f"L_IT (bits), k = {numbers(table['k'])}")
    return figure
