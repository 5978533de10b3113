"""L_IT on fresh examples beside K(M_n) on the training set: a panel an arm, or a place an arm."""

import pandas as pd
from matplotlib import pyplot as plt

from lit.figures.panels import (
    arms_at_the_side,
    bars,
    examples_axis,
    grid,
    in_words,
    interval,
    legend_below,
    row_in_words,
    short_names,
)
from lit.figures.style import MEMORISED, THIN, TRAINED, Look
from lit.tables.courses import beside_a_course, several_n
from lit.tables.reading import outside_sequences

TITLE = "Transferred beside memorised information"
CAPTION = (
    "L_IT on fresh examples (bars are 95 % intervals) beside the"
    " train-set information K(Mₙ), a mean over seeds, and the n log₂ C bits of all labels that"
    " M was trained on. Where labels are random, K(Mₙ) grows with n while L_IT stays at zero:"
    " only a measure on held-out examples tells learning from memorising. Bits are linear up"
    " to 100 and logarithmic beyond. Ready weights are left out and, where others have several"
    " n, of more than 12 arms those with one n but the controls: they are in the tables and"
    " analyses."
)
TRANSFERRED: Look = {"marker": "o", "color": TRAINED, "ms": 3.5, "lw": 1.2}
KEPT: Look = {"marker": "s", "color": MEMORISED, "ls": "--", "ms": 3.5, "lw": 1.2}
ALL: Look = {"color": "0.5", "ls": ":", "lw": 1, "label": "n log₂ C, all its labels"}
NAMES = "L_IT, fresh examples", "K(Mₙ), training set"


def draw(table: pd.DataFrame) -> plt.Figure:
    """Both against n, true and random labels alike; a place an arm if no arm has several n."""
    table = outside_sequences(table)
    table = table[table["n"].notna() & table["k_m_bits"].notna()]
    trained = table[table["n"] > 0]
    if len(trained) < 2:
        said = [
            f"{row_in_words(row, 'l_it', 'L_IT')}, K(Mₙ) = {row['k_m_bits']:,.0f} bits"
            for row in trained.to_dict("records")
        ]
        return in_words(said or ["The train-set information K(Mₙ) is known of no M."])
    if several_n(table).any():
        return _against_n(table[beside_a_course(table)])
    return _places(trained)


def _against_n(table: pd.DataFrame) -> plt.Figure:
    arms = list(table.groupby("arm", sort=False))
    figure, axes = grid(len(arms), 3, (2.33, 1.85), least=4.2, sharex=True, sharey=True)
    names = short_names(table["arm"])
    for i, (axis, (arm, here)) in enumerate(zip(axes.flat, arms, strict=False)):
        n = here["n"].astype(int)
        bars(axis, n, here, label=NAMES[0], **TRANSFERRED)
        axis.plot(n, here["k_m_bits"], label=NAMES[1], **KEPT)
        one = {"marker": "_", "ms": 9} if len(here) == 1 else {}  # a line of one point is unseen
        axis.plot(n, here["source_uniform_bits"].fillna(0), **ALL | one)
        axis.axhline(0, **THIN)
        axis.set_yscale("symlog", linthresh=100)
        examples_axis(axis, table["n"])
        axis.set_title(names[str(arm)])
        if i + axes.shape[1] < len(arms):
            axis.set_xlabel("")
        else:
            axis.tick_params(labelbottom=True)
    axes[0, 0].set_ylim(min(-50, 1.5 * table["l_it_bits"].min()), 2 * _top(table))
    plt.setp(axes[:, 0], ylabel="bits")
    legend_below(figure, axes.flat[0], 3)
    return figure


def _places(table: pd.DataFrame) -> plt.Figure:
    figure, axis = plt.subplots(figsize=(5.0, 1.1 + 0.19 * len(table)))
    places = range(len(table))
    axis.plot(table["k_m_bits"], places, label=NAMES[1], **KEPT | {"ls": ""})
    dots = TRANSFERRED | {"ls": "", "label": NAMES[0]}
    axis.errorbar(table["l_it_bits"], places, xerr=interval(table), capsize=2, **dots)
    axis.scatter(table["source_uniform_bits"], places, marker="|", color="0.5", label=ALL["label"])
    axis.set_xscale("symlog", linthresh=100)
    axis.set_xlim(min(-50, 1.5 * table["l_it_bits"].min()), 2 * _top(table))
    axis.axvline(0, **THIN)
    axis.set_xlabel("bits")
    arms_at_the_side(axis, table)
    legend_below(figure, axis, 3)
    return figure


def _top(table: pd.DataFrame) -> float:
    return max(100, *table[["k_m_bits", "source_uniform_bits", "l_it_bits"]].max())
