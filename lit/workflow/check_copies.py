"""Whether a data set holds copies of its examples: what is coded would be what M was trained on."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from lit.data.dataset import Dataset
from lit.data.overlap import row_hashes
from lit.logs import log
from lit.tables.duplicates import FEW_INPUTS

SHARE = 0.01  # of the examples, from which on copies are worth a word: real data hold some
REMEDY = (
    "examples repeat another, inputs and label; if they are copies, drop them (pandas:"
    " drop_duplicates over these columns): M would be trained on what is coded, and intervals would"
    " be too short. If inputs take few values, they are other examples that look alike, and stay"
)
LARGEST = 2**31  # bytes of inputs, beyond which reading them all takes too long here


def repeated(data: Dataset) -> int:
    """How many examples repeat another one, inputs and label; 0 where these are few."""
    count = len(data.y)
    if data.x.nbytes > LARGEST:
        return 0
    pairs = np.stack([row_hashes(data.x), row_hashes(data.y)], axis=1)
    found = count - len(np.unique(pairs, axis=0))
    return found if found >= SHARE * count else 0


def copies(data: Dataset) -> str:
    """How many examples repeat another one, and what to do about them; nothing where few do."""
    found = repeated(data)
    return f"{found:,} of {len(data.y):,} {REMEDY}" if found else ""


def warn_of_copies(data: Mapping[str, Dataset], specs: Mapping[str, Mapping[str, Any]]) -> None:
    """Warn of data sets that hold copies; what is made from another has those of the other."""
    found = {
        f"{name!r}: {count:,} of {len(data[name].y):,}"
        for name, spec in specs.items()
        if "of" not in spec and spec["kind"] not in FEW_INPUTS and (count := repeated(data[name]))
    }
    if found:
        sets = f"data set{'s' * (len(found) > 1)}"
        log.warning(f"Warning: {sets} {', '.join(sorted(found))} {REMEDY}")
