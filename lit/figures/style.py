"""How figures look: one size of type, and colours that mean the same in all figures of a study.

The untrained network θ₀ is black, a trained M blue, K(M) vermilion, a control grey and hollow, the
uniform code a dotted grey line. Lines of several models have the colours of Okabe and Ito, and line
styles and markers of their own, so that grey print reads too.
"""

import logging
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
from matplotlib import pyplot as plt

from lit.tables.courses import is_control, teach_nothing

# Okabe and Ito, without black, which is θ₀, and yellow, which is not seen on white; and four more.
COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00"]
COLOURS += ["#56B4E9", "#7B4B94", "#8C6D31", "#882255", "#999933"]
STYLES = ["-", "--", "-.", (0, (5, 1)), (0, (3, 1, 1, 1)), (0, (1, 1)), (0, (8, 2)), ":"]
MARKERS = ["o", "s", "^", "D", "v", "P", "X", "*"]

THETA0, TRAINED, MEMORISED, CONTROL = "#000000", COLOURS[0], COLOURS[1], "#777777"
TOLD_APART, NOT_TOLD_APART = COLOURS[0], "#CCCCCC"  # bars that differ from zero, and others

DPI = 200  # of PNG files
PAGE, COLUMN = 7.0, 3.4  # inches: the width of a page's text, and of one of two columns

Look = dict[str, Any]  # how something is drawn, in matplotlib's words
HOLLOW: Look = {"mfc": "white"}
THIN: Look = {"color": "0.4", "lw": 0.8}  # a line for the eye, at zero say
UNIFORM: Look = {"color": "0.45", "lw": 0.9, "ls": (0, (1, 2))}
SMALL = 7  # points: notes and names within a figure

logging.getLogger("fontTools").setLevel(logging.WARNING)  # it tells of every table of a font
matplotlib.rcdefaults()  # whatever a matplotlibrc says: equal tables give equal figures
matplotlib.rcParams.update(
    {
        "font.size": 8,
        "axes.titlesize": 8,
        "axes.labelsize": 8,
        "xtick.labelsize": 7,
        "ytick.labelsize": 7,
        "legend.fontsize": 7,
        "axes.linewidth": 0.6,
        "xtick.major.width": 0.6,
        "ytick.major.width": 0.6,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": True,
        "axes.axisbelow": True,
        "grid.color": "0.92",
        "grid.linewidth": 0.6,
        "legend.frameon": False,
        "pdf.fonttype": 42,  # letters stay letters, as journals ask
        "svg.hashsalt": "lit",
        "figure.constrained_layout.use": True,
    }
)


def look(i: int, labels: str = "true") -> Look:
    """How the i-th of several lines is drawn, hollow and grey where labels are random.

    Colours repeat after ten, lines and markers after eight.
    """
    turn = (i + i // 40) % 8  # both repeat together after 40, and are shifted there
    line: Look = {"ls": STYLES[turn], "marker": MARKERS[turn], "ms": 3.5, "lw": 1.2}
    line["color"] = COLOURS[i % 10]
    if is_control(labels):
        line["color"] = CONTROL
    return line if labels == "true" else line | HOLLOW


def looks(table: pd.DataFrame) -> dict[str, Look]:
    """How each arm of a table is drawn: a colour a model and target, if arms differ in these.

    Arms that share a colour have lines and markers of their own. ``attrs["subjects"]`` has all
    models and targets of the study in their order, so that all its figures agree.
    """
    arms = table.drop_duplicates("arm")
    labels = arms["labels"] if "labels" in arms else pd.Series("true", arms.index)
    real = arms[~teach_nothing(labels)]
    keys = list(dict.fromkeys(zip(real["target"], real["model"], strict=True)))
    several = len(keys) > 1
    keys = [tuple(pair) for pair in table.attrs.get("subjects", keys)]
    found: dict[str, Look] = {}
    used: dict[Any, int] = {}
    for i, (arm, target, model, name) in enumerate(
        zip(arms["arm"], arms["target"], arms["model"], labels, strict=True)
    ):
        key = (target, model)
        place = keys.index(key) if (several or len(real) == 1) and key in keys else i
        line = look(place, name)
        turn = used[line["color"]] = used.get(line["color"], -1) + 1
        if turn or is_control(name):
            line |= {"ls": STYLES[turn % 8], "marker": MARKERS[turn % 8]}
        found[arm] = line
    return found


def shades(count: int) -> list[Any]:
    """Blues of M, darker the more examples it was trained on."""
    if count == 1:
        return [TRAINED]
    return list(plt.get_cmap("Blues")(np.linspace(0.45, 0.95, count)))


def save(figure: plt.Figure, pdf: str, png: str) -> None:
    """Write a figure as PDF and PNG, without dates, so that equal content gives equal bytes."""
    for path, metadata in ((pdf, {"CreationDate": None}), (png, {"Software": None})):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, dpi=DPI, metadata=metadata)
    plt.close(figure)
