"""What a network still knows of each task after each of a sequence, in bits and in accuracy."""

import dataclasses
import functools
import operator
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from lit.analyses.columns import headings, interval_headings, mean_and_se, spread, spread_headings
from lit.analyses.results import Datasets, Options, Results, Row
from lit.analyses.words import in_order, number, percent
from lit.errors import InputError
from lit.measures.intervals import ratio_of_means
from lit.measures.samples import Sample

KIND = {"sequential": True}
TAKES = "cells of sequences of several tasks"
TITLE = "Forgetting"
COLUMNS = headings(
    "arm",
    "orders: order",
    "t: after t",
    "j: of task j",
    "task: task j",
    "head accuracy",
    "static_bits: static code, bits",
    spread_headings("l_it", "L_IT, bits"),
    "retained: retained share",
    interval_headings("retained"),
    "hidden_bits: hidden, bits",
    "hidden_se: ± s.e.",
    "cold_bits: from θ₀, bits",
    "k",
)
EVERY = "all"  # orders of a sequence, together
Cell = tuple[Any, ...]  # order, t, j and head
Values = Callable[[Row], np.ndarray]


@dataclass(frozen=True)
class Matrix:
    """Cells of one arm: what they have in common, their rows, and the orders averaged over."""

    about: dict[str, Any]
    rows: dict[Cell, Row]
    orders: list[int]
    tasks: int

    def values(self, of: Values, t: int, j: int, head: str = "keep") -> np.ndarray:
        """(S,) values of a cell, means over orders: a seed's orders share examples and theta0."""
        return np.mean([of(self.rows[order, t, j, head]) for order in self.orders], axis=0)

    def saved(self, results: Results, pairs: list[tuple[int, int]], head: str = "keep") -> Sample:
        """L_IT of several cells (t, j) together, mean over orders."""
        every = [
            results.saved(self.rows[order, t, j, head]) for order in self.orders for t, j in pairs
        ]
        return 1 / len(self.orders) * functools.reduce(operator.add, every)

    def over(self, of: Values, pairs: list[tuple[int, int]], head: str = "keep") -> np.ndarray:
        """(P, S) values of several cells (t, j), means over orders."""
        return np.stack([self.values(of, t, j, head) for t, j in pairs])

    def has(self, t: int, j: int, head: str) -> bool:
        return (self.orders[0], t, j, head) in self.rows


def matrices(results: Results, apart: bool = False) -> Iterator[Matrix]:
    """Every arm's cells, all orders together; with ``apart`` then also order by order."""
    for arm in dict.fromkeys(row["arm"] for row in results.rows):
        own = [row for row in results.rows if row["arm"] == arm]
        rows = {tuple(row[name] for name in ("order", "t", "j", "head")): row for row in own}
        orders = sorted({row["order"] for row in own})
        names = ("arm", "sequence", "algorithm", "heads", "model", "learner", "k")
        about = {name: own[0][name] for name in names} | {"seeds": len(results.seeds)}
        yield Matrix(about | {"orders": EVERY}, rows, orders, own[0]["tasks"])
        for order in orders if apart and len(orders) > 1 else []:
            yield Matrix(about | {"orders": str(order)}, rows, [order], own[0]["tasks"])


def select_sequences(rows: list[Row], options: Options, datasets: Datasets) -> list[Row]:
    """Cells of sequences of several tasks, in which something can be forgotten."""
    found = [row for row in rows if row["tasks"] > 1]
    if not found:
        names = ", ".join(dict.fromkeys(row["sequence"] for row in rows))
        raise InputError(f"needs a sequence of several tasks, and {names} has one; add tasks")
    return found


select = select_sequences


def retained(now: np.ndarray, learned: np.ndarray) -> dict[str, float]:
    """Columns of what is left of bits (S,) by seed, NaN where none are known."""
    share, (low, high) = ratio_of_means(now, learned)
    return {"retained": share, "retained_ci_low": low, "retained_ci_high": high}


