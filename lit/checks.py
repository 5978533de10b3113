"""What can only be checked with data and models together, before the first job of a study.

The Snakefile runs ``python -m lit.checks results/<study>/data/checked.json`` with the settings on standard
input. A rule could not do it: its output would have to be an input of every job, and a new arm would then
either run all of them again or, with ancient(), make Snakemake overlook the new ones.
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lit import logs
from lit.datasets import Dataset, load_dataset
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
        if row["memory"] == "source" and row["n"] and classes != source_classes:
            raise InputError(
                f"{where}: learner {row['learner']!r} has memory: source, but source {row['source_dataset']!r} has"
                f" {source_classes} classes and target {row['target']!r} {classes}; write memory: none"
            )
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


def _load(name: str, settings: Mapping[str, Any]) -> Dataset:
    """A data set as its file holds it; of features, enough to know their shape."""
    spec = settings["datasets"][name]
    if spec["kind"] != "features":
        return load_dataset(spec, f"datasets.{name}")
    import numpy as np
    import torch

    from lit.features import extract_features

    origin = _load(spec["of"], settings)
    one = Dataset(origin.x[:1], origin.y[:1], origin.classes)
    features = extract_features(settings["models"][spec["model"]], one, settings["seed"], torch.device("cpu"))
    return Dataset(np.broadcast_to(features, (len(origin.x), features.shape[1])), origin.y, origin.classes)


def main(path: Path, text: str) -> None:
    """Check the settings ``text``, unless ``path`` says that they were; then write them there."""
    if path.exists() and path.read_bytes() == text.encode():
        return
    with logs.job():
        settings = json.loads(text)
        data = {name: _load(name, settings) for name in settings["datasets"]}
        check_rows(settings["rows"], data, settings["models"], settings["seed"])
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.stdin.read())
