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
from lit.workflow.check_copies import LARGEST

DRAWS = 10  # of examples and labels, of which the worst counts


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
    frequent one; the least of several draws, as each seed has its own. 1 where the inputs are too
    many to be read here."""
    return _least_known(_draws(data, n), n)


def most_of_a_control(data: Dataset, n: int) -> int:
    """How many examples, n at most, have random labels that can be known by heart; or 1."""
    draws = _draws(data, n)
    if _least_known(draws, n) >= MEMORISED:
        return n
    low, high = 1, n
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _least_known(draws, middle) >= MEMORISED else (low, middle)
    return low


def _draws(data: Dataset, n: int) -> list[np.ndarray]:
    """Hashes of the inputs and random labels (n, 2) of several draws; fewer where inputs are large.

    The first of a draw are those of a smaller n: inputs are read once for all.
    """
    n = min(n, len(data.y))
    count = min(DRAWS, LARGEST // max(n * data.x[:1].nbytes, 1))
    if not count:
        return []
    generators = [generator("control", draw) for draw in range(count)]
    rows = np.stack([rng.permutation(len(data.y))[:n] for rng in generators])
    every, place = np.unique(rows, return_inverse=True)
    hashes = row_hashes(data.x[every])[place.reshape(rows.shape)]
    labels = (rng.integers(0, data.classes, n) for rng in generators)
    return [np.stack(pair, axis=1) for pair in zip(hashes, labels, strict=True)]


def _least_known(draws: list[np.ndarray], n: int) -> float:
    """The least share of the first n labels of a draw that can be known; 1 without any."""
    return min((_known(draw[:n]) for draw in draws), default=1.0)


def _known(pairs: np.ndarray) -> float:
    present, counts = np.unique(pairs, axis=0, return_counts=True)
    _, group = np.unique(present[:, 0], return_inverse=True)
    most = np.zeros(group.max() + 1, int)
    np.maximum.at(most, group, counts)
    return float(most.sum() / len(pairs))


def warn_of_unknowable(
    rows: list[Mapping[str, Any]], data: Mapping[str, Dataset], origins: Mapping[str, str]
) -> None:
    """Warn of sources of random labels that no M can know by heart, as their inputs repeat.

    Of what is made from another data set (``origins``), whose inputs are not there yet, the inputs
    of that one count.
    """
    found: dict[tuple[str, int], dict[str, None]] = {}
    for row in rows:
        name = origins[row["source_dataset"]]
        random = label_transforms.are_random(row["source_labels"]) and row["n"]
        if random and data[name].y.ndim == 1:
            found.setdefault((name, row["n"]), {})[row["arm"]] = None
    for (name, n), arms in found.items():
        fewer = most_of_a_control(data[name], n)
        if fewer < n:
            known = known_at_most(data[name], n)
            log.warning(
                f"Warning: {', '.join(arms)}: of n = {n:,} random labels at most {known:.3f} can be"
                f" known by heart, as equal inputs of {name!r} have different ones, and a control"
                f" has to know {MEMORISED}; drop what makes inputs equal, or write n at most"
                f" {fewer:,}"
            )


def _remedy(data: Dataset) -> str:
    """The k that is enough, if seeds can still code different examples then."""
    fewest = fewest_of_a_control(data)
    if fewest > len(data.y) // 3:
        return f"{len(data.y):,} examples are too few for a longer one: "
    return f"raise k to {fewest:,} or more ({SMALLEST:,.0f} bits), or "
