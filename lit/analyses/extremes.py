"""Bits of single examples: which cost most and least, and how much of all bits and of L_IT sits in the dear ones."""

import base64
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure

from lit.analyses import Datasets, Results, Row, number, one_of, percent
from lit.errors import InputError
from lit.figures.style import COLOURS

KIND = {"shows_examples": True}
TAKES = "one arm, the first"
TITLE = "Dear and cheap examples"
COLUMNS = {
    "about": "what",
    "rank": "rank",
    "example": "row of the data set",
    "label": "label",
    "bits": "bits",
    "seeds": "seeds",
    "share_of_bits": "share of bits from θ₀",
    "share_of_l_it": "share of L_IT",
    "arm": "arm",
    "target": "target",
    "n": "n",
    "k": "k",
}
IMAGES, TENTHS = 16, 10
LARGEST = 3 * 64 * 64  # values of an image that is still shown


def select(rows: list[Row], options: Mapping[str, Any], datasets: Datasets) -> list[Row]:
    """Rows of the first arm.

    Raises:
        InputError: too short a stream for tenths of its second half.
    """
    found = [row for row in rows if row["arm"] == rows[0]["arm"]]
    for row in found:
        if row["k"] < 2 * TENTHS - 1:
            raise InputError(
                f"analysis extremes: needs k of at least {2 * TENTHS}, and arm {row['arm']} has k = {row['k']}"
            )
    return found


