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
    labels = 1.0 if data.y.ndim == 1 else float((data.y >= 0).sum(axis=1).mean())
    bits = k * labels * math.log2(data.classes)
    return f"k log2 C = {bits:,.0f} bits" if bits < SMALLEST else ""


def warn_of_short(rows: list[Mapping[str, Any]], data: Mapping[str, Dataset]) -> None:
    """Warn of controls whose streams are too short, each length once."""
    found: dict[str, dict[str, None]] = {}
    for row in rows:
        control = label_transforms.are_random(row["labels"]) and row["n"] != 0
        if control and (bits := too_short(row["k"], data[row["target"]])):
            found.setdefault(bits, {})[row["arm"]] = None
    for bits, arms in found.items():
        log.warning(
            f"Warning: {', '.join(arms)}: {bits} are too short for a control, as naming the right"
            f" expert costs up to {NAMING}; raise k to {SMALLEST:,.0f} bits or more, or read"
            f" differences of {NAMING} bits as nothing"
        )
