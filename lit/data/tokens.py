"""Inputs that are numbers of tokens."""

import numpy as np

from lit.errors import InputError


def check_tokens(x: np.ndarray, vocabulary: int) -> np.ndarray:
    """Numbers of tokens (N, T), int32, each row's first, then -1 behind its last.

    Raises:
        InputError: naming the row and the remedy.
    """
    if x.dtype.kind not in "iu" or x.ndim != 2:
        raise InputError(
            f"x has shape {x.shape} and type {x.dtype}; with a vocabulary it holds numbers of"
            " tokens, integers (N, T)"
        )
    low, high = x.min(axis=1), x.max(axis=1)
    if len(wrong := np.flatnonzero((low < -1) | (high >= vocabulary))):
        row = wrong[0]
        found = high[row] if high[row] >= vocabulary else low[row]
        raise InputError(
            f"x[{row}] holds token {found}, but vocabulary: {vocabulary} allows 0..{vocabulary - 1}"
            " (and -1 behind the last); write as many as the tokenizer has"
        )
    there = x >= 0
    if not there[:, 0].all():
        raise InputError(f"x[{int(np.argmin(there[:, 0]))}] has no token; drop such rows")
    if (there[:, 1:] > there[:, :-1]).any():
        row = int(np.argmax((there[:, 1:] > there[:, :-1]).any(axis=1)))
        raise InputError(f"x[{row}] has a token behind -1; -1 stands behind the last one only")
    return np.ascontiguousarray(x, dtype=np.int32)
