"""Kernels: how alike two examples are for a learner in closed form.

Those of an infinitely wide network of ReLU units: its covariance at the start (NNGP; Cho and Saul
2009) and its tangent kernel (NTK; Jacot, Gabriel, Hongler 2018). Views of examples come centred and
with a mean square of 1, so that distances have a mean square of 2.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import torch
from jaxtyping import Float64
from torch import Tensor

from lit.coding.tiles import TILE, Tiles, padded

BIAS = 0.1  # variance of the biases, of weights whose inputs have a mean square of 1
Wide = tuple[Tensor, Tensor]  # a covariance and a tangent kernel


@dataclass(frozen=True)
class Pair:
    """What kernels of two sets of examples are made of, under one view.

    Attributes:
        product: (n, m) inner products of the examples.
        own, other: (n, 1) and (1, m) of each example with itself; of all sizes that fit.
        made: Kernels of infinitely wide networks by depth, as far as they are there.
    """

    product: Tensor
    own: Tensor
    other: Tensor
    made: dict[int, Wide] = field(default_factory=dict)

    @classmethod
    def of(cls, one: Float64[Tensor, "n D"], other: Float64[Tensor, "m D"]) -> "Pair":
        """Of two sets of examples under a view."""
        return cls(one @ other.T, _square(one)[:, None], _square(other)[None])

    def wide(self, depth: int) -> Wide:
        """Covariance and tangent kernel of an infinitely wide network, worked out once."""
        if depth not in self.made:
            self.made[depth] = _recursion(self.product, self.own, self.other, depth)
        return self.made[depth]


Of = Callable[[Pair], Tensor]


def linear(pair: Pair) -> Tensor:
    """A linear function with a bias."""
    return pair.product + BIAS


def nngp(depth: int) -> Of:
    """Covariance of an infinitely wide network of ``depth`` layers of ReLU units."""
    return lambda pair: pair.wide(depth)[0]


def ntk(depth: int) -> Of:
    """Its tangent kernel: training by gradient descent of all layers."""
    return lambda pair: pair.wide(depth)[1]


def rbf(width: float) -> Of:
    """Gaussian of the distance; ``width`` is the unit of its square, as a share of the mean
    square."""

    def of(pair: Pair) -> Tensor:
        square = pair.own + pair.other - 2 * pair.product
        return torch.exp(-square.clamp(min=0) / (2 * width))

    return of


def _recursion(
    product: Float64[Tensor, "*sizes"],
    own: Float64[Tensor, "*#sizes"],
    other: Float64[Tensor, "*#sizes"],
    depth: int,
) -> tuple[Float64[Tensor, "*sizes"], Float64[Tensor, "*sizes"]]:
    """Arc-cosine recursion over layers; a layer keeps an example's own covariance."""
    covariance = product + BIAS
    own, other = own + BIAS, other + BIAS
    tangent = covariance
    for _ in range(depth):
        size = own.sqrt() * other.sqrt()
        cosine = (covariance / size).clamp(-1, 1)
        angle = math.pi - torch.acos(cosine)
        slope = angle / math.pi
        covariance = size * (torch.sqrt(1 - cosine * cosine) + angle * cosine) / math.pi + BIAS
        own, other = own + BIAS, other + BIAS
        tangent = tangent * slope + covariance
    return covariance, tangent


@dataclass(frozen=True)
class Kernel:
    """A sum of kernels of views of an example.

    Attributes:
        parts: Each a view's name and its kernel.
    """

    parts: tuple[tuple[str, Of], ...]

    @property
    def views(self) -> set[str]:
        """Names of the views that it looks at."""
        return {view for view, _ in self.parts}

    def of(self, pairs: Mapping[str, Pair]) -> Tensor:
        """Of pairs by view."""
        return sum(of(pairs[view]) for view, of in self.parts)  # type: ignore[return-value]

    def matrix(
        self, one: dict[str, Float64[Tensor, "n D"]], other: dict[str, Float64[Tensor, "m D"]]
    ) -> Float64[Tensor, "n m"]:
        """(n, m) of examples by view."""
        return self.of({view: Pair.of(one[view], other[view]) for view in self.views})

    @property
    def linear(self) -> bool:
        """Whether it is the inner product of :meth:`columns`."""
        return all(of is linear for _, of in self.parts)

    def columns(self, views: dict[str, Float64[Tensor, "n D"]]) -> Float64[Tensor, "n W"]:
        """The views' columns, and one for their biases."""
        seen = [views[view] for view, _ in self.parts]
        bias = torch.full_like(seen[0][:, :1], math.sqrt(BIAS * len(seen)))
        return torch.cat([*seen, bias], dim=1)

    def products(self, views: dict[str, Float64[Tensor, "n D"]]) -> float:
        """Floating-point operations of one example's products with another."""
        return 2.0 * sum(views[view].shape[1] for view, _ in self.parts)

    def size(self, views: dict[str, Float64[Tensor, "n D"]]) -> Float64[Tensor, ""]:
        """Mean of the examples' kernels with themselves."""
        squares = {view: _square(views[view]) for view in self.views}
        return self.of({view: Pair(own, own, own) for view, own in squares.items()}).mean()


def lower(
    kernels: Sequence[Kernel], sizes: Sequence[Tensor], views: dict[str, Float64[Tensor, "n D"]]
) -> list[Tiles]:
    """Kernels of examples with themselves, each over its size, tile by tile: what they have in
    common is worked out once, and stays in the processor's cache.

    Returns:
        Of each kernel its matrix, see :mod:`lit.coding.tiles`.
    """
    whole = {name: padded(view) for name, view in views.items()}
    squares = {name: _square(view) for name, view in whole.items()}
    found: list[Tiles] = [[] for _ in kernels]
    for end in range(TILE, len(next(iter(whole.values()))) + 1, TILE):
        last = slice(end - TILE, end)
        products = {name: view[last] @ view[:end].T for name, view in whole.items()}
        rows = [size.new_empty(TILE, end) for size in sizes]
        for tile in (slice(at, at + TILE) for at in range(0, end, TILE)):
            pairs = {
                name: Pair(products[name][:, tile], square[last, None], square[None, tile])
                for name, square in squares.items()
            }
            for row, kernel, size in zip(rows, kernels, sizes, strict=True):
                torch.div(kernel.of(pairs), size, out=row[:, tile])
        for matrix, row in zip(found, rows, strict=True):
            matrix.append(row)
    return found


def _square(x: Float64[Tensor, "n D"]) -> Float64[Tensor, " n"]:
    return x.square().sum(1)
