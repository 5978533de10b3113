"""Planted: x uniform in {-1, 1}^d, and the label is the parity of the signs of j inputs.

Which inputs is drawn once. What there is to learn, in bits:
:func:`lit.measures.planted_truth.parity_truth`.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from lit.data.raw import RawData
from lit.errors import InputError
from lit.rng import generator

KIND: dict[str, str] = {}
PACKAGES = ("numpy",)


def load(spec: Mapping[str, Any], where: str) -> RawData:
    """x (N, d) float32 of -1 and 1, of ``{inputs: d, order: j, examples: N, seed: 0}``.

    The label is 1 where an odd number of the j inputs is negative.

    Raises:
        InputError: a parity of more inputs than there are.
    """
    if spec["order"] > spec["inputs"]:
        raise InputError(
            f"{where}: order: {spec['order']}, but inputs: {spec['inputs']}; write at most that"
        )
    rng = generator("parity", spec.get("seed", 0))
    chosen = rng.choice(spec["inputs"], spec["order"], replace=False)
    x = rng.choice(np.array([-1, 1], dtype=np.float32), (spec["examples"], spec["inputs"]))
    return RawData(x, (x[:, chosen].prod(axis=1) < 0).astype(np.int64))
