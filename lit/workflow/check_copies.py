"""Whether a data set holds copies of its examples: what is coded would be what M was trained on."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from lit.data.dataset import Dataset
from lit.data.overlap import look_alike, row_hashes
from lit.logs import log
from lit.tables.duplicates import COPIES, FEW_INPUTS

SHARE = 0.01  # of the examples, from which on copies are worth a word: real data hold some
REMEDY = (
    f"{COPIES}, inputs and label; if they are copies, drop them (pandas:"
    " drop_duplicates), as M would be trained on what is coded; if they are others that look alike,"
    " as two players of one team do where it is all that is known of them, they stay"
)
LARGEST = 2**31  # bytes of inputs, beyond which reading them all takes too long here


def repeated(data: Dataset) -> int:
    """How many examples repeat another one, inputs and label; 0 where these are few, or where
    examples come in groups, none of which is both coded and trained on."""
    count = len(data.y)
    if data.x.nbytes > LARGEST or data.groups is not None:
        return 0
    pairs = np.stack([row_hashes(data.x), row_hashes(data.y)], axis=1)
    found = count - len(np.unique(pairs, axis=0))
    return found if found >= SHARE * count else 0


def copies(data: Dataset) -> str:
    """How many examples repeat another one, and what to do about them; nothing where few do, or
    where they are others that look alike, see :func:`lit.data.overlap.look_alike`."""
    found = repeated(data)
    if not found or look_alike(data.x, row_hashes(data.x), data.y):
        return ""
    return f"{found:,} of {len(data.y):,} {REMEDY}"


def warn_of_copies(data: Mapping[str, Dataset], specs: Mapping[str, Mapping[str, Any]]) -> None:
    """Warn of data sets that hold copies; what is made from another has those of the other."""
    for name in sorted(specs):
        own = "of" not in specs[name] and specs[name]["kind"] not in FEW_INPUTS
        if own and (said := copies(data[name])):
            log.warning(f"Warning: data set {name!r}: {said}")
