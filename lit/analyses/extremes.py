"""Bits of single examples: which cost most, which least, and what share the dear ones have."""

import base64

import numpy as np
import pandas as pd

from lit.analyses.columns import headings
from lit.analyses.results import Datasets, Options, Results, Row
from lit.analyses.words import number, one_of, percent, size
from lit.errors import InputError

KIND = {"shows_examples": True}
TAKES = "one arm, the first"
TITLE = "Dear and cheap examples"
COLUMNS = headings(
    "about: what",
    "rank",
    "example: row of the data set",
    "label bits seeds",
    "share_of_bits: share of bits from θ₀",
    "share_of_l_it: share of L_IT",
    "arm target n k",
)
IMAGES, TENTHS = 16, 10
LARGEST = 3 * 64 * 64  # values of an image that is still shown


def select(rows: list[Row], options: Options, datasets: Datasets) -> list[Row]:
    """Rows of the first arm, whose streams have a second half of ten examples or more."""
    found = [row for row in rows if row["arm"] == rows[0]["arm"]]
    for row in found:
        if row["k"] < 2 * TENTHS - 1:
            raise InputError(
                f"needs k of at least {2 * TENTHS}, and arm {row['arm']} has k = {row['k']}"
            )
    return found


def tabulate(results: Results, options: Options) -> pd.DataFrame:
    """The dearest and cheapest examples of the first row's code, and tenths of all by their cost.

    An example's bits are its mean over the seeds that code it in the second half of their stream,
    since in the first it may be dear for being early.

    Args:
        results: Rows of one arm; of several, the first row's.
        options: ``images``, how many examples to list at either end.

    Returns:
        ``about`` is "dearest", "cheapest" or "tenth". Examples have the bits under the first row's
        M, and their inputs in ``pixels`` (base64 of uint8) with their ``shape``; tenths have their
        mean bits from theta0, and the shares of all bits from theta0 and of L_IT of the row with
        the largest n (empty where that is not above 0).
    """
    rows = select(results.rows, options, results.datasets)
    first, last = rows[0], max(rows, key=lambda row: row["n"] or 0)
    examples = _examples(results, first, last)
    count = min(options.get("images", IMAGES), len(examples) // 2)
    ordered = examples.sort_values("bits", ascending=False, kind="stable")
    ends = {"dearest": ordered[:count], "cheapest": ordered[::-1][:count]}
    listed = pd.concat(
        part.assign(about=name, rank=range(1, count + 1)) for name, part in ends.items()
    )
    pixels = _pixels(results.data.get(first["target"], {}).get("x"), listed)
    listed = listed.drop(columns=["theta0", "saved"]).assign(n=first["n"], **pixels)
    table = pd.concat([listed, _tenths(examples).assign(n=last["n"])], ignore_index=True)
    same = {name: first[name] for name in ("arm", "target", "model", "learner", "k")}
    counts = ("n", "example", "label", "seeds")
    return table.assign(**same).astype(dict.fromkeys(counts, "Int64"))


def _examples(results: Results, first: Row, last: Row) -> pd.DataFrame:
    """One row an example: its ``bits`` from M, those from ``theta0``, and those ``saved``.

    Means over the seeds that code it in the second half of their stream.
    """
    k, codes = first["k"], results.codes[first["warm"]]
    theta0, label = results.bits(first["cold"], k), codes["label"][:, :k]
    arrays = {
        "example": codes["index"][:, :k],
        "label": label if label.ndim == 2 else np.full_like(codes["index"][:, :k], -1),
        "bits": results.bits(first["warm"], k),
    }
    arrays |= {"theta0": theta0, "saved": theta0 - results.bits(last["warm"], k)}
    coded = pd.DataFrame({name: array[:, k // 2 :].ravel() for name, array in arrays.items()})
    by_example = coded.groupby("example")
    counts = by_example.agg(label=("label", "first"), seeds=("label", "size"))
    return by_example[["bits", "theta0", "saved"]].mean().join(counts).reset_index()


def _pixels(x: np.ndarray | None, listed: pd.DataFrame) -> dict[str, list[str] | None]:
    """Columns ``pixels`` and ``shape`` of examples, empty where they are no small images."""
    if x is None or x.ndim != 4 or x.shape[1] not in (1, 3) or x[0].size > LARGEST:
        return {"pixels": None, "shape": None}
    shown = x[listed["example"].to_numpy()]
    if shown.dtype != np.uint8:
        low, high = shown.min(), shown.max()
        reach = max(high - low, np.finfo(np.float32).tiny)
        shown = np.round(255 * (shown - low) / reach).astype(np.uint8)
    return {
        "pixels": [base64.b64encode(image.tobytes()).decode() for image in shown],
        "shape": ["x".join(map(str, shown.shape[1:]))] * len(shown),
    }


def _tenths(examples: pd.DataFrame) -> pd.DataFrame:
    ordered = examples.sort_values("theta0", ascending=False, kind="stable")
    parts = [ordered.iloc[at] for at in np.array_split(np.arange(len(ordered)), TENTHS)]
    sums = pd.DataFrame([part[["theta0", "saved"]].sum() for part in parts])
    saved = sums["saved"].sum()
    return pd.DataFrame(
        {
            "about": "tenth",
            "rank": range(1, TENTHS + 1),
            "bits": [part["theta0"].mean() for part in parts],
            "share_of_bits": sums["theta0"] / sums["theta0"].sum(),
            "share_of_l_it": sums["saved"] / saved if saved > 0 else np.nan,
        }
    )


def precise(value: float) -> str:
    """The bits of one example, in words."""
    return "<0.01" if value < 0.005 else f"{value:.2f}" if value < 10 else f"{value:.1f}"


def start_state(listed: pd.DataFrame) -> str:
    """The start state of the code that examples are listed by."""
    start = size(listed["n"].iloc[0])
    return start if start == "θ₀" else f"M, {start}"


def describe(table: pd.DataFrame) -> list[str]:
    """What the ends cost, how much sits in the dear tenths, and why to take that with care."""
    listed = table[table["about"] != "tenth"]
    tenths = table[table["about"] == "tenth"].set_index("rank")
    dear, cheap = (listed[listed["about"] == about]["bits"] for about in ("dearest", "cheapest"))
    shares = (
        "The dearest tenth of the examples, by cost from θ₀, holds"
        f" {percent(tenths['share_of_bits'][1])} of all bits from θ₀."
    )
    if tenths["share_of_l_it"].notna().any():
        shares += (
            f" It holds {percent(tenths['share_of_l_it'][1])} of L_IT at"
            f" {size(tenths['n'].iloc[0])}, and the dearest half"
            f" {percent(tenths['share_of_l_it'][:5].sum())}; below 0 M costs bits. These shares are"
            " somewhat too large, since L_IT is counted from the very code that the order is by:"
            " examples that were dear by chance count as saved."
        )
    return [
        f"Coded from {start_state(listed)}, the {len(dear)} dearest examples of"
        f" {one_of(table, 'target')} cost {precise(dear.min())} to {precise(dear.max())} bits"
        f" each, the {len(cheap)} cheapest at most {max(cheap.max(), 0.01):.2f}. Only examples in"
        f" the second half of a stream of k = {one_of(table, 'k'):,} count, each with its mean over"
        f" the seeds that code it there, at most {number(listed['seeds'].max())}.",
        shares,
        "A dear example may be hard, rare or wrongly labelled; its bits do not say which: look.",
    ]
