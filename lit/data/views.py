"""Views: a data set with part of its inputs taken away, to see where its information is.

centre, border   the square in the middle that holds half of the pixels, and the rest around it;
                 elsewhere zeros
low, high        frequencies up to 1/8 cycles a pixel, and the rest; the two add up to the image
grey, colour     the luminance (ITU-R BT.601), and what each channel has besides; the two add up to
                 the image
permuted         the same values in other places: one permutation of the pixels for all examples,
                 the one called ``draw``
rotated          the image turned by ``angle`` degrees counterclockwise (bilinear); what comes in at
                 the corners is zero
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from PIL import Image

from lit.data.inputs import scale
from lit.errors import InputError
from lit.rng import generator

CUTOFF = 1 / 8  # cycles a pixel
CHUNK = 2048  # examples at once


def make_view(x: np.ndarray, spec: Mapping[str, Any], where: str) -> np.ndarray:
    """Inputs of a view.

    Args:
        x: (N, ...) inputs; images (N, C, H, W), but for ``permuted``.
        spec: ``keep``, one of the above, with its ``draw`` or ``angle``, and ``size``, pixels that
            images are then resized to; at least one of them.
        where: How errors name the view.

    Returns:
        (N, ...) uint8 where x is and pixels keep their meaning; else float32, uint8 scaled to 0..1
        first.

    Raises:
        InputError: what only images have is asked of something else.
    """
    keep = spec.get("keep")
    size = spec.get("size")
    if x.ndim != 4 and (size or keep != "permuted"):
        raise InputError(
            f"{where}: needs images (N, channels, H, W), but x has shape {x.shape};"
            " only keep: permuted does not"
        )
    if keep in ("grey", "colour") and x.shape[1] != 3:
        raise InputError(f"{where}: keep: {keep} needs three channels, but x has {x.shape[1]}")
    if keep:
        x = _in_chunks(lambda part: VIEWS[keep](part, spec), x)
    if size:
        x = _in_chunks(lambda part: _resized(part, size), x)
    return x


def _in_chunks(change: Callable[[np.ndarray], np.ndarray], x: np.ndarray) -> np.ndarray:
    return np.concatenate([change(x[begin : begin + CHUNK]) for begin in range(0, len(x), CHUNK)])


def _middle(x: np.ndarray) -> np.ndarray:
    """(H, W) whether a pixel is in the square that holds half of them."""
    height, width = x.shape[-2:]
    top, left = ((length - round(length / 2**0.5)) // 2 for length in (height, width))
    inside = np.zeros((height, width), dtype=bool)
    inside[top : height - top, left : width - left] = True
    return inside


def _low(x: np.ndarray) -> np.ndarray:
    rows, columns = (np.fft.fftfreq(length) for length in x.shape[-2:])
    kept = np.hypot(rows[:, None], columns[None, :]) <= CUTOFF
    return np.fft.ifft2(np.fft.fft2(scale(x)) * kept).real.astype(np.float32)


def _luminance(x: np.ndarray) -> np.ndarray:
    """(N, 1, H, W) float32 in 0..1."""
    weights = np.array([0.299, 0.587, 0.114], dtype=np.float32)
    return np.einsum("c,nchw->nhw", weights, scale(x))[:, None]


def _grey(x: np.ndarray) -> np.ndarray:
    grey = _luminance(x)
    return np.round(grey * 255).astype(np.uint8) if x.dtype == np.uint8 else grey


def _permuted(x: np.ndarray, draw: int) -> np.ndarray:
    """Channels of a pixel stay together."""
    channels = x.shape[1] if x.ndim == 4 else 1
    flat = x.reshape(len(x), channels, -1)
    rng = generator("view", *([draw] if draw else []))
    return flat[:, :, rng.permutation(flat.shape[2])].reshape(x.shape)


def _rotated(x: np.ndarray, angle: float) -> np.ndarray:
    return _each_channel(x, lambda image: image.rotate(angle, Image.Resampling.BILINEAR))


def _resized(x: np.ndarray, size: int) -> np.ndarray:
    return _each_channel(x, lambda image: image.resize((size, size), Image.Resampling.BILINEAR))


def _each_channel(x: np.ndarray, change: Callable[[Any], Any]) -> np.ndarray:
    """A change of Pillow's, which takes images of one channel."""
    return np.stack(
        [[np.asarray(change(Image.fromarray(channel))) for channel in image] for image in x]
    )


VIEWS: dict[str, Callable[[np.ndarray, Mapping[str, Any]], np.ndarray]] = {
    "centre": lambda x, _: x * _middle(x).astype(x.dtype),
    "border": lambda x, _: x * (~_middle(x)).astype(x.dtype),
    "low": lambda x, _: _low(x),
    "high": lambda x, _: scale(x) - _low(x),
    "grey": lambda x, _: _grey(x),
    "colour": lambda x, _: scale(x) - _luminance(x),
    "permuted": lambda x, spec: _permuted(x, spec.get("draw", 0)),
    "rotated": lambda x, spec: _rotated(x, spec["angle"]),
}