def tabulate(results: Results, options: Options) -> pd.DataFrame:
    """One row an arm and cell, means over the orders of its sequence, then each order by itself.

    Returns:
        ``accuracy`` and ``static_bits``: of the state after task t on fresh examples of task j,
        left as it is. ``l_it_bits``: L_IT_j(t). ``retained``: R_j(t), the mean of L_IT_j(t) as a
        share of the mean of L_IT_j(j), exactly 1 at t = j, empty at t < j. ``hidden_bits``:
        L_IT_j(t) - (k log2 C - static bits), which is also what the coder from M gains by learning
        on the stream (static bits - code from M) less what the coder from theta0 gains (k log2 C -
        code from theta0). It is 0 for theta0, below 0 where all that M knows shows at once, and
        above 0 where M learns the stream's task faster than it shows; above L_IT where the static
        code is worse than chance.
    """
    results = dataclasses.replace(results, rows=select(results.rows, options, results.datasets))
    rows = []
    for matrix in matrices(results, apart=True):
        parts = sorted({head for *_, head in matrix.rows}, key=("keep", "new", "only").index)
        places = [(t, j) for t in range(matrix.tasks) for j in range(min(t + 2, matrix.tasks))]
        rows += [
            _cell(results, matrix, t, j, head)
            for head in parts
            for t, j in places
            if matrix.has(t, j, head)
        ]
    return pd.DataFrame(rows)


def _cell(results: Results, matrix: Matrix, t: int, j: int, head: str) -> dict[str, Any]:
    names = {matrix.rows[order, t, j, head]["task"] for order in matrix.orders}

    def values(of: Values) -> np.ndarray:
        return matrix.values(of, t, j, head)

    bits = values(results.transfer)
    learned = matrix.values(results.transfer, j, j) if t >= j else np.full_like(bits, np.nan)
    return (
        matrix.about
        | {"t": t, "j": j, "task": names.pop() if len(names) == 1 else "several", "head": head}
        | {"accuracy": values(results.accuracy).mean()}
        | mean_and_se("static", values(results.static))
        | spread("l_it", matrix.saved(results, [(t, j)], head))
        | retained(bits, learned)
        | mean_and_se("hidden", values(results.hidden))
        | {"cold_bits": values(lambda row: results.total(row, "cold")).mean()}
    )


def describe(table: pd.DataFrame) -> list[str]:
    """What the maps are, what is forgotten most, what is hidden, and where it sits."""
    here = table[table["orders"] == EVERY]
    first, last = here.iloc[0], here["t"].max()
    found = [
        f"Row t, column j: what the network after task t knows of task j, on {first['k']:,} fresh"
        " examples; right of the diagonal it has not seen task j yet. Bits count what comes back as"
        " the coder learns again; accuracy is that of the network left as it is."
    ]
    kept = here[(here["head"] == "keep") & (here["t"] == last) & (here["j"] < last)]
    kept = kept[kept["retained"].notna()]
    shown = ["retained", "accuracy", "l_it_bits", "hidden_bits"]
    by_arm = kept.groupby("arm", sort=False)[shown].mean()
    if told := [
        f"{arm} {percent(row['retained'])} at accuracy {row['accuracy']:.2f}"
        for arm, row in by_arm.sort_values("retained", ascending=False, kind="stable").iterrows()
    ]:
        found.append(
            "After the last task, of the bits of earlier tasks are left, task by task on average:"
            f" {in_order(told)}."
        )
    hidden = by_arm[(by_arm[["hidden_bits", "l_it_bits"]] > 0).all(axis=1)]
    if told := [
        f"{arm}, {number(row['hidden_bits'])} with an L_IT of {number(row['l_it_bits'])}"
        for arm, row in hidden.sort_values("hidden_bits", ascending=False).iterrows()
    ]:
        found.append(
            "Hidden rather than lost, in bits a task: what the coder gains by learning again from M"
            f" beyond what it gains from θ₀ ({in_order(told)}). A value above L_IT means that the"
            " network as it is does worse than chance."
        )
    now = here[(here["t"] == last) & (here["j"] <= last)]
    parts = now.pivot_table(index="arm", columns="head", values="l_it_bits", sort=False)
    reset = {"new": "the output layer reset", "only": "all but the output layer frozen"}
    for head, said in reset.items():
        if head in parts:
            told = [
                f"{arm} {number(row[head])} of {number(row['keep'])}"
                for arm, row in parts.dropna().sort_values("keep", ascending=False).iterrows()
            ]
            found.append(
                f"After the last task, with {said}, mean L_IT in bits a task: {in_order(told)}."
            )
    return found
