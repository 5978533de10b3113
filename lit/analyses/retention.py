"""Algorithms of continual learning beside each other: bits kept, accuracy, memory and time."""

import dataclasses

import numpy as np
import pandas as pd

from lit.analyses.columns import headings, interval_headings, spread
from lit.analyses.forgetting import Matrix, matrices, retained, select_sequences
from lit.analyses.results import Options, Results, Row
from lit.analyses.words import number, percent, with_interval

KIND = {"sequential": True, "timed": True}
TAKES = "cells of sequences of several tasks"
TITLE = "What algorithms retain"
# What algorithms are expected to lie between, and which bits these should hold.
BOUNDS = {"joint": "most", "plain": "fewest"}
# Arms in which these agree code the same labels in the same way.
ALIKE = ("sequence", "model", "learner", "k")
COLUMNS = headings(
    "arm",
    "t: after task t",
    "total_bits: bits held in all",
    interval_headings("total"),
    "over_plain_bits: over plain, bits",
    interval_headings("over_plain"),
    "learned_bits: learned in all",
    "retained: retained of earlier tasks",
    interval_headings("retained"),
    "accuracy",
    "backward_bits: backward, bits a task",
    interval_headings("backward"),
    "backward_accuracy: backward, accuracy",
    "forward_bits: forward, bits a task",
    interval_headings("forward"),
    "hidden_bits: hidden, bits a task",
    "head_reset_bits: held with the head reset",
    "frozen_bits: held with features frozen",
    "carried_mb: carried, MB",
    "training_s: seconds of training",
)

select = select_sequences


def tabulate(results: Results, options: Options) -> pd.DataFrame:
    """One row an arm and t, the last t first, orders pooled by position.

    Returns:
        ``total_bits``: sum of L_IT_j(t) over all tasks so far; ``learned_bits``: that of L_IT_j(j).
        ``over_plain_*``, ``over_joint_*``: total bits less those of the arm with that algorithm,
        paired by seed and order. ``retained``: what is left of tasks before t, sum of L_IT_j(t) as
        a share of sum of L_IT_j(j). ``accuracy``: mean over all tasks so far. ``backward_*``: mean
        over earlier tasks of what changed since they were learned. ``forward_bits``: mean over the
        tasks after the first, up to t, of L_IT_j(j - 1), just before they were learned.
        ``hidden_bits``: mean over earlier tasks. ``head_reset_bits``, ``frozen_bits``: total bits
        by parts of the network, where the study asks for them. ``carried_mb``: what is kept beside
        the weights, by seed, in 10^6 bytes; ``training_s``: job seconds of the tasks so far, mean
        over orders.
    """
    results = dataclasses.replace(results, rows=select(results.rows, options, results.datasets))
    found = list(matrices(results))
    rows = [
        _row(results, matrix, t) | _over_bounds(results, matrix, found, t)
        for matrix in found
        for t in range(matrix.tasks)
    ]
    return pd.DataFrame(rows).sort_values("t", ascending=False, kind="stable", ignore_index=True)


def _row(results: Results, matrix: Matrix, t: int) -> Row:
    bits, right = results.transfer, results.accuracy
    so_far, earlier = [(t, j) for j in range(t + 1)], [(t, j) for j in range(t)]
    learned = [(j, j) for j in range(t + 1)]
    now = then = back = forth = np.full(len(results.seeds) * len(matrix.orders), np.nan)
    back_right = still_hidden = np.nan
    if t:
        now, then = matrix.over(bits, earlier), matrix.over(bits, learned[:-1])
        back = (now - then).mean(0)
        now, then = now.sum(0), then.sum(0)
        forth = matrix.over(bits, [(j - 1, j) for j in range(1, t + 1)]).mean(0)
        back_right = (matrix.over(right, earlier) - matrix.over(right, learned[:-1])).mean()
        still_hidden = matrix.over(results.hidden, earlier).mean()
    return (
        matrix.about
        | {"t": t}
        | spread("total", matrix.over(bits, so_far).sum(0))
        | {"learned_bits": matrix.over(bits, learned).sum(0).mean()}
        | retained(now, then)
        | {"accuracy": matrix.over(right, so_far).mean()}
        | spread("backward", back)
        | {"backward_accuracy": back_right}
        | spread("forward", forth)
        | {"hidden_bits": still_hidden}
        | {"head_reset_bits": _part(matrix, bits, so_far, "new")}
        | {"frozen_bits": _part(matrix, bits, so_far, "only")}
        | _cost(results, matrix, t)
    )


