"""Random numbers that define an experiment: always on the CPU, always from named keys.

Every draw is a function of (purpose, keys) alone, so that a result does not depend on
what else was drawn before it, on the device, or on which seeds share a job.
"""

import zlib

import numpy as np


def generator(purpose: str, *keys: int) -> np.random.Generator:
    """NumPy generator for one purpose (such as ``"order"``) and keys (such as seed and block)."""
    return np.random.default_rng(_sequence(purpose, *keys))


def torch_seed(purpose: str, *keys: int) -> int:
    """Integer seed for torch's own generators, from the same (purpose, keys)."""
    return int(_sequence(purpose, *keys).generate_state(1, np.uint64)[0] >> 1)


def _sequence(purpose: str, *keys: int) -> np.random.SeedSequence:
    return np.random.SeedSequence([zlib.crc32(purpose.encode()), *keys])
