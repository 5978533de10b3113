"""What the schema allows and no job could make sense of, as far as the config alone shows it."""

import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from lit.data import labels as label_transforms
from lit.errors import InputError
from lit.study.sequences import Stage, Task

if TYPE_CHECKING:
    from lit.study.config import Source, Study

HELD_OUT = {
    "validation": 0.2,
    "max_validation": 2048,
}  # of lit.training.fitting.HeldOut, which needs torch
HOLDING_OUT = ("restart", "continue", "probe")  # learners that hold a part of the known labels out


def check_linear(
    learner: str, entry: Mapping[str, Any], model: Mapping[str, Any], where: str
) -> None:
    """Refuse a probe of anything but a linear model with a bias."""
    if entry["kind"] == "probe" and not (model["kind"] == "linear" and model.get("bias", True)):
        raise InputError(
            f"{where}: learner {learner!r} is a probe, which solves a linear model; write model: one of kind linear with a bias"
        )


def check_tasks(tasks: Iterable[Task], where: str) -> None:
    """Refuse tasks of one class, whose labels take no bits."""
    for task in tasks:
        kept = label_transforms.kept(task.labels)
        if kept and len(next(iter(kept.values()))) < 2:
            raise InputError(
                f"{where}: task {task.name!r} has one class, so that there is nothing to code; give it two or more, or write"
                " numbers: kept, with which every task has all classes of the data set"
            )


def check_training(study: "Study", where: Any) -> None:
    """Refuse sources and blocks without anything to train on: M would silently stay as it began.

    Raises:
        InputError: naming the arm or learner and the remedy.
    """
    for row in study.rows:
        source = row.warm.source
        for step in source.chain() if source is not None and row.cell is None else []:
            if not isinstance(step, Stage):  # which trains on all of its examples
                _check_source(step, study.config.get("training", {}), f"{where}: arm {row.arm!r}")
    for run in study.runs.values():
        learner = study.learner(run.learner)
        known = next((end for end in study.schedule.inner(study.lengths[run.id]) if end > 1), None)
        if known is None or learner["kind"] not in HOLDING_OUT or study.remembers(run.id):
            continue
        if _left(known, learner) < 1:
            raise InputError(
                f"{where}: learner {run.learner!r}: validation: {learner['validation']:g} holds all {known} labels out that the"
                " first model knows, and nothing is left to train on; write a smaller share, or a larger stream.first_block"
            )


def _check_source(source: "Source", training: Mapping[str, Any], where: str) -> None:
    if source.n is None or source.stop == "memorise":
        return
    if source.n == 1:
        raise InputError(
            f"{where}: n: 1 leaves nothing to hold out, so that M would stay untrained; write n at least 2, or stop: memorise"
        )
    if _left(source.n, training) < 1:
        raise InputError(
            f"{where}: of n = {source.n} examples, training.validation: {training['validation']:g} leaves none to train M on;"
            " write a smaller share"
        )


def _left(m: int, options: Mapping[str, Any]) -> int:
    """Of m examples, those that are not held out; see :func:`lit.training.fitting.split_prefix`."""
    share, most = (options.get(name, default) for name, default in HELD_OUT.items())
    return m - min(math.ceil(m * share), most)
