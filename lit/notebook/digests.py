"""Digests of what a notebook brings: networks, labels, and inputs that may be one example twice."""

import hashlib
import re
from collections.abc import Mapping
from typing import Any

import numpy as np
from torch import nn

from lit.data.dataset import Dataset
from lit.data.inputs import scale
from lit.data.overlap import row_hashes
from lit.networks.small import Vision

SKETCH = 256  # numbers of an example, evenly spaced, that tell it when its scale is left out
MIN_SKETCH = 16  # with fewer, examples that differ look alike
SKETCH_STEP = 0.01  # of a standard deviation of these numbers


def network_digest(net: nn.Module) -> str:
    """Digest of an architecture: modules with their options, shapes of its state, preprocessing."""
    text = re.sub("0x[0-9a-f]+", "", str(net))  # addresses, where a module shows any
    taken = [net.size, net.reverse, net.mean, net.std] if isinstance(net, Vision) else []
    return digest(f"{text} {shapes(net.state_dict())} {taken}".encode())


def data_digests(data: Dataset, hashes: np.ndarray) -> dict[str, str]:
    """Shape and digest of inputs as the network sees them (:func:`input_hashes`), and of labels."""
    x, y = digest(np.ascontiguousarray(hashes[:, 0])), digest(data.y)
    return {"x": f"{data.x.shape} digest {x}", "y": f"{data.y.shape} digest {y}"}


def input_hashes(x: np.ndarray, data: Dataset) -> np.ndarray:
    """(N, 3) int64 hashes of each example's inputs: as the network sees them, as given, scaleless.

    Each finds equal inputs that the others miss: of another type, scaled by statistics of another
    data set, and rescaled by hand.
    """
    seen = _hashes(data.x)
    same = x.dtype == data.x.dtype == np.float32 and np.array_equal(x, data.x)
    given = seen if same else _hashes(x, np.float32)
    return np.stack([seen, given, _scaleless_hashes(x, seen)], axis=1)


def _scaleless_hashes(x: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """(N,) row hashes that one offset and one positive factor for all of x do not change.

    They are those of ``seen`` where a row has too few numbers, or none that differ.
    """
    flat = x.reshape(len(x), -1)
    places = np.unique(np.linspace(0, max(flat.shape[1] - 1, 0), SKETCH).astype(int))
    if len(places) < MIN_SKETCH:
        return seen
    hashes = seen.copy()
    for row, numbers in enumerate(flat):
        values = numbers[places].astype(np.float64)
        values -= values.mean()
        spread = values.std()
        if np.isfinite(spread) and spread > 0:
            # so coarse that float32 rounds to the same whole step whatever the scale was
            steps = np.rint(values / spread / SKETCH_STEP).astype(np.int16)
            hashes[row] = row_hashes(steps[None])[0]
    return hashes


def _hashes(x: np.ndarray, dtype: type | None = None) -> np.ndarray:
    """(N,) row hashes of x, scaled as a network sees it or, with a type, not; -0 counts as 0."""
    rows = (scale(row) if dtype is None else row.astype(dtype) for row in x)
    return np.array([row_hashes(row[None] + np.float32(0))[0] for row in rows], np.int64)


def digest(*parts: Any) -> str:
    """Digest of bytes, as text."""
    found = hashlib.blake2b(digest_size=8)
    for part in parts:
        found.update(part)
    return found.hexdigest()


def shapes(tensors: Mapping[str, Any], skip: int = 0) -> dict[str, tuple[int, ...]]:
    """Shapes of arrays by name, their first ``skip`` sizes left out."""
    return {name: tuple(value.shape[skip:]) for name, value in tensors.items()}
