"""Three heat maps over k and n: L_IT by definition, the joint coder's value, their difference."""

import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.colors import Normalize, PowerNorm
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.ticker import MaxNLocator

from lit.figures.panels import cells, colours
from lit.figures.style import Look


def draw(table: pd.DataFrame) -> Figure:
    """The first two on one scale, the difference on its own."""
    top = table[["l_it_bits", "joint_bits"]].max().max()
    # Colours by square root: L_IT grows by orders of magnitude over the grid.
    scale = PowerNorm(0.5, 0, max(top, 1))
    apart = table["difference_bits"].abs()
    reach = max(apart.max(), 1) if apart.notna().any() else 1
    width, height = 0.27 * table["k"].nunique(), 0.27 * table["n"].nunique()
    size = (max(3 * width + 0.8, 7.2), max(height, 1.1) + 1.5)
    figure, axes = plt.subplots(1, 3, figsize=size, sharey=True)
    values = _heat_map(axes[0], table, "l_it_bits", "viridis", scale)
    _heat_map(axes[1], table, "joint_bits", "viridis", scale)
    difference = _heat_map(axes[2], table, "difference_bits", "PuOr", Normalize(-reach, reach))
    titles = ("definition: θ₀ minus M", "joint: Λ(n) + Λ(k) − Λ(n+k)", "definition minus joint")
    for axis, title in zip(axes, titles, strict=True):
        axis.set_title(title, fontsize=9)
        axis.set_xlabel("k, labels coded")
    axes[0].set_ylabel("n, examples M saw")
    options: Look = {"location": "bottom", "shrink": 0.7, "format": "{x:,.0f}"}
    for image, over, label in (
        (values, axes[:2], "L_IT (bits)"),
        (difference, axes[2:], "difference (bits)"),
    ):
        bar = figure.colorbar(image, ax=over, label=label, aspect=20 * len(over), **options)
        bar.locator = MaxNLocator(4)
        bar.ax.tick_params(labelsize=7)
    return figure


def _heat_map(
    axis: Axes, table: pd.DataFrame, column: str, name: str, scale: Normalize
) -> AxesImage:
    """A map with n growing upwards and k to the right."""
    grid = table.pivot(index="n", columns="k", values=column).sort_index(ascending=False)
    named = grid.rename(index="{:,}".format, columns="{:,}".format)
    image = cells(axis, named, grid.map(_short), colours(name, "0.9"), scale, size=5.5)
    axis.set_aspect("auto")
    axis.tick_params(labelsize=7)
    axis.tick_params(axis="x", rotation=45)
    return image


def _short(bits: float) -> str:
    """Three digits at most, to fit into a cell."""
    if abs(bits) < 999.5:
        return (f"{bits:.1f}" if abs(bits) < 9.95 else f"{bits:.0f}").replace("-", "−")
    return f"{bits / 1000:.1f}k".replace("-", "−")
