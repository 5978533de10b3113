"""L_IT on fresh examples beside K(M_n) on the training set: a panel an arm."""

import pandas as pd
from matplotlib import pyplot as plt

from lit.figures.panels import bars, examples_axis, grid, legend_below, subject, with_a_course
from lit.figures.style import THIN, look
from lit.tables.reading import outside_sequences

TITLE = "Transferred beside memorised information"
CAPTION = (
    "L_IT on fresh examples beside the train-set information K(Mₙ). Where labels are random, K(Mₙ)"
    " grows with n while L_IT stays at zero: only a measure on held-out examples tells learning"
    " from memorising."
)


def draw(table: pd.DataFrame) -> plt.Figure:
    """Both against n, true and random labels alike."""
    table = outside_sequences(table)
    table = table[table["n"].notna() & table["k_m_bits"].notna()]
    table = table[with_a_course(table)]
    arms = list(dict.fromkeys(table["arm"][table["n"] > 0]))  # of theta0, K is 0 and no news
    figure, axes = grid(len(arms), 2, (3.6, 2.7), sharex=True)
    top = max(100, *table[["k_m_bits", "source_uniform_bits", "l_it_bits"]].max())
    for axis, arm in zip(axes.flat, arms, strict=False):
        here = table[table["arm"] == arm]
        n = here["n"].astype(int)
        axis.plot(n, here["k_m_bits"], label="K(Mₙ), on the training set", **look(1))
        bars(axis, n, here, label="L_IT, on fresh examples", **look(0))
        uniform = here["source_uniform_bits"].fillna(0)
        name = "n log₂ C, all labels of the training set"
        axis.plot(n, uniform, color="0.5", ls=":", lw=1, label=name)
        axis.axhline(0, **THIN)
        axis.set_yscale("symlog", linthresh=100)
        axis.set_ylim(min(-50, 1.5 * table["l_it_bits"].min()), 2 * top)
        examples_axis(axis, table["n"])
        axis.set_title(f"{arm}: {subject(here)}", fontsize=9)
    for axis in axes.flat:
        axis.label_outer()
    plt.setp(axes[:, 0], ylabel="bits (linear below 100)")
    legend_below(figure, axes.flat[0], 2 * axes.shape[1] - 1)
    return figure
