"""Three heat maps over k and n: L_IT by definition, the joint coder's value, their difference."""

import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.colors import Normalize, PowerNorm
from matplotlib.ticker import MaxNLocator

from lit.figures.panels import cells
from lit.figures.style import PAGE, Look

CAPTION = (
    "Bits, means over seeds, by k labels coded and n examples that M saw: by the definition, by a"
    " coder that keeps all examples at hand, and their difference."
)


def draw(table: pd.DataFrame) -> plt.Figure:
    """The first two on one scale, the difference on its own; n grows upwards."""
    # Colours by square root: L_IT grows by orders of magnitude over the grid.
    bits = PowerNorm(0.5, 0, max(table[["l_it_bits", "joint_bits"]].max().max(), 1))
    reach = max(table["difference_bits"].abs().fillna(0).max(), 1)
    maps = {
        "l_it_bits": ("definition: θ₀ minus M", "viridis", bits),
        "joint_bits": ("joint: Λ(n) + Λ(k) − Λ(n+k)", "viridis", bits),
        "difference_bits": ("definition minus joint", "PuOr", Normalize(-reach, reach)),
    }
    width, height = 0.27 * table["k"].nunique(), 0.27 * table["n"].nunique()
    size = (max(3 * width + 0.8, PAGE), max(height, 1.1) + 1.5)
    figure, axes = plt.subplots(1, 3, figsize=size, sharey=True)
    for axis, (column, (title, name, scale)) in zip(axes, maps.items(), strict=True):
        colours = plt.get_cmap(name).with_extremes(bad="0.9")
        grid = table.pivot(index="n", columns="k", values=column).sort_index(ascending=False)
        named = grid.rename(index="{:,}".format, columns="{:,}".format)
        cells(axis, named, grid.map(_short), 5.5, cmap=colours, norm=scale)
        axis.tick_params(labelsize=7)
        axis.tick_params(axis="x", rotation=45)
        axis.set_title(title)
        axis.set(xlabel="k, labels coded", aspect="auto")
    axes[0].set_ylabel("n, examples M saw")
    options: Look = {"location": "bottom", "shrink": 0.7, "format": "{x:,.0f}"}
    for over, label in ((axes[:2], "L_IT (bits)"), (axes[2:], "difference (bits)")):
        (image,) = over[0].images
        bar = figure.colorbar(image, ax=over, label=label, aspect=20 * len(over), **options)
        bar.locator = MaxNLocator(4)
        bar.ax.tick_params(labelsize=7)
    return figure


def _short(bits: float) -> str:
    """Three digits at most, to fit into a cell."""
    if abs(bits) < 999.5:
        return (f"{bits:.1f}" if abs(bits) < 9.95 else f"{bits:.0f}").replace("-", "−")
    return f"{bits / 1000:.1f}k".replace("-", "−")
