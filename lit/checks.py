"""What can only be checked with data and models together, before anything is trained."""

from collections.abc import Mapping
from typing import Any

from lit.datasets import Dataset
from lit.errors import InputError
from lit.models import build_pretrained, build_theta0
from lit.streams import pool


def check_rows(
    rows: list[Mapping[str, Any]], data: Mapping[str, Dataset], models: Mapping[str, Mapping[str, Any]], seed: int
) -> None:
    """Check that every arm's stream and source fit into their data sets, and that its model can be built for them.

    Args:
        rows: Rows of the main table, see :meth:`lit.plan.Plan.table_settings`.
        data: Data sets by name.
        models: Models' entries by name.
        seed: Any seed of the study.

    Raises:
        InputError: naming the arm, the key and the remedy.
    """
    built: set[tuple[str, str, int]] = set()
    for row in rows:
        where, target, source = f"arm {row['arm']!r}", data[row["target"]], data[row["source_dataset"]]
        available, classes = _pool(target, row["labels"], seed, where)
        own, source_classes = _pool(source, row["source_labels"], seed, where)
        _check_sizes(row, available, own, where)
        if target.x.shape[1:] != source.x.shape[1:]:
            raise InputError(
                f"{where}: examples of source {row['source_dataset']!r} have shape {source.x.shape[1:]} and those of"
                f" target {row['target']!r} {target.x.shape[1:]}; one network must take both: give them one shape"
            )
        for name, width in ((row["target"], classes), (row["source_dataset"], source_classes)):
            if (key := (row["model"], name, width)) not in built:
                built.add(key)
                spec = models[row["model"]]
                build = build_pretrained if spec.get("weights") else build_theta0
                build(spec, data[name].x.shape[1:], width, seed, f"models.{row['model']} on {name}")


def _pool(data: Dataset, labels: Any, seed: int, where: str) -> tuple[int, int]:
    try:
        index, _, classes = pool(data.y, data.classes, labels, seed)
    except InputError as error:
        raise InputError(f"{where}: {error}") from error
    return len(index), classes


def _check_sizes(row: Mapping[str, Any], available: int, own: int, where: str) -> None:
    k, n = row["k"], row["n"] or 0
    same = row["target"] == row["source_dataset"]
    if same and k + n > available:
        raise InputError(
            f"{where}: k + n = {k} + {n} = {k + n}, but data set {row['target']!r} has {available} examples, and stream"
            f" and source never overlap; write stream.k at most {max(available - n, 0)} or n at most {max(available - k, 0)}"
        )
    if k > available or n > own:
        name, key, size = (row["target"], "k", available) if k > available else (row["source_dataset"], "n", own)
        raise InputError(f"{where}: {key} = {row[key]}, but data set {name!r} has {size} examples; write {key} at most {size}")
