"""Tables of the report page: columns of cells, each with its text and what it is sorted by."""

import base64
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from lit.analyses.words import say_labels
from lit.report.formats import format_bits, format_cell, format_count, format_share
from lit.report.names import say_learner, say_names
from lit.report.rows import unknown_without_m
from lit.tables.reading import has_m

LARGEST_FILE = 400_000  # bytes of a CSV file that the page still holds whole

SHOWN: dict[str, Callable[[Any], str]] = {"labels": say_labels, "learner": say_learner}

SAME = "the same data"

Column = dict[str, Any]  # heading, number (whether it is one), cells: text, order, name


def column(
    heading: str,
    values: Iterable[Any],
    show: Callable[[Any], str] = format_cell,
    wide: bool = False,
) -> Column:
    """A column; a cell keeps what it shows, so that it is sorted and found by that too.

    Of a value that is missing nothing is shown but a dash, whatever ``show`` would make of it.
    """
    values = pd.Series(list(values))
    number = pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)
    cells = [
        {"text": "–", "order": "", "known": False}
        if pd.isna(value)
        else {"text": show(value), "order": value, "known": True}
        for value in values
    ]
    return {"heading": heading, "number": number, "cells": cells, "wide": wide}


def as_file(path: Path) -> dict[str, str] | None:
    """A table's CSV file as a link to download, or None where it is too large for the page."""
    data = Path(path).read_bytes()
    if len(data) > LARGEST_FILE:
        return None
    return {"name": path.name, "uri": "data:text/csv;base64," + base64.b64encode(data).decode()}


def arms_table(table: pd.DataFrame) -> tuple[list[Column], str]:
    """The main table, a row an arm and n: columns that hold something, the answer at the left.

    What several rows all have in common of how they were made is no column, but the text besides.
    """
    table = unknown_without_m(table)
    said = say_names(table["arm"])
    *made, uniform = _settings(table)
    same = [
        one
        for one in (*made, uniform)
        if len(table) > 1 and len({c["text"] for c in one["cells"]}) == 1
    ]
    found = [
        column("arm", table["arm"], lambda name: said[name]),
        column("n", table["n"], format_count),
        column("L_IT, bits", table["l_it_bits"], format_bits),
        interval_column("95 % interval", table, "l_it"),
        *(one for one in made if one not in same),
        *_lengths(table),
        *([] if uniform in same else [uniform]),
    ]
    alike = "; ".join(f"{one['heading']}: {one['cells'][0]['text']}" for one in same)
    return [one for one in found if any(cell["known"] for cell in one["cells"])], alike


def _settings(table: pd.DataFrame) -> list[Column]:
    """What was coded, with what, and what M was trained on."""
    models, data = say_names(table["model"]), say_names([*table["target"], *table["source"]])
    other = "source_labels" in table and (table["source_labels"] != table["labels"]).any()
    if len(table) > 1 and (table["source"] == table["target"]).all():
        table = table.assign(source=SAME)
    return [
        column("labels", table["labels"], say_labels, wide=True),
        *(
            [column("M's labels", table["source_labels"].where(has_m(table)), say_labels)]
            if other
            else []
        ),
        column("model", table["model"], lambda name: models[name]),
        column("coded", table["target"], lambda name: data[name]),
        column("trained on", table["source"], lambda name: data.get(name, name)),
        column("k", table["k"], format_count),
        column("learner", table["learner"], say_learner),
        column("uniform, bits", table["uniform_bits"], format_bits),
    ]


def _lengths(table: pd.DataFrame) -> list[Column]:
    """What L_IT is the difference of, and what stands beside it."""
    bits = {"from θ₀, bits": "l_theta0_bits", "from M, bits": "l_m_bits", "K(Mₙ), bits": "k_m_bits"}
    found = [column(heading, table[name], format_bits) for heading, name in bits.items()]
    found += [
        column("train accuracy", table["m_train_accuracy"], format_share),
        column("L_IT, ± s.e.", table["l_it_se"], format_bits),
    ]
    code = table["code"].iloc[0] if "code" in table and len(table) else ""
    for other in ("network", "architecture", "shortest"):
        name = f"l_it_{other}_bits"
        if other != code and name in table:
            found.append(column(f"L_IT, code {other}", table[name], format_bits))
    return [*found, column("label entropy, bits", table["label_entropy_bits"], format_bits)]


def interval_column(heading: str, table: pd.DataFrame, name: str) -> Column:
    """Both ends of an interval in a cell, sorted by the lower one, as its mean is written."""
    # A share's column has its name, one of bits that and _bits.
    show = format_cell if name in table and not name.endswith("bits") else format_bits
    made = column(heading, table[f"{name}_ci_low"], show)
    for cell, end in zip(made["cells"], table[f"{name}_ci_high"], strict=True):
        cell["text"] = f"{cell['text']} to {show(end)}" if cell["known"] else "–"
    return made


def analysis_table(table: pd.DataFrame, headings: Mapping[str, str]) -> list[Column]:
    """An analysis' table: columns that hold something, both ends of an interval in one."""
    found = []
    arms = say_names(table["arm"]) if "arm" in table else {}
    shown = SHOWN | {"arm": lambda name: arms.get(str(name), "–")}
    for name, heading in headings.items():
        if name not in table or table[name].isna().all() or name.endswith("_ci_high"):
            continue
        if name.endswith("_ci_low") and name.removesuffix("low") + "high" in table:
            found.append(interval_column("95 % interval", table, name.removesuffix("_ci_low")))
        else:
            show = format_bits if name.endswith(("_bits", "_se")) else shown.get(name, format_cell)
            found.append(column(heading, table[name], show))
    return found
