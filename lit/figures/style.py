"""How figures look. Colours of Okabe and Ito with line styles and markers: grey print reads too."""

from pathlib import Path
from typing import Any

import matplotlib
from matplotlib import pyplot as plt

COLOURS = ["#000000", "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#F0E442"]
STYLES = ["-", "--", "-.", ":", (0, (5, 1)), (0, (3, 1, 1, 1)), (0, (1, 1)), (0, (8, 2))]
MARKERS = ["o", "s", "^", "D", "v", "P", "X", "*"]

DPI = 200  # of PNG files

Look = dict[str, Any]  # how something is drawn, in matplotlib's words
HOLLOW: Look = {"mfc": "white"}
THIN: Look = {"color": "0.4", "lw": 0.8}  # a line for the eye, at zero say

matplotlib.rcdefaults()  # whatever a matplotlibrc says: equal tables give equal figures
matplotlib.rcParams.update(
    {
        "font.size": 9,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": True,
        "grid.color": "0.9",
        "legend.frameon": False,
        "svg.hashsalt": "lit",
        "figure.constrained_layout.use": True,
    }
)


def look(i: int, labels: str = "true") -> Look:
    """How the i-th of several lines is drawn, hollow where labels are not the true ones.

    Colour repeats after 8, together with line and marker after 64.
    """
    turn = (i + i // 8) % 8
    line: Look = {"ls": STYLES[turn], "marker": MARKERS[turn], "ms": 4, "lw": 1.3}
    line["color"] = COLOURS[(i + 1) % 8]
    return line if labels == "true" else line | HOLLOW


def save(figure: plt.Figure, pdf: str, png: str) -> None:
    """Write a figure as PDF and PNG, without dates, so that equal content gives equal bytes."""
    for path, metadata in ((pdf, {"CreationDate": None}), (png, {"Software": None})):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, dpi=DPI, metadata=metadata)
    plt.close(figure)
