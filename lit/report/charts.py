"""Charts of the report page as Vega-Lite specifications: four shapes, and the controls they follow.

A chart's rows have ``value`` (what is measured), where it is known ``low`` and ``high`` (its
interval), and what the shape asks for besides: ``subject``, ``x``, ``y``, ``series`` (its colour;
``control``, whether that is grey), ``panel`` (a chart of its own). Rows that have ``arm``, ``code``
or ``seed`` follow the page's controls of these, and those with ``value_label`` its choice of bits
or bits a label.
No text of a study gets into an expression: they hold our own columns and signals alone.
"""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from lit.report.scales import GREY, TICKS, colours, symlog_ticks

Spec = dict[str, Any]

PANEL_HEIGHT, ROW_HEIGHT, CELL_HEIGHT = 210, 22, 26  # pixels
UNIT = "(unit == 'label' ? 'bits a label' : 'bits')"
MEAN = "mean"  # of all seeds, in a column of seeds
FROM_TO = {"min": "start", "max": "end"}
SAID = (
    "format(datum.shown, digits) + (isValid(datum.start) && isValid(datum.end) ? ' ['"
    " + format(datum.start, digits) + ' to ' + format(datum.end, digits) + ']' : '')"
)


@dataclass(frozen=True)
class Chart:
    """A chart, what is measured in it, and the rows that it is drawn from."""

    title: str
    caption: str
    spec: Spec
    rows: pd.DataFrame


def worth_drawing(rows: pd.DataFrame, place: str) -> bool:
    """Whether there are two points or more with values, at different places."""
    return bool(rows.loc[rows["value"].notna(), place].nunique() > 1)


def dots(rows: pd.DataFrame, title: str = "", linear_to: float = 0, joined: bool = False) -> Spec:
    """A dot with its interval for each row, below each other by ``subject``.

    Args:
        rows: With a ``subject`` each.
        title: What is measured.
        linear_to: Where it is above 0, the scale is linear up to there and logarithmic beyond.
        joined: Whether a thin line joins the dots of a subject: their distance is what counts.
    """
    place = {"field": "subject", "type": "nominal", "sort": None, "title": None}
    across: Spec = {"type": "quantitative", "title": None, "scale": {"zero": False}}
    if linear_to:
        across["scale"] = {"type": "symlog", "constant": linear_to}
        across["axis"] = {"values": symlog_ticks(rows["value"], linear_to), "format": ",~r"}
    ends = {"x": {"field": "start", **across}, "x2": {"field": "end"}}
    layers: list[Spec] = [
        _zero("x"),
        {
            "transform": [{"filter": "isValid(datum.start) && isValid(datum.end)"}],
            "mark": {"type": "rule", "strokeWidth": 1.5},
            "encoding": {"y": place, **ends, "color": colours(rows)},
        },
        {
            "mark": {"type": "point", "filled": True, "size": 55, "opacity": 1},
            "encoding": {"x": {"field": "shown", **across}, "y": place}
            | {"color": colours(rows), "tooltip": _hover(rows)},
        },
    ]
    if not _has_intervals(rows):
        del layers[1]
    if joined:
        both = [{"op": op, "field": "shown", "as": end} for op, end in FROM_TO.items()]
        line = {"type": "rule", "color": GREY, "strokeWidth": 1}
        span = {"aggregate": both, "groupby": ["subject"]}
        layers.insert(1, {"transform": [span], "mark": line, "encoding": {"y": place, **ends}})
    return _whole(rows, title, {"layer": layers, "height": {"step": ROW_HEIGHT}})


