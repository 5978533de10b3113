"""Symmetric matrices in tiles, and their Cholesky factors.

A matrix (n, n) is a list of tensors, of which the i-th holds a tile of rows up to the diagonal:
(TILE, (i + 1) TILE). What lies above the diagonal within its last tile is not looked at. The last
tile is filled up with rows of zeros, so that every step has the same shape whatever n is: the
factor of the first rows has the same bytes however many rows follow them, and whatever they are.
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
    rows = F.pad(matrix, (0, missing, 0, missing)).split(TILE)
    return [row[:, : (i + 1) * TILE] for i, row in enumerate(rows)]


def factor(matrix: Tiles, ridge: float) -> Tiles:
    """Cholesky factor, in tiles, of a matrix with a ridge.

    Row by row: most of it are products of whole tiles, which is what processors are fastest at.
    A row's ridge is larger by what is above rounding, which no later row changes.

    Raises:
        InputError: as :func:`cholesky`.
    """
    found: list[Tensor] = []
    inverse: list[Tensor] = []  # of the tiles on the diagonal
    for i, given in enumerate(matrix):
        row, at = given.clone(), i * TILE
        for j in range(i):
            before, here = row[:, : j * TILE], row[:, j * TILE : (j + 1) * TILE]
            here.addmm_(before, found[j][:, : j * TILE].T, alpha=-1)
            here.copy_(here @ inverse[j].T)
        own = row[:, at:]
        size = own.diagonal() + ridge
        own.diagonal().copy_(size * (1 + ROUNDING))
        own.addmm_(row[:, :at], row[:, :at].T, alpha=-1)
        own.copy_(_of_tile(own, size))
        if i + 1 < len(matrix):
            one = torch.eye(TILE, dtype=own.dtype, device=own.device)
            inverse.append(torch.linalg.solve_triangular(own, one, upper=False))
        found.append(row)
    return found


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


def cholesky(matrix: Float64[Tensor, "n n"], ridge: float) -> Float64[Tensor, "n n"]:
    """Factor of a matrix with a ridge; where rounding is above the ridge, with a larger one.

    Raises:
        InputError: a matrix with NaN or infinity, of inputs too large to be squared.
    """
    matrix = matrix.clone()
    matrix.diagonal().add_(ridge)
    more = torch.finfo(matrix.dtype).eps * len(matrix) * matrix.trace()
    while True:
        factor, failed = torch.linalg.cholesky_ex(matrix)
        if not failed and factor.diagonal().isfinite().all():
            return factor
        if not more.isfinite():
            raise InputError(TOO_LARGE)
        matrix.diagonal().add_(more)
        more = 10 * more
