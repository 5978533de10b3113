"""L_IT of several arms, beside the total code lengths that it is the difference of."""

import pandas as pd
from matplotlib import pyplot as plt

from lit.analyses.words import numbers, size
from lit.figures.panels import bars, examples_axis, interval, legend_below
from lit.figures.style import HOLLOW, THIN, look


def draw(table: pd.DataFrame) -> plt.Figure:
    """Both against n, a line an arm; with one n, a place an arm."""
    trained = table[table["n"].fillna(-1) != 0]
    if trained["n"].nunique(dropna=False) == 1:
        return _draw_places(trained)
    ready = 4 * max(int(table["n"].fillna(0).max()), 1)  # where weights not trained here stand
    table = table.assign(at=table["n"].fillna(ready).astype(int))
    figure, (left, right) = plt.subplots(1, 2, figsize=(7.6, 3.7))
    for i, (arm, rows) in enumerate(table.groupby("arm", sort=False)):
        bars(left, rows["at"], rows, label=arm, **look(i))
        right.plot(rows["at"], rows["l_m_bits"], **look(i))
        dotted = look(i) | HOLLOW | {"ls": (0, (1, 3)), "lw": 1}
        right.plot(rows["at"], rows["l_theta0_bits"], **dotted)
    left.axhline(0, **THIN)
    right.set_ylim(bottom=0)
    for axis in (left, right):
        examples_axis(axis, table["at"])
        if table["n"].isna().any():
            ticks = sorted(set(table["at"]))
            names = ["ready\nweights" if tick == ready else f"{tick:,}" for tick in ticks]
            axis.set_xticks(ticks, names)
    left.set_ylabel("L_IT (bits)")
    right.set_ylabel("total code length (bits)")
    left.set_title(f"Information Transfer, k = {numbers(table['k'])}", fontsize=9)
    right.set_title("code from M (filled) and from θ₀ (hollow)", fontsize=9)
    legend_below(figure, left, 4)
    return figure


def _draw_places(table: pd.DataFrame) -> plt.Figure:
    """The same for one n, arms below each other."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(7.6, 1.3 + 0.24 * len(table)), sharey=True)
    places, dots = range(len(table)), {"ls": "", "ms": 5}
    left.errorbar(table["l_it_bits"], places, xerr=interval(table), capsize=2, **look(0) | dots)
    right.plot(table["l_theta0_bits"], places, label="from θ₀", **look(1) | dots | HOLLOW)
    right.plot(table["l_m_bits"], places, label="from M", **look(0) | dots)
    right.hlines(places, table["l_m_bits"], table["l_theta0_bits"], color="0.6", lw=1, zorder=1)
    left.axvline(0, **THIN)
    left.set_yticks(places, table["arm"])
    left.invert_yaxis()
    right.set_xlim(left=0)
    left.xaxis.set_major_formatter("{x:,.0f}")
    right.xaxis.set_major_formatter("{x:,.0f}")
    left.set_xlabel(f"L_IT (bits), {size(table['n'].iloc[0])}, k = {numbers(table['k'])}")
    right.set_xlabel("total code length (bits)")
    legend_below(figure, right, 2, loc="outside lower right")
    return figure
