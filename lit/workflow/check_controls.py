"""Whether a study's controls, arms with random labels, can show what they are for."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from lit.data.dataset import Dataset
from lit.data.overlap import row_hashes
from lit.logs import log
from lit.measures.controls import MEMORISED, NAMING, SMALLEST
from lit.rng import generator
from lit.study import label_transforms


def too_short(k: int, data: Dataset) -> str:
    """Of k examples whose labels are too few for a control: how many bits they have; else nothing.

    The price of naming the right expert, up to 7 bits, is then more than a control may save.
    """
    bits = k * _bits_each(data)
    return f"k log2 C = {bits:,.0f} bits" if bits < SMALLEST else ""


def fewest_of_a_control(data: Dataset) -> int:
    """The smallest k whose labels are enough for a control."""
    return math.ceil(SMALLEST / _bits_each(data))


def _bits_each(data: Dataset) -> float:
    """What the uniform code takes for an example's labels."""
    labels = 1.0 if data.y.ndim == 1 else float((data.y >= 0).sum(axis=1).mean())
    return labels * math.log2(data.classes)


def warn_of_short(rows: list[Mapping[str, Any]], data: Mapping[str, Dataset]) -> None:
    """Warn of controls whose streams are too short, each length once."""
    found: dict[tuple[str, str], dict[str, None]] = {}
    for row in rows:
        control = label_transforms.are_random(row["labels"]) and row["n"] != 0
        target = data[row["target"]]
        if control and (bits := too_short(row["k"], target)):
            found.setdefault((bits, _remedy(target)), {})[row["arm"]] = None
    for (bits, remedy), arms in found.items():
        log.warning(
            f"Warning: {', '.join(arms)}: {bits} are too short for a control, since finding out"
            f" that M is of no help costs up to {NAMING}; {remedy}read up to {NAMING} bits from 0"
            " as nothing"
        )


def known_at_most(data: Dataset, n: int) -> float:
    """Share of the random labels of n examples that anyone can know: of equal inputs the most
    frequent one."""
    rng = generator("control", n)
    rows = np.sort(rng.permutation(len(data.y))[:n])
    _, group = np.unique(row_hashes(data.x[rows]), return_inverse=True)
    counts = np.zeros((group.max() + 1, data.classes), int)
    np.add.at(counts, (group, rng.integers(0, data.classes, len(rows))), 1)
    return float(counts.max(axis=1).sum() / len(rows))


def warn_of_unknowable(rows: list[Mapping[str, Any]], data: Mapping[str, Dataset]) -> None:
    """Warn of sources of random labels that no M can know by heart, as their inputs repeat."""
    found: dict[tuple[str, int], dict[str, None]] = {}
    for row in rows:
        random = label_transforms.are_random(row["source_labels"]) and row["n"]
        name = row["source_dataset"]
        if random and data[name].y.ndim == 1 and known_at_most(data[name], row["n"]) < MEMORISED:
            found.setdefault((name, row["n"]), {})[row["arm"]] = None
    for (name, n), arms in found.items():
        fewer = n
        while fewer > 1 and known_at_most(data[name], fewer) < MEMORISED:
            fewer //= 2
        log.warning(
            f"Warning: {', '.join(arms)}: of n = {n:,} random labels at most"
            f" {known_at_most(data[name], n):.3f} can be known by heart, as equal inputs of"
            f" {name!r} have different ones, and a control has to know {MEMORISED}; write n at most"
            f" {fewer:,}"
        )


def _remedy(data: Dataset) -> str:
    """The k that is enough, if seeds can still code different examples then."""
    fewest = fewest_of_a_control(data)
    if fewest > len(data.y) // 3:
        return f"{len(data.y):,} examples are too few for a longer one: "
    return f"raise k to {fewest:,} or more ({SMALLEST:,.0f} bits), or "