def lines(
    rows: pd.DataFrame, title: str = "", x: str = "", by_ratio: bool = False, alike: bool = True
) -> Spec:
    """A line for each ``series`` over ``x``, with a band from low to high.

    A series with one x is a point with a bar.

    Args:
        rows: Of numbers ``x``, or of texts in their order.
        title: What is measured.
        x: What the axis across shows.
        by_ratio: Whether that axis is logarithmic, with a tick at each value.
        alike: Whether panels share their axes.
    """
    number = pd.api.types.is_numeric_dtype(rows["x"])
    across: Spec = {"field": "x", "title": x, "type": "quantitative" if number else "ordinal"}
    across["axis"] = {"grid": False, "labelOverlap": "greedy"}
    if number:
        ticks = sorted(float(value) for value in rows["x"].dropna().unique())
        across["scale"] = {"type": "log", "nice": False} if by_ratio else {"zero": False}
        across["scale"]["padding"] = 8  # pixels: at the edge an axis would hide an interval
        across["axis"] |= {"format": ",~r"} | ({"values": ticks} if len(ticks) <= TICKS else {})
    else:
        across["sort"] = None
    up = {"type": "quantitative", "title": None}
    detail = [{"field": name} for name in ("seed", "detail") if name in rows]
    shared: Spec = {"x": across, "color": colours(rows)}
    layers: list[Spec] = [
        _zero("y"),
        {
            "transform": [{"filter": "isValid(datum.start) && isValid(datum.end)"}],
            "mark": {"type": "area", "opacity": 0.15},
            "encoding": {**shared, "y": {"field": "start", **up}, "y2": {"field": "end"}},
        },
        {
            "transform": _points_alone(rows),
            "mark": {"type": "rule", "strokeWidth": 1.5},
            "encoding": {**shared, "y": {"field": "start", **up}, "y2": {"field": "end"}},
        },
        {
            "mark": {"type": "line", "point": {"size": 35}, "strokeWidth": 1.8},
            "encoding": {**shared, "y": {"field": "shown", **up}, "tooltip": _hover(rows, x)}
            | ({"detail": detail} if detail else {}),
        },
    ]
    if not _has_intervals(rows):
        del layers[1:3]
    return _whole(rows, title, {"layer": layers, "height": PANEL_HEIGHT}, alike)


def _points_alone(rows: pd.DataFrame) -> list[Spec]:
    """Keeps rows with an interval of those series that have one x, which no band can show."""
    count: Spec = {"joinaggregate": [{"op": "distinct", "field": "x", "as": "places"}]}
    count["groupby"] = [name for name in ("series", "panel") if name in rows]
    alone = "datum.places == 1 && isValid(datum.start) && isValid(datum.end)"
    return [count, {"filter": alone}]


def cells(rows: pd.DataFrame, title: str = "", x: str = "", y: str = "") -> Spec:
    """A matrix of ``value`` as colours and numbers, across by ``x`` and down by ``y``."""
    largest = float(rows["value"].abs().max())
    negative = bool((rows["value"] < 0).any())
    colours: Spec = {"scheme": "redblue", "domain": [-largest, largest]}
    if not negative:
        colours = {"scheme": "blues", "domain": [0, largest]}
    place = {"type": "ordinal", "sort": None}
    encoding = {
        "x": {"field": "x", "title": x, **place, "axis": {"orient": "bottom", "labelAngle": -40}},
        "y": {"field": "y", "title": y, **place},
    }
    dark = {"test": f"abs(datum.value) > {0.6 * largest!r}", "value": "#ffffff"}
    layers: list[Spec] = [
        {
            "mark": {"type": "rect", "stroke": "#8883", "cornerRadius": 1},
            "encoding": encoding
            | {"color": {"field": "value", "type": "quantitative", "title": None, "scale": colours}}
            | {"tooltip": _hover(rows, x, y)},
        },
        {
            "mark": {"type": "text", "fontSize": 10},
            "encoding": encoding
            | {"text": {"field": "shown", "format": ",.0f"}}
            | {"color": {"condition": dark, "value": "#10202f"}},
        },
    ]
    layers[0]["encoding"]["color"]["legend"] = None
    return _whole(rows, title, {"layer": layers, "height": {"step": CELL_HEIGHT}})


