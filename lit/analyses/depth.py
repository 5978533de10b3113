"""Where in a backbone the information lies: code lengths of its features, layer by layer."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from lit.analyses.common import (
    about,
    by_key,
    differing,
    headings,
    interval_headings,
    on_one_stream,
    spread,
    spread_headings,
)
from lit.analyses.results import Datasets, Results, Row
from lit.analyses.words import number, with_interval
from lit.errors import InputError

KIND = {"one_stream": True}
TAKES = "rows of features with n = 0"
TITLE = "Information by depth"
COLUMNS = headings(
    "backbone place layer arm",
    spread_headings("code", "code length, bits"),
    {"random_bits": "random twin, bits", "l_it_bits": "L_IT against the twin, bits"},
    interval_headings("l_it"),
    "k learner",
)
HEAD = "head's inputs"


def select(rows: list[Row], options: Mapping[str, Any], datasets: Datasets) -> list[Row]:
    """Rows of features with n = 0, trained and random.

    Raises:
        InputError: none of a trained backbone, two of one place, or a backbone's rows that are
            coded in different ways.
    """
    found = [row for row in rows if row["n"] == 0 and datasets[row["target"]]["kind"] == "features"]
    if not any(_is_trained(datasets, row) for row in found):
        raise InputError(
            "analysis depth: needs arms of features of a trained backbone with n: 0, one a layer"
        )
    by_key(
        found,
        lambda row: (_layer(datasets, row), _is_trained(datasets, row)),
        lambda one, row: (
            f"analysis depth: arms {one['arm']} and {row['arm']} are both of"
            f" {_layer(datasets, row)[1]} of {_layer(datasets, row)[0]}; name one of them under"
            " arms"
        ),
    )
    first: dict[str, Row] = {}
    for row in found:
        one = first.setdefault(_layer(datasets, row)[0], row)
        for key in differing([one, row], ("model", "learner")):
            raise InputError(
                f"analysis depth: arms {one['arm']} and {row['arm']} have {key} {one[key]}"
                f" and {row[key]}; layers of one backbone, and their twins, need the same one"
            )
    return found


def tabulate(results: Results, options: Mapping[str, Any]) -> pd.DataFrame:
    """One row a layer of a trained backbone, in the order of the arms, its head's inputs last.

    Args:
        results: Rows of features with n = 0 that code the same labels, cut at the smallest k; those
            with ``trained: false`` are the twins of those of the same layer.

    Returns:
        ``code_*`` is the code from theta0 of the layer's features, ``l_it_*`` the twin's less this
        one; empty without a twin.

    Raises:
        InputError: see :func:`select`; or rows that code other labels.
    """
    results, datasets = on_one_stream(results, "depth"), results.datasets
    rows = select(results.rows, options, datasets)
    layers = [(*_layer(datasets, row), row) for row in rows]
    backbones = list(dict.fromkeys(backbone for backbone, _, _ in layers))
    layers.sort(key=lambda each: (backbones.index(each[0]), each[1] == HEAD))
    random = [each for each in layers if not _is_trained(datasets, each[2])]
    twins = {(backbone, layer): results.own(row) for backbone, layer, row in random}
    found: list[dict[str, Any]] = []
    for backbone, layer, row in layers:
        if not _is_trained(datasets, row):
            continue
        code, twin = results.own(row), twins.get((backbone, layer))
        saved = np.full_like(code, math.nan) if twin is None else twin - code
        place = sum(one["backbone"] == backbone for one in found) + 1
        found.append(
            about(row)
            | {"backbone": backbone, "place": place, "layer": layer}
            | spread("code", code)
            | {"random_bits": math.nan if twin is None else twin.mean()}
            | spread("l_it", saved)
        )
    return pd.DataFrame(found).astype({"n": "Int64"})


def _layer(datasets: Datasets, row: Row) -> tuple[str, str]:
    spec = datasets[row["target"]]
    return spec["model"], spec.get("layer", HEAD)


def _is_trained(datasets: Datasets, row: Row) -> bool:
    return datasets[row["target"]].get("trained", True)


def describe(table: pd.DataFrame) -> list[str]:
    """Which layer codes the task shortest, and whether later ones lose what it had."""
    found = []
    for backbone, here in table.groupby("backbone", sort=False):
        layers = here.to_dict("records")
        best, last = min(layers, key=lambda r: r["code_bits"]), layers[-1]
        told = (
            f"{backbone}: the shortest code is that of {best['layer']}, place {best['place']} of"
            f" {len(layers)}, with {with_interval(best, 'code')}"
        )
        if best is not last:
            more = number(last["code_bits"] - best["code_bits"])
            told += f"; the last one, {last['layer']}, needs {more} bits more"
        if known := [r for r in layers if not math.isnan(r["l_it_bits"])]:
            most = max(known, key=lambda r: r["l_it_bits"])
            told += (
                f". Pretraining brings most at {most['layer']}: {with_interval(most, 'l_it')}"
                " against the random twin"
            )
        found.append(told + ".")
    return [
        *found,
        "Features of a layer are means over positions, so what lies in their places is not seen;"
        " layers differ in width, which a probe pays for. A longer code says that a linear model"
        " finds less in so many labels, not that the layer holds less.",
    ]
