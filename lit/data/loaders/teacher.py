"""Planted: x ~ N(0, 1)^d, and the label is [v . relu(W x) > 0], with w hidden units and no biases.

W and v ~ N(0, 1) are drawn once, v then without its part along |w_1|, ..., |w_w|: the mean of
v . relu(W x) is 0, and neither label rare. What there is to learn, in bits, at most:
:func:`lit.measures.planted_truth.teacher_bound`.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from lit.data.raw import RawData
from lit.rng import generator

KIND: dict[str, str] = {}
PACKAGES = ("numpy",)


def load(spec: Mapping[str, Any], where: str) -> RawData:
    """x (N, d) float32 and y (N,), of ``{inputs: d, width: w, examples: N, seed: 0}``."""
    rng = generator("teacher", spec.get("seed", 0))
    hidden = rng.standard_normal((spec["inputs"], spec["width"]))
    output = rng.standard_normal(spec["width"])
    norms = np.linalg.norm(hidden, axis=0)
    output = output - output @ norms / (norms @ norms) * norms
    x = rng.standard_normal((spec["examples"], spec["inputs"])).astype(np.float32)
    positive = np.maximum(x.astype(np.float64) @ hidden, 0) @ output > 0
    return RawData(x, positive.astype(np.int64))
