"""Features of images that need no labels: how like each part of an image is to common patches.

Coates, Lee, Ng 2011: patches drawn from the images themselves, normalised and whitened, serve as
filters; their responses are rectified on both sides of a threshold and averaged over a grid.
"""

import torch
from jaxtyping import Float, Float32, Shaped
from torch import Tensor
from torch.nn import functional as F

from lit.rng import generator

COUNT = 200  # filters
DRAWN = 20_000  # patches that the whitening is worked out from
CONTRAST = 0.01  # added to a patch's variance: flat ones are not blown up
WHITENING = 0.1  # added to the variances of directions
THRESHOLD = 0.25
FLAT = 4e-4  # variance up to which a patch is no filter
AT_ONCE = 4  # images, whose responses fit a processor's cache
GRID = 3  # parts of an image in either direction
SMALL, SIDE_SMALL, SIDE = 16, 3, 6  # images below SMALL pixels have smaller patches
SMALLEST = 2 * SIDE_SMALL  # pixels, of an image that patches can be drawn from


class Patches:
    """Filters from a data set's images, and the features of images under them.

    Settings depend on the images' size alone.

    Args:
        x: (N, channels, H, W) images, uint8 or of numbers.
    """

    def __init__(self, x: Shaped[Tensor, "N c h w"]):
        self.side = SIDE_SMALL if min(x.shape[-2:]) < SMALL else SIDE
        drawn = self._draw(x)
        varied = drawn[drawn.var(1) > FLAT]
        patches = _normalised(varied if len(varied) > 1 else drawn)
        mean = patches.mean(0)
        variances, axes = torch.linalg.eigh(torch.cov(patches.T))
        whiten = axes @ torch.diag((variances.clamp(min=0) + WHITENING).rsqrt()) @ axes.T
        chosen = (patches[:COUNT] - mean) @ whiten
        filters = whiten @ (chosen / chosen.norm(dim=1, keepdim=True).clamp(min=1e-12)).T
        offset = -(mean @ filters)
        both = torch.cat([filters, -filters], dim=1)
        threshold = torch.cat([offset, -offset]) - THRESHOLD
        self.filters = torch.cat([both, threshold[None]]).float()
        self.pooling = _pooling(x.shape[-2] - self.side + 1, x.shape[-1] - self.side + 1)
        # Floating-point operations of one image: its responses, and their averages.
        self.flops = 2.0 * self.pooling.shape[1] * self.filters.shape[1]
        self.flops *= len(self.filters) + len(self.pooling)

    def _draw(self, x: Tensor) -> Tensor:
        draw = generator("patches", 0)
        count, _, height, width = x.shape
        at = draw.integers(0, count, DRAWN)
        rows = draw.integers(0, height - self.side + 1, DRAWN)
        columns = draw.integers(0, width - self.side + 1, DRAWN)
        # Places of each patch's pixels in its image, row by row.
        down, across = (
            torch.from_numpy(start)[:, None] + torch.arange(self.side) for start in (rows, columns)
        )
        seen = x[torch.from_numpy(at)[:, None, None], :, down[:, :, None], across[:, None]]
        patches = seen.permute(0, 3, 1, 2).flatten(1).double()
        return patches / 255 if x.dtype == torch.uint8 else patches

    def __call__(self, x: Float32[Tensor, "m c h w"]) -> Float32[Tensor, "m D"]:
        """Features (m, 2 COUNT GRID^2)."""
        patches = F.unfold(x, self.side).transpose(1, 2)
        patches = _normalised(patches)
        patches = torch.cat([patches, torch.ones_like(patches[..., :1])], dim=2)
        pooling = self.pooling.to(x.device)
        parts = [
            pooling @ (part @ self.filters.to(x.device)).clamp_(min=0)
            for part in patches.split(AT_ONCE)
        ]
        return torch.cat(parts).flatten(1)


def _pooling(height: int, width: int) -> Float32[Tensor, "g p"]:
    """Averages over the parts of a grid, of places that lie row by row."""
    places = torch.eye(height * width).view(-1, 1, height, width)
    return F.adaptive_avg_pool2d(places, GRID).flatten(1).T.contiguous()


def fits(shape: tuple[int, ...]) -> bool:
    """Whether examples of a shape are images that patches can be drawn from."""
    return len(shape) == 3 and min(shape[1:]) >= SMALLEST


def _normalised(patches: Float[Tensor, "... p"]) -> Float[Tensor, "... p"]:
    """Without a patch's brightness and contrast."""
    patches = patches - patches.mean(-1, keepdim=True)
    return patches * (patches.square().mean(-1, keepdim=True) + CONTRAST).rsqrt()
