"""What unequal classes cost where inputs say little: L_IT with and without counts of labels among the experts.

True labels, and labels in another order than their inputs: shares of classes are then all that M can know, and L_IT has to be
what a coder of their counts saves after M's labels. Data sets and M's are those of unions.py; of the default learner.
"""

import numpy as np
import pandas as pd
from common import arguments, hardware, publish
from unions import SIZES, data_of, lengths, spans_of, start_from, without
from warm import MODEL

from lit.coding.learners.readout import LABEL_COUNTS
from lit.coding.merge import unite
from lit.data.dataset import Dataset
from lit.study.codes import CODES

SETS = ["breast_cancer", "digits", "fashion", "diamonds", "r8-words"]
LEARNERS = {name: {"kind": name} for name in ("replay", "readout")}


def shuffled(data: Dataset) -> Dataset:
    """The same with labels of other examples."""
    order = np.random.default_rng(0).permutation(len(data.y))
    return Dataset(data.x, data.y[order], data.classes)


def counted(label: np.ndarray, classes: int, before: np.ndarray | None = None) -> np.ndarray:
    """(S,) bits of labels (S, k) by counts of them, and of M's, if there are any, from the first on."""
    found = []
    for s, own in enumerate(label):
        known = np.bincount([] if before is None else before[s], minlength=classes) + 0.5
        seen = np.eye(classes)[own].cumsum(axis=0) - np.eye(classes)[own] + known
        found.append(-np.log2(seen[np.arange(len(own)), own] / seen.sum(axis=1)).sum())
    return np.array(found)


def rows_of(name: str, data: Dataset, labels: str, seeds: list[int]) -> list[dict]:
    k, n = SIZES[name]
    source = start_from(data, None, n, "early", seeds)
    sides = [spans_of(data, None, seeds, k, start, LEARNERS)[0] for start in (None, source)]
    label = sides[0]["replay"]["label"]
    alone = counted(label, data.classes)
    saved = alone - counted(label, data.classes, source.label)
    rows = []
    for counts in (True, False):
        united = [unite(side) for side in (sides if counts else without(sides, LABEL_COUNTS))]
        for code in CODES:
            rows.append(
                {"data": name, "labels": labels, "k": k, "n": n, "counts": counts, "code": code}
                | lengths(united, code)
                | {"counted_bits": alone.mean(), "counted_saves": saved.mean()}
                | {"uniform_bits": k * np.log2(data.classes)}
            )
    return rows


def main() -> None:
    options = arguments(seeds=5, only="")
    about = hardware(1) | {"seeds": options.seeds, "model": MODEL, "learners": LEARNERS}
    rows: list[dict] = []
    for name in options.only.split(",") if options.only else SETS:
        data = data_of(name)
        for labels, one in (("shuffled", shuffled(data)), ("true", data)):
            rows += rows_of(name, one, labels, list(range(options.seeds)))
            publish("shares", rows, about, options.output)


if __name__ == "__main__":
    pd.set_option("display.width", 200)
    main()