def tabulate(results: Results, options: Mapping[str, Any]) -> pd.DataFrame:
    """The dearest and cheapest examples of the first row's code, and tenths of all by their cost from theta0, dearest first.

    An example's bits are its mean over the seeds that code it in the second half of their stream, since in the first it may
    be dear for being early.

    Args:
        results: Rows of one arm; of several, the first row's.
        options: ``images``, how many examples to list at either end.

    Returns:
        ``about`` is "dearest", "cheapest" or "tenth". Examples have the bits under the first row's M, and their inputs in
        ``pixels`` (base64 of uint8) with their ``shape``; tenths have their mean bits from theta0, and the shares of
        all bits from theta0 and of L_IT of the row with the largest n (empty where that is not above 0).

    Raises:
        InputError: see :func:`select`.
    """
    rows = select(results.rows, options, results.datasets)
    first, last = rows[0], max(rows, key=lambda row: row["n"] or 0)
    examples = _examples(results, first, last)
    count = min(options.get("images", IMAGES), len(examples) // 2)
    ordered = examples.sort_values("bits", ascending=False, kind="stable")
    listed = pd.concat(
        [
            part[:count].assign(about=name, rank=range(1, count + 1))
            for name, part in (("dearest", ordered), ("cheapest", ordered[::-1]))
        ]
    )
    listed = listed.drop(columns=["theta0", "saved"]).assign(
        n=first["n"], **_pixels(results.data.get(first["target"], {}).get("x"), listed)
    )
    table = pd.concat([listed, _tenths(examples).assign(n=last["n"])], ignore_index=True)
    same = {name: first[name] for name in ("arm", "target", "model", "learner", "k")}
    return table.assign(**same).astype(
        {"n": "Int64", "example": "Int64", "label": "Int64", "seeds": "Int64"}
    )


def _examples(results: Results, first: Mapping[str, Any], last: Mapping[str, Any]) -> pd.DataFrame:
    """One row an example: ``bits`` under the first row's M, those from ``theta0``, and those ``saved`` by the last row's M.

    Means over the seeds that code it in the second half of their stream.
    """
    k, codes = first["k"], results.codes[first["warm"]]
    theta0 = results.bits(first["cold"], k)
    arrays = {
        "example": codes["index"][:, :k],
        "label": codes["label"][:, :k],
        "bits": results.bits(first["warm"], k),
    }
    arrays |= {"theta0": theta0, "saved": theta0 - results.bits(last["warm"], k)}
    coded = pd.DataFrame({name: array[:, k // 2 :].ravel() for name, array in arrays.items()})
    means = coded.groupby("example")[["bits", "theta0", "saved"]].mean()
    return means.join(
        coded.groupby("example").agg(label=("label", "first"), seeds=("label", "size"))
    ).reset_index()


def _pixels(x: np.ndarray | None, listed: pd.DataFrame) -> dict[str, list[str] | None]:
    """Columns ``pixels`` and ``shape`` of the listed examples, empty where they are no small images."""
    if x is None or x.ndim != 4 or x.shape[1] not in (1, 3) or x[0].size > LARGEST:
        return {"pixels": None, "shape": None}
    shown = x[listed["example"].to_numpy()]
    if shown.dtype != np.uint8:
        low, high = shown.min(), shown.max()
        shown = np.round(255 * (shown - low) / max(high - low, np.finfo(np.float32).tiny)).astype(
            np.uint8
        )
    return {
        "pixels": [base64.b64encode(image.tobytes()).decode() for image in shown],
        "shape": ["x".join(map(str, shown.shape[1:]))] * len(shown),
    }


def _tenths(examples: pd.DataFrame) -> pd.DataFrame:
    ordered = examples.sort_values("theta0", ascending=False, kind="stable")
    sums = pd.DataFrame([part[["theta0", "saved"]].sum() for part in _split(ordered)])
    means = [part["theta0"].mean() for part in _split(ordered)]
    saved = sums["saved"].sum()
    return pd.DataFrame(
        {
            "about": "tenth",
            "rank": range(1, TENTHS + 1),
            "bits": means,
            "share_of_bits": sums["theta0"] / sums["theta0"].sum(),
            "share_of_l_it": sums["saved"] / saved if saved > 0 else np.nan,
        }
    )


def _split(ordered: pd.DataFrame) -> list[pd.DataFrame]:
    """Ten parts of nearly equal size."""
    return [ordered.iloc[places] for places in np.array_split(np.arange(len(ordered)), TENTHS)]


def draw(table: pd.DataFrame) -> Figure:
    """Dearest images above cheapest, where there are images, and the shares of bits and of L_IT by tenths of examples."""
    shown = table[table["pixels"].notna()]
    if shown.empty:
        figure = plt.figure(figsize=(4.8, 2.9))
        _bars(figure.subplots(), table)
        return figure
    shown = shown[shown["rank"] <= IMAGES]
    figure = plt.figure(figsize=(8.4, 4.9))
    (above,), (below,) = figure.subfigures(2, 1, squeeze=False, height_ratios=[1, 1.2])
    _images(above, shown)
    _bars(below.subplots(), table)
    return figure


def _images(figure: SubFigure, shown: pd.DataFrame) -> None:
    axes = figure.subplots(2, int(shown["rank"].max()), squeeze=False)
    for line, about in zip(axes, ("dearest", "cheapest"), strict=True):
        for axis, row in zip(line, shown[shown["about"] == about].to_dict("records"), strict=True):
            shape = tuple(map(int, row["shape"].split("x")))
            pixels = np.frombuffer(base64.b64decode(row["pixels"]), dtype=np.uint8).reshape(shape)
            axis.imshow(pixels.transpose(1, 2, 0), cmap="gray", vmin=0, vmax=255)
            axis.set_title(f"{row['label']:.0f}\n{_bits(row['bits'])}", fontsize=7, pad=3)
            axis.set(xticks=[], yticks=[])
            axis.grid(False)
            axis.spines[:].set_visible(False)
        line[0].set_ylabel(about, fontsize=8)
    figure.suptitle(f"label, and bits coded from {_start(shown)}", fontsize=8)


def _bars(axis: Axes, table: pd.DataFrame) -> None:
    tenths = table[table["about"] == "tenth"]
    place = tenths["rank"].to_numpy()
    axis.bar(
        place - 0.2,
        100 * tenths["share_of_bits"],
        0.38,
        color=COLOURS[5],
        label="of all bits from θ₀",
    )
    if tenths["share_of_l_it"].notna().any():
        name = f"of L_IT, {_size(tenths['n'].iloc[0])}"
        axis.bar(place + 0.2, 100 * tenths["share_of_l_it"], 0.38, color=COLOURS[2], label=name)
    axis.axhline(10, color="0.4", lw=0.8, ls=":", label="equal shares")
    axis.axhline(0, color="0.4", lw=0.8)
    axis.set_xticks(place)
    axis.grid(False, axis="x")
    axis.set_axisbelow(True)
    axis.set(xlabel="tenth of the examples by cost from θ₀, dearest first", ylabel="share (%)")
    axis.legend(fontsize=8)


def _bits(value: float) -> str:
    return "<0.01" if value < 0.005 else f"{value:.2f}" if value < 10 else f"{value:.1f}"


def _start(listed: pd.DataFrame) -> str:
    """The start state of the code that examples are listed by."""
    size = _size(listed["n"].iloc[0])
    return size if size == "θ₀" else f"M, {size}"


def _size(n: Any) -> str:
    return "ready weights" if pd.isna(n) else "θ₀" if n == 0 else f"n = {n:,}"


def describe(table: pd.DataFrame) -> list[str]:
    """What the ends cost, how much sits in the dear tenths, and why to take that with care."""
    listed, tenths = (
        table[table["about"] != "tenth"],
        table[table["about"] == "tenth"].set_index("rank"),
    )
    dear, cheap = (listed[listed["about"] == about]["bits"] for about in ("dearest", "cheapest"))
    found = [
        f"Coded from {_start(listed)}, the {len(dear)} dearest examples of {one_of(table, 'target')} cost {_bits(dear.min())}"
        f" to {_bits(dear.max())} bits each, the {len(cheap)} cheapest at most {max(cheap.max(), 0.01):.2f}."
        f" Only examples in the second half of a stream of k = {one_of(table, 'k'):,} count, and each has its mean"
        f" over the seeds that code it there, at most {number(listed['seeds'].max())}.",
        f"The dearest tenth of the examples, by cost from θ₀, holds {percent(tenths['share_of_bits'][1])} of all bits from θ₀.",
    ]
    if tenths["share_of_l_it"].notna().any():
        found[1] += (
            f" It holds {percent(tenths['share_of_l_it'][1])} of L_IT at {_size(tenths['n'].iloc[0])}, and the dearest half"
            f" {percent(tenths['share_of_l_it'][:5].sum())}; a share below 0 is bits that M costs there."
        )
        found.append(
            "The order is by the very code from θ₀ that L_IT is counted from, so examples that were dear by chance count as"
            " saved: the first tenths' share of L_IT is somewhat too large."
        )
    found.append(
        "A dear example may be hard, rare or wrongly labelled; its bits do not say which. Look at it."
    )
    return found