def scatter(rows: pd.DataFrame, title: str = "", x: str = "", log: bool = False) -> Spec:
    """A point for each row, ``value`` over ``x``; with ``log`` the line where both are equal."""
    scale: Spec = {"type": "log"} if log else {"zero": False}
    axes = {
        "x": {"field": "x", "type": "quantitative", "title": x, "scale": scale},
        "y": {"field": "shown", "type": "quantitative", "title": None, "scale": scale},
    }
    layers: list[Spec] = [
        {
            "mark": {"type": "point", "filled": True, "size": 55, "opacity": 0.9},
            "encoding": {**axes, "color": colours(rows), "tooltip": _hover(rows, x)},
        }
    ]
    if log:
        ends = [float(rows["x"].min()), float(rows["x"].max())]
        equal = [{"x": end, "shown": end} for end in ends]
        layers.insert(
            0,
            {
                "data": {"values": equal},
                "mark": {"type": "line", "strokeDash": [4, 4], "color": GREY},
                "encoding": axes,
            },
        )
    return _whole(rows, title, {"layer": layers, "height": PANEL_HEIGHT}, alike=False)


def _has_intervals(rows: pd.DataFrame) -> bool:
    return "low" in rows and bool(rows[["low", "high"]].notna().all(axis=1).any())


def _hover(rows: pd.DataFrame, x: str = "", y: str = "") -> list[Spec]:
    """What is shown when a mark is pointed at."""
    names = {"subject": "", "panel": "", "series": "", "detail": "", "x": x, "y": y, "seed": "seed"}
    seen = [{"field": name, "title": said} for name, said in names.items() if name in rows]
    for one in seen:
        if pd.api.types.is_numeric_dtype(rows[one["field"]]):
            one |= {"type": "quantitative", "format": ",.6~r"}
        else:
            one |= {"type": "nominal"}
        one["title"] = one["title"] or one["field"]
    return [*seen, {"field": "said", "type": "nominal", "title": "value"}]


def _zero(axis: str) -> Spec:
    """A thin line at zero."""
    place = {axis: {"datum": 0, "type": "quantitative"}}
    mark = {"type": "rule", "color": GREY, "strokeWidth": 1}
    return {"data": {"values": [{}]}, "mark": mark, "encoding": place}


def _whole(rows: pd.DataFrame, title: str, view: Spec, alike: bool = True) -> Spec:
    """A view with what it follows, a panel for each ``panel``; the page adds rows and widths."""
    params: list[Spec] = []
    transform: list[Spec] = []
    if "arm" in rows:
        params.append({"name": "arms", "value": list(dict.fromkeys(rows["arm"]))})
        transform.append({"filter": "indexof(arms, datum.arm) >= 0"})
    if "code" in rows:
        params.append({"name": "code", "value": rows["code"].iloc[0]})
        transform.append({"filter": "datum.code == code"})
    if "seed" in rows:
        params.append({"name": "seeds", "value": MEAN})
        chosen = f"seeds == 'each' ? datum.seed != '{MEAN}' : datum.seed == seeds"
        transform.append({"filter": chosen})
    units = "value_label" in rows
    if units:
        params.append({"name": "unit", "value": "bits"})
    for shown, name in {"shown": "value", "start": "low", "end": "high"}.items():
        chosen = (
            f"unit == 'label' ? datum.{name}_label : datum.{name}" if units else f"datum.{name}"
        )
        transform.append({"calculate": chosen, "as": shown})
    digits = (
        "unit == 'label' ? '.4f' : ',.1f'" if units else "abs(datum.shown) < 10 ? '.3f' : ',.1f'"
    )
    transform.append({"calculate": SAID.replace("digits", f"({digits})"), "as": "said"})
    whole: Spec = {"params": params, "transform": transform, "data": {"name": "rows"}}
    if title:
        text: Any = {"expr": f"{title!r} + ', ' + {UNIT}"} if units else title
        whole["title"] = {"text": text, "anchor": "start", "fontWeight": "normal", "fontSize": 12}
    if "panel" not in rows:
        return whole | view
    names = list(dict.fromkeys(rows["panel"]))
    if len(names) == 1:
        return whole | view
    facet = {"field": "panel", "type": "nominal", "title": None, "sort": names}
    apart = {} if alike else {"resolve": {"scale": {"x": "independent", "y": "independent"}}}
    return whole | {"facet": facet, "spec": view, **apart}
