"""Whether M's output layer serves the classes of what comes after it.

Found before the first job, see :mod:`lit.workflow.preflight`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from lit.data.bins import Bins
from lit.data.classes import NEW_HEAD, check_width, match_classes, tell_numbers
from lit.errors import InputError
from lit.logs import log


@dataclass(frozen=True)
class Pool:
    """Examples of a data set (M,), in a seed's order, with their classes as transformed."""

    dataset: str
    index: np.ndarray
    classes: int
    names: list[str] | None
    bins: Bins | None = None


def check_heads(
    row: Mapping[str, Any], stages: list[Pool], stream: Pool, where: str, said: set[str]
) -> None:
    """Check that M's output layer serves the classes of what comes after, where it is kept.

    Args:
        row: Of the main table.
        stages: What M is trained on, in order.
        stream: What is coded.
        where: How errors name the arm.
        said: What was said already.
    """
    if row.get("heads") == "multi" or row["source"] is None:
        return
    if row.get("heads") == "single":
        _check_single(row, [*stages, stream], where)
        return
    after, heads = [*stages[1:], stream], [*row["heads_between"], row["head"]]
    for i, (source, target, head) in enumerate(zip(stages, after, heads, strict=True)):
        if head == "new":
            continue
        what = f"{where}: source {source.dataset!r} and target {target.dataset!r}"
        if i < len(stages) - 1:
            what = f"{where}: step {source.dataset!r} of before, and {target.dataset!r} after it"
        check_bins(source, target, what)
        try:
            order = match_classes(source.names, target.names)
            check_width(source.classes if order is None else len(order), target.classes)
        except InputError as error:
            raise InputError(f"{what}: {error}") from error
        apart = not set(source.names or ()) & set(target.names or ()) and not (
            tell_numbers(source.names) and tell_numbers(target.names)
        )
        if apart and what not in said:
            said.add(what)
            log.warning(
                f"{what} have classes of other names: M's head is kept, and matched by number;"
                " write head: new for one of zeros"
            )


def check_bins(source: Pool, target: Pool, what: str) -> None:
    """Check that both have the same bins of a real-valued target, or none.

    Raises:
        InputError: their knots, to which M's outputs belong, or labels, are others.
    """
    if source.bins != target.bins:
        raise InputError(
            f"{what} have other bins, {source.bins} and {target.bins}: write the same low, high,"
            f" width, knots and log for both; {NEW_HEAD}"
        )


def _check_single(row: Mapping[str, Any], pools: list[Pool], where: str) -> None:
    """Check that tasks with one head have one number of classes, and a name for each output."""
    tasks = f"{where}: the tasks of sequence {row['sequence']!r}"
    classes = sorted({pool.classes for pool in pools})
    if len(classes) > 1:
        raise InputError(
            f"{tasks} have {' or '.join(map(str, classes))} classes, which one head cannot serve;"
            " write heads: multi, or labels {only: [...]}, which keep the classes' numbers"
        )
    other = pools[-1]
    for pool in pools:
        if pool.names != other.names and set(pool.names or ()) & set(other.names or ()):
            raise InputError(
                f"{tasks} share one head, but {pool.dataset!r} and {other.dataset!r} number classes"
                " of the same names in other ways; write classes: and one list of names for both"
                " data sets"
            )


def check_memory(row: Mapping[str, Any], source: Pool, stream: Pool, where: str) -> None:
    """Check that M's examples, which the learner trains on too, have the target's classes."""
    what = f"{where}: learner {row['learner']!r} has memory: source, but source {source.dataset!r}"
    check_bins(source, stream, what)
    if stream.classes != source.classes:
        raise InputError(
            f"{what} has {source.classes} classes and target {stream.dataset!r} {stream.classes};"
            " write memory: none"
        )
    try:
        match_classes(source.names, stream.names)
    except InputError as error:
        raise InputError(
            f"{what} and target {stream.dataset!r} name their classes differently ({error}); write"
            " memory: none"
        ) from error
