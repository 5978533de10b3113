"""Where in a backbone the information lies: code lengths of its features, layer by layer."""

import math

import numpy as np
import pandas as pd

from lit.analyses.best import AGAINST, adjust, join_against_first, told_from_zero, which_is_best
from lit.analyses.columns import headings, interval_headings, spread, spread_headings
from lit.analyses.common import about, by_key, differing, on_one_stream
from lit.analyses.results import Datasets, Options, Results, Row
from lit.analyses.words import number, with_interval
from lit.errors import InputError
from lit.measures.samples import Sample

KIND = {"one_stream": True}
TAKES = "rows of features with n = 0"
TITLE = "Information by depth"
COLUMNS = headings(
    "backbone place layer arm",
    spread_headings("code", "code length, bits"),
    "random_bits: random twin, bits",
    "l_it_bits: L_IT against the twin, bits",
    interval_headings("l_it"),
    "l_it_p: p, adjusted",
    AGAINST,
    "k learner",
)
HEAD = "head's inputs"


def select(rows: list[Row], options: Options, datasets: Datasets) -> list[Row]:
    """Rows of features with n = 0, trained and random, each layer of a backbone once.

    Rows of one backbone are coded in one way.
    """
    found = [row for row in rows if row["n"] == 0 and datasets[row["target"]]["kind"] == "features"]
    if not any(_place(datasets, row)[2] == "trained" for row in found):
        raise InputError("needs arms of features of a trained backbone with n: 0, one a layer")
    by_key(found, lambda row: _place(datasets, row), "layer of a backbone")
    first: dict[str, Row] = {}
    for row in found:
        one = first.setdefault(_place(datasets, row)[0], row)
        for key in differing([one, row], ("model", "learner")):
            raise InputError(
                f"arms {one['arm']} and {row['arm']} have {key} {one[key]} and {row[key]}; layers"
                " of one backbone, and their twins, need the same one"
            )
    return found


def _place(datasets: Datasets, row: Row) -> tuple[str, str, str]:
    """Backbone, layer, and which weights."""
    spec = datasets[row["target"]]
    weights = "trained" if spec.get("trained", True) else "random"
    return spec["model"], spec.get("layer", HEAD), weights


def tabulate(results: Results, options: Options) -> pd.DataFrame:
    """One row a layer of a trained backbone, in the order of the arms, its head's inputs last.

    Args:
        results: Rows of features with n = 0 that code the same labels, cut at the smallest k; those
            with ``trained: false`` are the twins of those of the same layer.

    Returns:
        ``code_*`` is the code from theta0 of the layer's features, ``l_it_*`` the twin's less this
        one, ``l_it_p`` adjusted for the layers of a backbone; empty without a twin. ``p_first``,
        ``told_apart`` and ``not_told_from`` compare with the backbone's shortest code.
    """
    results = on_one_stream(results)
    rows = select(results.rows, options, results.datasets)
    layers = {_place(results.datasets, row): row for row in rows}
    backbones = list(dict.fromkeys(backbone for backbone, _, _ in layers))
    found: list[Row] = []
    codes: list[Sample] = []
    for key in sorted(layers, key=lambda key: (backbones.index(key[0]), key[1] == HEAD)):
        backbone, layer, weights = key
        if weights == "random":
            continue
        row, random = layers[key], layers.get((backbone, layer, "random"))
        place = sum(one["backbone"] == backbone for one in found) + 1
        code = results.own_sample(row)
        unknown = np.full_like(code.by_seed, math.nan)
        twin = None if random is None else results.own_sample(random)
        codes.append(code)
        found.append(
            about(row)
            | {"backbone": backbone, "place": place, "layer": layer}
            | spread("code", code)
            | {"random_bits": math.nan if twin is None else twin.by_seed.mean()}
            | spread("l_it", unknown if twin is None else twin - code, p=True)
        )
    table = adjust(pd.DataFrame(found), "l_it_p", by=["backbone"])
    table = join_against_first(
        table, codes, "code_bits", ["backbone"], ascending=True, name="layer"
    )
    return table.astype({"n": "Int64"})


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
        named = [r | {"arm": r["layer"]} for r in sorted(layers, key=lambda r: r["code_bits"])]
        found.append(f"{told}. {which_is_best(named, 'the shortest code')}")
        if known := [r | {"arm": r["layer"]} for r in layers if not math.isnan(r["l_it_bits"])]:
            each = "; ".join(f"{r['layer']} {with_interval(r, 'l_it')}" for r in known)
            found.append(
                f"{backbone}, what pretraining brings against the random twin: {each}."
                f" {told_from_zero(known, 'l_it')}"
            )
    return [
        *found,
        "Features are means over positions: what lies in their places is not seen. Layers differ"
        " in width, which a probe pays for. A longer code says that a linear model finds less in"
        " so many labels, not that the layer holds less.",
    ]
