"""Algorithms of continual learning beside each other: bits kept, accuracy, memory and time."""

import dataclasses
from collections.abc import Mapping

import numpy as np
import pandas as pd

from lit.analyses.best import AGAINST, adjust, join_against_first, which_is_best
from lit.analyses.columns import headings, interval_headings, spread
from lit.analyses.forgetting import Matrix, matrices, retained, select_sequences
from lit.analyses.results import Options, Results, Row
from lit.analyses.words import counted, in_order, number, with_interval
from lit.measures.comparisons import LEVEL
from lit.measures.samples import Sample

Totals = Mapping[tuple[str, int], Sample]  # L_IT of all tasks so far, by arm and t

KIND = {"sequential": True, "timed": True}
TAKES = "cells of sequences of several tasks"
TITLE = "What algorithms retain"
# Algorithms that others are expected to lie between: joint should hold most, plain fewest.
BOUNDS = ("joint", "plain")
# Arms in which these agree code the same labels in the same way.
ALIKE = ("sequence", "model", "learner", "k")
COLUMNS = headings(
    "arm",
    "t: after task t",
    "total_bits: bits held in all",
    interval_headings("total"),
    AGAINST,
    "over_plain_bits: over plain, bits",
    interval_headings("over_plain"),
    "over_plain_p: p, adjusted",
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
    """One row an arm and t, the last t first, means over orders.

    Returns:
        ``total_bits``: sum of L_IT_j(t) over all tasks so far; ``learned_bits``: that of L_IT_j(j).
        ``over_plain_*``, ``over_joint_*``: total bits less those of the arm with that algorithm,
        paired by seed, ``_p`` adjusted for the arms that code the same labels in the same way.
        ``p_first``, ``told_apart`` and ``not_told_from`` compare total bits with the arm that holds
        most among these. ``retained``: what is left of tasks before t, sum of L_IT_j(t) as
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
    places = [(matrix, t) for matrix in found for t in range(matrix.tasks)]
    totals = {
        (matrix.about["arm"], t): matrix.saved(results, [(t, j) for j in range(t + 1)])
        for matrix, t in places
    }
    table = pd.DataFrame(
        _row(results, matrix, t, totals) | _over_bounds(matrix, found, t, totals)
        for matrix, t in places
    )
    together, samples = ["t", *ALIKE], list(totals.values())
    table = join_against_first(table, samples, "total_bits", together, ascending=False)
    for bound in BOUNDS:
        table = adjust(table, f"over_{bound}_p", by=together)
    return table.sort_values("t", ascending=False, kind="stable", ignore_index=True)


def _row(results: Results, matrix: Matrix, t: int, totals: Totals) -> Row:
    bits, right = results.transfer, results.accuracy
    so_far, earlier = [(t, j) for j in range(t + 1)], [(t, j) for j in range(t)]
    learned = [(j, j) for j in range(t + 1)]
    now = then = back = forth = np.full(len(results.seeds), np.nan)
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
        | spread("total", totals[matrix.about["arm"], t])
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


def _over_bounds(matrix: Matrix, every: list[Matrix], t: int, totals: Totals) -> dict[str, float]:
    """Total bits less those of each bound, paired; NaN where there is no arm with it."""
    columns: dict[str, float] = {}
    total = totals[matrix.about["arm"], t]
    unknown = np.full_like(total.by_seed, np.nan)
    alike = [other for other in every if _alike(other.about, matrix.about)]
    for bound in BOUNDS:
        found = [other for other in alike if other.about["algorithm"] == bound]
        over = total - totals[found[0].about["arm"], t] if found else unknown
        columns |= spread(f"over_{bound}", over, p=True)
        if found and found[0] is matrix:
            columns[f"over_{bound}_p"] = np.nan  # with itself, which is no comparison
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
    for names, rows in table[table["t"] == table["t"].max()].groupby(list(ALIKE), sort=False):
        order = rows.sort_values("total_bits", ascending=False).to_dict("records")
        told = [
            f"{r['arm']}, {with_interval(r, 'total')}, accuracy {r['accuracy']:.3f}" for r in order
        ]
        found += [
            f"Bits held of all tasks of {names[0]} after the last one: {in_order(told)}.",
            which_is_best(order, "the most bits"),
        ]
        for own in (row for row in order if row["algorithm"] in BOUNDS):
            found += _bound(own, [row for row in order if row is not own])
    return [
        *found,
        "Total bits, not the retained share, say who knows most: an algorithm that learns little"
        " has little to forget. A coder may learn again on the stream what was only hidden. Orders"
        " are averaged within a seed.",
    ]


def _bound(own: Row, others: list[Row]) -> list[str]:
    """Which arms surely hold more than joint training, or less than plain; where the bits went."""
    name, sign = f"over_{own['algorithm']}", 1 if own["algorithm"] == "joint" else -1
    tested = [row for row in others if not np.isnan(row[f"{name}_p"])]
    if not tested:
        return []
    beyond = [r for r in tested if sign * r[f"{name}_bits"] > 0 and r[f"{name}_p"] <= LEVEL]
    told = []
    for row in sorted(beyond, key=lambda row: -sign * row[f"{name}_bits"]):
        learned = row["learned_bits"] - own["learned_bits"]
        told.append(
            f"{row['arm']} {with_interval(row, name)}, of which {number(learned)} are in what it"
            f" learned of each task as it came, and {number(row[f'{name}_bits'] - learned)} in what"
            " became of that since"
        )
    most = f"hold {'more' if sign > 0 else 'fewer'} bits than {own['arm']}"
    how = f"by paired t-tests adjusted for {counted(len(tested), 'arm')} (Holm)"
    if not told:
        return [f"None surely {most.replace('hold', 'holds', 1)}, {how}."]
    return [
        f"What algorithms should lie within does not hold: these surely {most}, {how}:"
        f" {'; '.join(told)}."
    ]
