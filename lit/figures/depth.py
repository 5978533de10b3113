"""Code length by layer, trained (filled) and random (hollow): a panel a backbone."""

import pandas as pd
from matplotlib.figure import Figure

from lit.analyses.words import one_of
from lit.figures.panels import bars, grid
from lit.figures.style import look


def draw(table: pd.DataFrame) -> Figure:
    """Layers from left to right, in the order of their places."""
    backbones = list(dict.fromkeys(table["backbone"]))
    figure, axes = grid(len(backbones), len(backbones), (3.4, 3.4), least=4.8, sharey=True)
    for i, (axis, backbone) in enumerate(zip(axes.flat, backbones, strict=True)):
        here = table[table["backbone"] == backbone]
        bars(axis, here["place"], here, "code", label="pretrained", **look(i))
        hollow = look(i) | {"mfc": "white", "ls": ":"}
        axis.plot(here["place"], here["random_bits"], label="random twin", **hollow)
        axis.set_xticks(here["place"], here["layer"], rotation=45, ha="right", fontsize=7)
        axis.set_title(backbone, fontsize=9)
        axis.legend(fontsize=7)
    axes[0, 0].set_ylim(bottom=0)
    axes[0, 0].set_ylabel(f"code length (bits), k = {one_of(table, 'k'):,}")
    return figure
