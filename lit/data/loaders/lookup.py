"""Planted: an input is one of m symbols, each of which has a fixed label out of C.

Both are uniform; which label a symbol has is drawn once. What there is to learn, in bits:
:func:`lit.measures.planted_truth.lookup_truth`.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from lit.data.raw import RawData
from lit.rng import generator

KIND: dict[str, str] = {}
PACKAGES = ("numpy",)


def load(spec: Mapping[str, Any], where: str) -> RawData:
    """x (N, m) float32, one-hot symbols, of ``{symbols: m, classes: C, examples: N, seed: 0}``."""
    rng = generator("lookup", spec.get("seed", 0))
    label_of = rng.integers(0, spec["classes"], spec["symbols"])
    symbol = rng.integers(0, spec["symbols"], spec["examples"])
    x = np.zeros((spec["examples"], spec["symbols"]), dtype=np.float32)
    x[np.arange(len(x)), symbol] = 1
    return RawData(x, label_of[symbol])
