"""Colours of a chart's series, and ticks of a scale that is linear around zero."""

import itertools
import math
from typing import Any

import pandas as pd

# After Okabe and Ito, without black and yellow: each can be seen on white and on black.
COLOURS = ["#1f83c9", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8c6bb1"]
GREY = "#8a8f98"  # of controls, and of lines that only guide the eye
# Of more series: Tableau's twenty without its greys.
MORE_COLOURS = [
    "#4c78a8",
    "#9ecae9",
    "#f58518",
    "#ffbf79",
    "#54a24b",
    "#88d27a",
    "#b79a20",
    "#f2cf5b",
    "#439894",
    "#83bcb6",
    "#e45756",
    "#ff9d98",
    "#d67195",
    "#fcbfd2",
    "#b279a2",
    "#d6a5c9",
    "#9e765f",
    "#d8b5a5",
]
APART = 8  # a tick is at least this part of the scale away from the next
TICKS = 12  # values of an axis across that have a tick each


def colours(rows: pd.DataFrame) -> dict[str, Any]:
    """One colour a series, in the order of the rows; named where there are several.

    Series of a categorical column have the colours of their places among its categories, so that
    charts that have not all of them agree.
    """
    if "series" not in rows:
        return {"value": COLOURS[0]}
    present = list(dict.fromkeys(rows["series"]))
    categorical = isinstance(rows["series"].dtype, pd.CategoricalDtype)
    names = list(rows["series"].cat.categories) if categorical else present
    controls = set(rows["series"][rows["control"]]) if "control" in rows else set()
    many = len(names) - len(controls) > len(COLOURS)
    free = itertools.cycle(MORE_COLOURS if many else COLOURS)
    of = {name: GREY if name in controls else next(free) for name in names}
    shown = [name for name in names if name in present]
    scale = {"domain": shown, "range": [of[name] for name in shown]}
    legend = {"title": None, "orient": "bottom", "symbolOpacity": 1} if len(shown) > 1 else None
    return {"field": "series", "type": "nominal", "scale": scale, "legend": legend}


def symlog_ticks(values: pd.Series, constant: float) -> list[float]:
    """Round numbers within the values, apart from each other: powers of ten first, then 5 and 2."""
    low, high = min(values.min(), 0), max(values.max(), 0)
    powers = [constant * 10.0**power for power in range(-4, 9)]
    rounds = [0.0, *(sign * by * one for by in (1, 5, 2) for one in powers for sign in (1, -1))]
    span = _symlog(high, constant) - _symlog(low, constant)
    kept: list[float] = []
    for tick in rounds:
        place = _symlog(tick, constant)
        near = any(abs(place - _symlog(one, constant)) < span / APART for one in kept)
        if low <= tick <= high and not near:
            kept.append(tick)
    return sorted(kept)


def _symlog(value: float, constant: float) -> float:
    """Where Vega puts a value."""
    return math.copysign(math.log1p(abs(value) / constant), value)
