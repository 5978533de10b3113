"""Kernels: how alike two examples are for a learner in closed form.

Those of an infinitely wide network of ReLU units: its covariance at the start (NNGP; Cho and Saul
2009) and its tangent kernel (NTK; Jacot, Gabriel, Hongler 2018). Views of examples come centred and
with a mean square of 1, so that distances have a mean square of 2.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float64
from torch import Tensor

ROWS = 256  # of a large kernel matrix at once
BIAS = 0.1  # variance of the biases, of weights whose inputs have a mean square of 1

# From inner products of examples, and of each with itself, sizes that fit: (n, m), (n, 1), (1, m).
Of = Callable[[Tensor, Tensor, Tensor], Tensor]


def linear(product: Tensor, own: Tensor, other: Tensor) -> Tensor:
    """A linear function with a bias."""
    return product + BIAS


def nngp(depth: int) -> Of:
    """Covariance of an infinitely wide network of ``depth`` layers of ReLU units."""
    return lambda product, own, other: _recursion(product, own, other, depth)[0]


def ntk(depth: int) -> Of:
    """Its tangent kernel: training by gradient descent of all layers."""
    return lambda product, own, other: _recursion(product, own, other, depth)[1]


def rbf(width: float) -> Of:
    """Gaussian of the distance; ``width`` is the unit of its square, as a share of the mean
    square."""

    def of(product: Tensor, own: Tensor, other: Tensor) -> Tensor:
        square = own + other - 2 * product
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

    def matrix(
        self, one: dict[str, Float64[Tensor, "n D"]], other: dict[str, Float64[Tensor, "m D"]]
    ) -> Float64[Tensor, "n m"]:
        """(n, m) of examples by view."""
        return sum(  # type: ignore[return-value]
            of(one[view] @ other[view].T, _square(one[view])[:, None], _square(other[view])[None])
            for view, of in self.parts
        )

    def lower(self, views: dict[str, Float64[Tensor, "n D"]]) -> Float64[Tensor, "n n"]:
        """The matrix of examples with themselves; above the diagonal it does not hold.

        Some rows at a time, so that what is worked out between takes little room.
        """
        n = len(next(iter(views.values())))
        found = next(iter(views.values())).new_zeros(n, n)
        for begin in range(0, n, ROWS):
            end = min(begin + ROWS, n)
            rows = {name: view[begin:end] for name, view in views.items()}
            found[begin:end, :end] = self.matrix(rows, {n: view[:end] for n, view in views.items()})
        return found

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
        squares = ((of, _square(views[view])) for view, of in self.parts)
        return sum(of(own, own, own).mean() for of, own in squares)  # type: ignore[return-value]


def _square(x: Float64[Tensor, "n D"]) -> Float64[Tensor, " n"]:
    return x.square().sum(1)
