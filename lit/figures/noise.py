"""Code lengths against the noise of labels; beside them L_IT on fresh labels and K(M_n)."""

import pandas as pd
from matplotlib import pyplot as plt

from lit.analyses.noise import kinds_of_noise
from lit.analyses.words import one_of
from lit.figures.style import (
    HOLLOW,
    MARKERS,
    MEMORISED,
    PAGE,
    SMALL,
    STYLES,
    THETA0,
    THIN,
    TRAINED,
    UNIFORM,
    Look,
)

CAPTION = (
    "Means over seeds; bars are one standard error. The floor k H(Y|X) is what the noise itself"
    " costs; zero is at one height on both scales of the right panel."
)
FLOORS = ((0, (5, 1)), "-.")
Series = list[tuple[str, pd.DataFrame]]


def draw(table: pd.DataFrame) -> plt.Figure:
    """Left code lengths with their floor, right what they say of M."""
    # Each kind of noise with the true labels before it, named where there are several.
    kinds = kinds_of_noise(table)
    notes = [f", {kind}" if len(kinds) > 1 else "" for kind in kinds]
    rows = [table[table["kind"].isin(["true", kind])] for kind in kinds]
    series = list(zip(notes, rows, strict=True))
    figure, axes = plt.subplots(1, 2, figsize=(PAGE, 3.1))
    _draw_code_lengths(axes[0], table, series)
    _draw_information(axes[1], table, series)
    plt.setp(axes, xlabel="noise level p of the labels")
    return figure


def _draw_code_lengths(axis: plt.Axes, table: pd.DataFrame, series: Series) -> None:
    grey: Look = {"color": "0.45"}
    for i, (note, rows) in enumerate(series):
        _line(axis, rows, "l_theta0", f"from θ₀{note}", THETA0, i)
        _line(axis, rows, "l_m", f"from M{note}", TRAINED, i)
        floor = grey | {"lw": 1.1, "ls": FLOORS[i], "label": f"k H(Y|X){note}"}
        axis.plot(rows["level"], rows["irreducible_bits"], **floor)
    axis.axhline(one_of(table, "uniform_bits"), label="k log₂ C", **UNIFORM)
    axis.set_ylim(0)
    axis.yaxis.set_major_formatter("{x:,.0f}")
    axis.set_ylabel(f"code length of k = {one_of(table, 'k'):,} labels (bits)")
    _legend_above([axis])


def _draw_information(axis: plt.Axes, table: pd.DataFrame, series: Series) -> None:
    """L_IT, and on a second scale K(M_n) where it is known."""
    scales = {
        "l_it": (axis, TRAINED, "L_IT", f"L_IT on k = {one_of(table, 'k'):,} fresh labels (bits)")
    }
    if table["k_m_bits"].notna().any():
        other = axis.twinx()
        other.spines["right"].set_visible(True)
        other.grid(False)
        title = f"K(Mₙ) on n = {one_of(table, 'n'):,} training labels (bits)"
        scales["k_m"] = (other, MEMORISED, "K(Mₙ)", title)
    for column, (scale, colour, name, title) in scales.items():
        for i, (note, rows) in enumerate(series):
            _line(scale, rows, column, name + note, colour, i)
        scale.set_ylabel(title, color=colour)
        scale.yaxis.set_major_formatter("{x:,.0f}")
    axis.axhline(0, **THIN)
    axes = [scale for scale, *_ in scales.values()]
    _zero_alike(axes)
    _legend_above(axes)


def _line(
    axis: plt.Axes, rows: pd.DataFrame, name: str, label: str, colour: str, kind: int
) -> None:
    line: Look = {"ls": STYLES[kind], "label": label, "color": colour, "ms": 3.5, "lw": 1.2}
    marker = {THETA0: MARKERS[0], TRAINED: MARKERS[1], MEMORISED: MARKERS[2]}[colour]
    line |= {"marker": marker} | (HOLLOW if kind else {})
    error = rows[f"{name}_se"].fillna(0)
    axis.errorbar(rows["level"], rows[f"{name}_bits"], error, capsize=2, **line)


def _zero_alike(axes: list[plt.Axes]) -> None:
    """Put 0 at one height on axes of different scales."""
    tops = [1.06 * max(axis.dataLim.y1, 1) for axis in axes]
    shares = [-1.06 * axis.dataLim.y0 / top for axis, top in zip(axes, tops, strict=True)]
    below = max(0.04, *shares)
    for axis, top in zip(axes, tops, strict=True):
        axis.set_ylim(-below * top, top)


def _legend_above(axes: list[plt.Axes]) -> None:
    """One legend, above the first, of the lines of all."""
    handles = [line for axis in axes for line in axis.get_legend_handles_labels()[0]]
    place: Look = {"loc": "lower center", "bbox_to_anchor": (0.5, 1), "ncols": 2}
    axes[0].legend(handles=handles, fontsize=SMALL, **place)
