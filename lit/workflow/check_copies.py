"""Whether a data set holds copies of its examples: what is coded would be what M was trained on."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from lit.data.dataset import Dataset
from lit.data.overlap import row_hashes
from lit.logs import log
from lit.tables.duplicates import FEW_INPUTS

SHARE = 0.01  # of the examples, from which on copies are worth a word: real data hold some
LARGEST = 2**31  # bytes of inputs, beyond which reading them all takes too long here


def copies(data: Dataset) -> str:
    """How many examples repeat another one, and what to do about them; nothing where few do."""
    count = len(data.y)
    if data.x.nbytes > LARGEST:
        return ""
    pairs = np.stack([row_hashes(data.x), row_hashes(data.y)], axis=1)
    repeated = count - len(np.unique(pairs, axis=0))
    if repeated < SHARE * count:
        return ""
    return (
        f"{repeated:,} of {count:,} examples repeat another, inputs and label; if they are copies,"
        " drop them (pandas: drop_duplicates over these columns): M would be trained on what is"
        " coded, and intervals would be too short. If inputs take few values, they are other"
        " examples that look alike, and stay"
    )


def warn_of_copies(data: Mapping[str, Dataset], specs: Mapping[str, Mapping[str, Any]]) -> None:
    """Warn of data sets that hold copies; what is made from another has those of the other."""
    for name, spec in specs.items():
        own = "of" not in spec and spec["kind"] not in FEW_INPUTS
        if own and (found := copies(data[name])):
            log.warning(f"Warning: data set {name!r}: {found}")
