"""Matrices in tiles: their factors are those of the whole, whatever follows."""

import pytest
import torch

from lit.coding.tiles import ROUNDING, TILE, Factor, fixed, padded, products, tiled
from lit.errors import InputError


@pytest.fixture
def matrix(rng):
    x = torch.from_numpy(rng.normal(size=(3 * TILE + 5, 40)))
    return x @ x.T


def factored(matrix, ridge):
    return Factor(matrix, ridge).rows


def whole(rows):
    """(m, m) of what is up to the diagonal."""
    wide = [torch.nn.functional.pad(row, (0, len(rows) * TILE - row.shape[1])) for row in rows]
    return torch.cat(wide).tril()


@pytest.mark.parametrize("tiles", [tiled, fixed])
@pytest.mark.parametrize("n", [1, TILE - 1, TILE, TILE + 1, 3 * TILE + 5])
def test_the_factor_is_that_of_the_whole_matrix(matrix, n, tiles):
    found = whole(factored(tiles(matrix[:n, :n]), 0.1))[:n, :n]
    wanted = matrix[:n, :n] + 0.1 * torch.eye(n, dtype=torch.float64)
    wanted = torch.linalg.cholesky(wanted + ROUNDING * wanted.diagonal().diag())
    assert torch.allclose(found, wanted, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("n", [1, 7, TILE - 1, TILE, TILE + 1, 2 * TILE + 3, 3 * TILE])
def test_its_first_rows_have_the_same_bytes_whatever_follows(matrix, n):
    every, few = whole(factored(tiled(matrix), 0.1)), whole(factored(tiled(matrix[:n, :n]), 0.1))
    assert torch.equal(every[:n, :n], few[:n, :n])


def test_what_lies_above_the_diagonal_is_not_looked_at(matrix):
    changed = matrix + torch.full_like(matrix, 5.0).triu(1)
    one, other = (whole(factored(tiled(each), 0.1)) for each in (matrix, changed))
    assert torch.equal(one, other)


def test_products_are_those_of_the_whole(rng):
    x = torch.from_numpy(rng.normal(size=(TILE + 5, 40)))
    for rows, tiles in ((x, fixed), (padded(x), tiled)):
        for one, other in zip(products(rows), tiles(x @ x.T), strict=True):
            assert torch.allclose(one, other, rtol=1e-12, atol=1e-12)


def test_rows_are_filled_up_with_zeros(matrix):
    assert padded(matrix[:TILE]).shape == (TILE, len(matrix))
    assert padded(matrix[: TILE + 1])[TILE + 1 :].abs().max() == 0


def test_where_rounding_is_above_the_ridge_it_is_made_larger(matrix):
    """Of rank 40: what is left of later rows is rounding."""
    found = whole(factored(tiled(1e9 * matrix), 1e-12))
    assert found.isfinite().all()
    n = len(matrix)
    assert torch.allclose((found @ found.T)[:n, :n], 1e9 * matrix, rtol=1e-6, atol=1e3)


@pytest.mark.parametrize("ridge", [0.0, 1e-12, 0.01])
@pytest.mark.parametrize("places", [(60, 80), (10, TILE + 4), (TILE + 4, 3 * TILE)])
def test_rows_far_off_and_alike_change_nothing_before_the_second(rng, places, ridge):
    """Of what the first leaves of the second, rounding may be negative."""
    x = torch.from_numpy(rng.normal(size=(3 * TILE + 5, 400)))
    plain = whole(factored(tiled(x @ x.T), ridge))
    first, second = places
    x[first] *= 1e9
    x[second] = 1.3 * x[first]
    found, n = factored(tiled(x @ x.T), ridge), first
    assert torch.equal(whole(found)[:n, :n], plain[:n, :n])
    few = whole(factored(tiled((x @ x.T)[: second + 1, : second + 1]), ridge))
    assert torch.equal(whole(found)[: second + 1, : second + 1], few[: second + 1, : second + 1])
    assert all(row.isfinite().all() for row in found)


@pytest.mark.parametrize("wrong", [torch.inf, torch.nan])
def test_rows_that_are_not_finite_are_refused(matrix, wrong):
    matrix[TILE + 3, 5] = wrong
    with pytest.raises(InputError, match="NaN or infinite"):
        factored(tiled(matrix), 0.1)


@pytest.mark.parametrize("tiles", [tiled, fixed])
@pytest.mark.parametrize("n", [1, TILE, 3 * TILE + 5])
def test_solving_is_dividing_by_the_factor(matrix, rng, n, tiles):
    found = Factor(tiles(matrix[:n, :n]), 0.1)
    right = torch.from_numpy(rng.normal(size=(n, 7)))
    solved = found.solve(right)
    assert torch.allclose(whole(found.rows)[:n, :n] @ solved, right, atol=1e-9)
    assert len(solved) == n
