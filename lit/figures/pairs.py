"""Two heat maps of pairs of classes: how hard each is to tell apart, and L_IT."""

import pandas as pd
from matplotlib import pyplot as plt

from lit.analyses.words import number, size
from lit.figures.panels import heat_map

CAPTION = "Bits of the labels of two classes: the code length from θ₀, and L_IT; means over seeds."


def draw(table: pd.DataFrame) -> plt.Figure:
    """The code length from theta0, which is how hard a pair is to tell apart, beside L_IT."""
    classes = sorted({*table["a"], *table["b"]})
    side = max(3.2, 0.3 * len(classes) + 0.6)
    figure, axes = plt.subplots(1, 2, figsize=(2 * side + 0.6, side))
    titles = {
        "l_theta0_bits": "code length from θ₀: how hard to tell apart",
        "l_it_bits": f"L_IT: what M brings, {size(table['n'].iloc[0])}",
    }
    both = pd.concat([table, table.rename(columns={"a": "b", "b": "a"})])
    for axis, (column, title) in zip(axes, titles.items(), strict=True):
        values = both.pivot(index="a", columns="b", values=column).reindex(classes, columns=classes)
        heat_map(axis, values, values.map(number), "bits", size=6.5)
        axis.set_title(title)
    plt.setp(axes, xlabel="class")
    axes[0].set_ylabel("class")
    return figure