def _over_bounds(results: Results, matrix: Matrix, every: list[Matrix], t: int) -> dict[str, float]:
    """Total bits less those of each bound, paired; NaN where there is no arm with it."""
    columns: dict[str, float] = {}
    so_far = [(t, j) for j in range(t + 1)]
    total = matrix.over(results.transfer, so_far).sum(0)
    alike = [other for other in every if _alike(other.about, matrix.about)]
    for bound in BOUNDS:
        found = [other for other in alike if other.about["algorithm"] == bound]
        theirs = found[0].over(results.transfer, so_far).sum(0) if found else np.nan
        columns |= spread(f"over_{bound}", total - theirs)
    return columns


def _alike(one: Row, other: Row) -> bool:
    return all(one[name] == other[name] for name in ALIKE)


def _part(matrix: Matrix, bits, cells: list[tuple[int, int]], head: str) -> float:
    """Mean total over cells of one part of the network."""
    if not all(matrix.has(t, j, head) for t, j in cells):
        return np.nan
    return matrix.over(bits, cells, head).sum(0).mean()


def _cost(results: Results, matrix: Matrix, t: int) -> dict[str, float]:
    """Memory and time of the states up to t, means over orders."""
    states = [
        [matrix.rows[order, i, i, "keep"]["source"] for i in range(t + 1)]
        for order in matrix.orders
    ]
    carried = [int(results.sources[chain[-1]]["carried_bytes"]) for chain in states]
    seconds = [sum(results.seconds.get(state, np.nan) for state in chain) for chain in states]
    return {"carried_mb": float(np.mean(carried)) / 1e6, "training_s": float(np.mean(seconds))}


def describe(table: pd.DataFrame) -> list[str]:
    """Which algorithm holds most at the end; whether all are between plain and joint training."""
    found = []
    for sequence, rows in table[table["t"] == table["t"].max()].groupby("sequence", sort=False):
        order = rows.sort_values("total_bits", ascending=False).to_dict("records")
        told = [
            f"{r['arm']}, {with_interval(r, 'total')}, accuracy {r['accuracy']:.3f}" for r in order
        ]
        found.append(f"Held of all tasks of {sequence} after the last one: {'; '.join(told)}.")
        for own in (row for row in order if row["algorithm"] in BOUNDS):
            found += _bound(own, [row for row in order if row is not own and _alike(row, own)])
    return [
        *found,
        "Total bits, not the retained share, say who knows most: an algorithm that learns little"
        " has little to forget. A coder may learn again on the stream what was only hidden."
        " Intervals are over seeds and orders together, and rough where these are few.",
    ]


def _bound(own: Row, others: list[Row]) -> list[str]:
    """Whether an arm of a bound holds the most, or the fewest; if not, where the bits went."""
    if not others:
        return []
    name, sign = f"over_{own['algorithm']}", 1 if own["algorithm"] == "joint" else -1
    by_gap = sorted(others, key=lambda row: -sign * row[f"{name}_bits"])
    beyond, told = [row for row in by_gap if sign * row[f"{name}_bits"] > 0], []
    for row in beyond or by_gap[:1]:
        learned = row["learned_bits"] - own["learned_bits"]
        told.append(
            f"{row['arm']} {with_interval(row, name)}, of which {number(learned)} are in what it"
            f" learned of each task as it came, and {number(row[f'{name}_bits'] - learned)} in what"
            " became of that since"
        )
    shares = [row["retained"] for row in others if not np.isnan(row["retained"])]
    if shares and not np.isnan(own["retained"]):
        told[-1] += (
            f". It retains {percent(own['retained'])} of what earlier tasks had brought, the others"
            f" {percent(min(shares))} to {percent(max(shares))}"
        )
    return [
        f"{own['arm']} {'does not hold' if beyond else 'holds'} the {BOUNDS[own['algorithm']]}."
        f" Against it, paired by seed: {'; '.join(told)}."
    ]
