"""Images as Pillow decodes them, to arrays of one size."""

import numpy as np


def square(image, size: int) -> np.ndarray:
    """(size, size, 3) uint8 of a Pillow image, resized (bilinear, the whole image)."""
    from PIL import Image

    return np.asarray(image.convert("RGB").resize((size, size), Image.Resampling.BILINEAR))
