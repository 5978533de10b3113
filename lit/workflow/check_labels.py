"""Whether learners and sequences take the labels of data sets."""

from collections.abc import Mapping
from typing import Any

from lit.data.dataset import Dataset
from lit.errors import InputError
from lit.study.learners import names_of
from lit.workflow.check_rows import stages_of


def check_labels(
    rows: list[Mapping[str, Any]], data: Mapping[str, Dataset], takes: Mapping[str, str]
) -> None:
    """Check that what the arms name takes the labels of their data sets.

    Args:
        rows: Rows of the main table, see :meth:`lit.workflow.plan.Plan.table_settings`.
        data: Data sets by name.
        takes: By learner, which labels it takes, see :class:`lit.study.kinds.Learner`.

    Raises:
        InputError: naming the arm or the data set, and the remedy.
    """
    for row in rows:
        where, target = f"arm {row['arm']!r}", data[row["target"]]
        several = target.y.ndim == 2
        if several and "sequence" in row:
            raise InputError(
                f"{where}: sequences are of tasks with one label an example, but those of"
                f" {row['target']!r} carry several; write an arm with a target"
            )
        _check_bins(row, data, where)
        for learner in names_of(row["learner"]):
            _check_learner(f"{where}: learner {learner!r}", row["target"], target, takes[learner])


def _check_bins(row: Mapping[str, Any], data: Mapping[str, Dataset], where: str) -> None:
    """Refuse what is of classes alone, where a data set of the row has bins of a target."""
    for stage in [*stages_of(row), {"dataset": row["target"], "labels": row["labels"]}]:
        if data[stage["dataset"]].bins is None:
            continue
        if "sequence" in row:
            raise InputError(
                f"{where}: sequences are of tasks with classes, but {stage['dataset']!r} has bins;"
                " write an arm with a target"
            )
        if kind := sorted({"classes", "groups"} & set(stage["labels"] or ())):
            raise InputError(
                f"{where}: labels: {kind[0]}: makes classes of classes, but {stage['dataset']!r}"
                " has bins, whose order and width count; write other bins, or only: or without:"
            )


def _check_learner(where: str, name: str, data: Dataset, takes: str) -> None:
    several = data.y.ndim == 2
    if takes == "numbers" and data.vocabulary:
        raise InputError(
            f"{where} takes inputs that are numbers, but those of {name!r} are tokens; leave it out"
        )
    if takes in ("class", "numbers") and data.bins is not None:
        raise InputError(
            f"{where} takes classes, but {name!r} has bins of a target; write [replay, readout]"
        )
    if takes in ("one", "class", "numbers") and several:
        raise InputError(
            f"{where} takes one label an example, but those of {name!r} carry several; write"
            " replay, continue or restart, and counts for a label of each token"
        )
    if takes == "each" and not (several and data.vocabulary and data.x.shape == data.y.shape):
        raise InputError(
            f"{where} takes tokens with a label each, which {name!r} does not have; leave it out"
        )
