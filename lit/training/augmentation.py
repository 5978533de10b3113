"""Variation of training images: moved by some pixels, and mirrored."""

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float32, Int64, Shaped
from torch import Tensor
from torch.nn import functional as F

from lit.rng import generator

Images = Float32[Tensor, "J B C H W"]
Draws = Int64[Tensor, "J B"]


def augment(
    x: Shaped[Tensor, "J B ..."],
    shift: int,
    mirror: bool,
    keys: Sequence[tuple[int, ...]],
    step: int,
) -> Shaped[Tensor, "J B ..."]:
    """Inputs of a step, each moved by up to ``shift`` pixels each way, and mirrored half the time.

    ``keys`` of each model, and the ``step``, decide what is drawn.
    """
    if not shift and not mirror:
        return x
    ends = np.array([[2 * shift + 1], [2 * shift + 1], [2 if mirror else 1]])
    drawn = [generator("augment", *key, step).integers(0, ends, (3, x.shape[1])) for key in keys]
    return move(x, shift, *torch.from_numpy(np.stack(drawn, axis=1)).to(x.device))


def move(x: Images, shift: int, rows: Draws, columns: Draws, mirror: Draws) -> Images:
    """Images, mirrored where ``mirror`` is 1 and moved; what comes in at the edges is zero.

    ``rows`` and ``columns`` are 0..2 shift; ``shift`` leaves an image where it is.
    """
    if mirror.any():
        x = torch.where(mirror.bool()[:, :, None, None, None], x.flip(-1), x)
    if not shift:
        return x
    padded = F.pad(x.flatten(0, 1), (shift,) * 4)
    # (JB, C, 2 shift + 1, 2 shift + 1, H, W)
    windows = padded.unfold(2, x.shape[-2], 1).unfold(3, x.shape[-1], 1)
    each = torch.arange(len(padded), device=x.device)
    return windows[each, :, rows.flatten(), columns.flatten()].view(x.shape)
