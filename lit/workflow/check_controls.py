"""Whether a study's controls, arms with random labels, can show what they are for."""

import math
from collections.abc import Mapping
from typing import Any

from lit.data.dataset import Dataset
from lit.logs import log
from lit.measures.controls import NAMING, SMALLEST
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


def _remedy(data: Dataset) -> str:
    """The k that is enough, if seeds can still code different examples then."""
    fewest = fewest_of_a_control(data)
    if fewest > len(data.y) // 3:
        return f"{len(data.y):,} examples are too few for a longer one: "
    return f"raise k to {fewest:,} or more ({SMALLEST:,.0f} bits), or "
