"""Inputs as networks get them."""

import numpy as np


def scale(x: np.ndarray) -> np.ndarray:
    """x as float32: uint8 divided by 255, float32 as given."""
    return x.astype(np.float32) / np.float32(255) if x.dtype == np.uint8 else x
