"""Code length by layer, trained (filled) and random (hollow): a panel a backbone."""

import pandas as pd
from matplotlib import pyplot as plt

from lit.analyses.words import one_of
from lit.figures.panels import bars, grid
from lit.figures.style import COLUMN, HOLLOW, look

CAPTION = "Code length by layer, means over seeds; bars are 95 % intervals."


def draw(table: pd.DataFrame) -> plt.Figure:
    """Layers from left to right, in the order of their places."""
    backbones = list(table.groupby("backbone", sort=False))
    figure, axes = grid(len(backbones), len(backbones), (2.8, 2.6), least=COLUMN, sharey=True)
    for i, (axis, (backbone, here)) in enumerate(zip(axes.flat, backbones, strict=True)):
        bars(axis, here["place"], here, "code", label="pretrained", **look(i))
        twin = look(i) | HOLLOW | {"ls": ":", "label": "random twin"}
        axis.plot(here["place"], here["random_bits"], **twin)
        axis.set_xticks(here["place"], here["layer"], rotation=45, ha="right", fontsize=7)
        axis.set_title(backbone)
        axis.legend()
    axes[0, 0].yaxis.set_major_formatter("{x:,.0f}")
    axes[0, 0].set(ylim=(0, None), ylabel=f"code length (bits), k = {one_of(table, 'k'):,}")
    return figure
