"""Whether the classes of a study's labels have examples enough to be learned."""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from lit.data import streams
from lit.data.classes import class_names, shortened
from lit.data.dataset import Dataset
from lit.logs import log
from lit.study import label_transforms

NAMED = 10  # classes that a remedy names
FEW = 8  # examples, with which a class may have one by chance


def rare_classes(data: Dataset, labels: label_transforms.Transform = None, seed: int = 0) -> str:
    """Classes with a single example each, and what to do about them; nothing where there is none.

    ``labels`` are those of an arm. Bins of a target, several labels an example and labels that are
    random are none to learn as classes, and nothing is said of them.
    """
    if data.bins is not None or data.y.ndim > 1 or label_transforms.are_random(labels):
        return ""
    _, y, classes = streams.pool(data.y, data.classes, labels, seed)
    counts = np.bincount(y, minlength=classes)
    once, there = np.flatnonzero(counts == 1).tolist(), int((counts > 0).sum())
    if not once:
        return ""
    if 2 * there > len(y) and len(y) > FEW:
        return (
            f"{there:,} classes in {len(y):,} examples, hardly one of them twice, so that M learns"
            " little of any; write bins: {width: ...} if they are amounts, or name another label"
        )
    names = class_names(data.names, labels)
    few = f"{once[:NAMED]}".replace("]", ", ...]" if len(once) > NAMED else "]")
    have = "classes has" if len(once) == 1 else "classes have"
    remedy = f"drop such rows, or write labels: {{without: {few}}} in the arms"
    if there - len(once) < 2 or len(y) <= FEW:  # without them there would be nothing left
        remedy = f"{len(y):,} examples are few, take more"
    return (
        f"{len(once):,} of {there:,} {have} a single example"
        f" ({shortened([names[c] if names else str(c) for c in once])}), which M is trained on or"
        f" which is coded, never both; {remedy}"
    )


def absent_classes(data: Dataset, labels: label_transforms.Transform = None) -> str:
    """Classes by name without an example, as where ``rows`` takes part of a file, and what to do;
    nothing where there is none, or an arm says which classes it has."""
    if data.names is None or data.y.ndim > 1 or labels is not None:
        return ""
    counts = np.bincount(data.y, minlength=data.classes)
    gone, there = np.flatnonzero(counts == 0).tolist(), np.flatnonzero(counts).tolist()
    if not gone:
        return ""
    return (
        f"{len(gone):,} of {data.classes:,} classes have no example"
        f" ({shortened([data.names[c] for c in gone])}), and a code pays for finding that out;"
        f" write labels: {{classes: {there}}} in the arms"
    )


def warn_of_rare(rows: list[Mapping[str, Any]], data: Mapping[str, Dataset], seed: int) -> None:
    """Warn of classes with a single example or none, each data set with its labels once."""
    said: set[str] = set()
    for row in rows:
        one, labels = data[row["target"]], row["labels"]
        pair = json.dumps([row["target"], labels])
        if pair in said:
            continue
        said.add(pair)
        for found in (rare_classes(one, labels, seed), absent_classes(one, labels)):
            if found:
                log.warning(f"Warning: data set {row['target']!r}: {found}")
