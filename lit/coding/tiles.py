"""Symmetric matrices in tiles, and their Cholesky factors.

A matrix (n, n) is a list of tensors, of which the i-th holds a tile of rows up to the diagonal:
(TILE, (i + 1) TILE). What lies above the diagonal within its last tile is not looked at. Where rows
are of a stream, the last tile is filled up with rows of zeros, so that every step has the same
shape whatever n is: the factor of the first rows has the same bytes however many rows follow them,
and whatever they are.
"""

import torch
from jaxtyping import Float64
from torch import Tensor
from torch.nn import functional as F

from lit.errors import InputError

ROUNDING = 1e-11  # share of a row's own size, above what rounding leaves of thousands of rows
TILE = 120  # of 64 to 144 the fastest on average, of 400 to 4,096 rows
TOO_LARGE = (
    "learner readout: products of inputs, or of what the network makes of them, are NaN or"
    " infinite; write scale: standard, or divide x"
)
Tiles = list[Tensor]  # float64, (TILE, TILE), (TILE, 2 TILE), ...


def padded(x: Float64[Tensor, "n D"]) -> Float64[Tensor, "m D"]:
    """With rows of zeros behind, up to a whole tile."""
    return F.pad(x, (0, 0, 0, -len(x) % TILE))


def tiled(matrix: Float64[Tensor, "n n"]) -> Tiles:
    """A symmetric matrix in tiles."""
    missing = -len(matrix) % TILE
    return fixed(F.pad(matrix, (0, missing, 0, missing)))


def fixed(matrix: Float64[Tensor, "n n"]) -> Tiles:
    """One whose size never changes: its last tile is not filled up."""
    return [row[:, : (i + 1) * TILE] for i, row in enumerate(matrix.split(TILE))]


def products(x: Float64[Tensor, "n D"]) -> Tiles:
    """Inner products of rows with each other, of which a stream's have to be :func:`padded`."""
    return [part @ x[: (i + 1) * TILE].T for i, part in enumerate(x.split(TILE))]


class Factor:
    """Cholesky factor of a matrix with a ridge.

    Row by row: most of it are products of whole tiles, which is what processors are fastest at.
    A row's ridge is larger by what is above rounding, which no later row changes.

    Attributes:
        rows: In tiles.
        inverse: Of each tile on the diagonal.
    """

    def __init__(self, matrix: Tiles, ridge: float):
        """Factor it.

        Raises:
            InputError: a matrix with NaN or infinity, of inputs too large to be squared.
        """
        self.rows: Tiles = []
        self.inverse: list[Tensor] = []
        for i, given in enumerate(matrix):
            row, at = given.clone(), i * TILE
            for j in range(i):
                before, here = row[:, : j * TILE], row[:, j * TILE : (j + 1) * TILE]
                here.addmm_(before, self.rows[j][:, : j * TILE].T, alpha=-1)
                here.copy_(here @ self.inverse[j].T)
            own = row[:, at:]
            size = own.diagonal() + ridge
            own.diagonal().copy_(size * (1 + ROUNDING))
            own.addmm_(row[:, :at], row[:, :at].T, alpha=-1)
            own.copy_(_of_tile(own, size))
            one = torch.eye(len(own), dtype=own.dtype, device=own.device)
            self.inverse.append(torch.linalg.solve_triangular(own, one, upper=False))
            self.rows.append(row)

    def solve(self, right: Float64[Tensor, "n m"]) -> Float64[Tensor, "n m"]:
        """What the factor times it is the right side."""
        found = right.new_zeros(sum(map(len, self.rows)), right.shape[1])
        found[: len(right)] = right
        for i, (row, inverse) in enumerate(zip(self.rows, self.inverse, strict=True)):
            before, here = found[: i * TILE], found[i * TILE : (i + 1) * TILE]
            here.addmm_(row[:, : i * TILE], before, alpha=-1)
            here.copy_(inverse @ here)
        return found[: len(right)]


def _of_tile(own: Float64[Tensor, "t t"], size: Float64[Tensor, " t"]) -> Float64[Tensor, "t t"]:
    """Factor of what rows before leave of a tile, whose diagonal was of this size."""
    own, more = own.clone(), ROUNDING * size.clamp(min=ROUNDING)
    while own.tril().isfinite().all():
        factor, failed = torch.linalg.cholesky_ex(own)
        if not failed:
            return factor
        row = int(failed) - 1  # the first one of which rounding has left nothing
        own[row, row] += more[row]
        more[row] *= 10
    raise InputError(TOO_LARGE)
