"""Regression in closed form, each example predicted from all before it.

With a kernel matrix K of n examples, a ridge r and targets Y,

    K + r I = L L^T          L Z = Y          mean_i = Y_i - L_ii Z_i          sd_i = L_ii

are the mean and standard deviation of example i's target, given those before it alone: one Cholesky
factor is a prequential code with blocks of one example (Rasmussen and Williams 2006, section 2.2).
Which targets a prediction may look at is thus a matter of arithmetic; it never looks at its own.
"""

import itertools
from collections.abc import Callable, Sequence

import torch
from jaxtyping import Float64
from torch import Tensor

from lit.coding.tiles import TILE, Factor, Tiles, padded, products

Predictions = tuple[Float64[Tensor, "m Q"], Float64[Tensor, " m"]]  # means, standard deviations
FLOPS_CHOLESKY = 1 / 3  # times n^3


class OneStepAhead:
    """Predictions from the examples before, by one Cholesky factor.

    Args:
        matrix: Of the kernel, see :mod:`lit.coding.tiles`.
        ridge: Added to its diagonal.
        targets: (n, Q); those after the last predicted example may still be unknown.
    """

    def __init__(self, matrix: Tiles, ridge: float, targets: Tensor):
        self.factor = Factor(matrix, ridge).rows
        self.targets = targets
        self.solved = targets.new_empty(len(matrix) * TILE, targets.shape[1])
        self.known = 0  # tiles whose targets were known when they were solved
        self.flops = FLOPS_CHOLESKY * len(targets) ** 3

    def predict(self, begin: int, end: int) -> Predictions:
        """Means (m, Q) and standard deviations (m,) of the targets begin..end, each from those
        before it.

        The targets up to begin have to be known, and of those within, all before the last.
        """
        first, known = min(self.known, begin // TILE), begin // TILE
        parts = [self._tile(i) for i in range(first, -(-end // TILE))]
        self.known = max(self.known, known)
        cut = slice(begin - first * TILE, end - first * TILE)
        # Copies, as views would keep more in memory than is asked for.
        means, deviations = (torch.cat(each)[cut].clone() for each in zip(*parts, strict=True))
        return means, deviations

    def _tile(self, i: int) -> Predictions:
        """Those of a whole tile, of which the later targets may be unknown."""
        at, row = i * TILE, self.factor[i]
        ahead, own = row[:, :at] @ self.solved[:at], row[:, at:]
        targets = padded(self.targets[at : at + TILE])
        solved = torch.linalg.solve_triangular(own, targets - ahead, upper=False)
        self.solved[at : at + TILE] = solved
        return ahead + own.tril(-1) @ solved, own.diagonal()


class Recursive:
    """The same for long streams, in a space of D features: chunk by chunk, exact within a chunk.

    With features F the kernel is F F^T. What earlier chunks say is a Gaussian of the weights, from
    which a chunk's own kernel matrix and means follow; time is linear in the examples.

    Args:
        features: Gives the features (m, D) of examples begin..end.
        ridges: One sequence of predictions each.
        targets: (k, Q), as for :class:`OneStepAhead`.
        chunk: Examples in a chunk.
    """

    def __init__(
        self,
        features: Callable[[int, int], Float64[Tensor, "m D"]],
        ridges: Sequence[float],
        targets: Float64[Tensor, "k Q"],
        chunk: int,
    ):
        self.features, self.ridges, self.targets, self.chunk = features, ridges, targets, chunk
        self.gram: Tiles | None = None
        self.moment: Tensor | None = None
        self.begin, self.end, self.flops = 0, 0, 0.0
        self.latest: Tensor | None = None
        self.within: list[OneStepAhead] = []
        self.means: list[Tensor] = []

    def go_on(self, targets: Float64[Tensor, "k Q"]) -> int:
        """Take longer targets, and go on from where the predictions begin anew, which is returned.

        That is the end of the last whole chunk, so that one chunk's predictions are the same
        whichever targets were there before.
        """
        self.targets = targets  # whose last label before was perhaps not known
        self._take_in()
        return self.end

    def predict(self, begin: int, end: int) -> list[Predictions]:
        """Predictions of the targets begin..end by ridge, see :meth:`OneStepAhead.predict`."""
        cuts = chunks(begin, end, self.chunk)
        parts = [self._within(*pair) for pair in cuts]
        return [
            (torch.cat([mean for mean, _ in each]), torch.cat([sd for _, sd in each]))
            for each in zip(*parts, strict=True)
        ]

    def _within(self, begin: int, end: int) -> list[Predictions]:
        """The same of one chunk."""
        if begin >= self.end:
            while begin >= self.end:
                self._advance()
            self._solve()
        a, b = begin - self.begin, end - self.begin
        found = []
        for mean, own in zip(self.means, self.within, strict=True):
            own.targets = self.targets[self.begin : self.end] - mean
            rest, sd = own.predict(a, b)
            found.append((mean[a:b] + rest, sd))
        return found

    def _advance(self) -> None:
        """Take in the chunk that is done, and go on to the next."""
        self._take_in()
        self.begin, self.end = self.end, min(self.end + self.chunk, len(self.targets))
        self.latest = self.features(self.begin, self.end)

    def _take_in(self) -> None:
        """What a chunk says, if it is whole; one that the targets' end cut short begins anew."""
        if self.latest is None:
            return
        if len(self.latest) == self.chunk:
            known = self.targets[self.begin : self.end]
            own = products(self.latest.T)
            before = self.gram
            self.gram = own if before is None else [a + b for a, b in zip(own, before, strict=True)]
            self.moment = self.latest.T @ known + (0 if self.moment is None else self.moment)
            self.flops += self.latest.shape[1] ** 2 * self.chunk
        else:
            self.end = self.begin
        self.latest, self.within, self.means = None, [], []

    def _solve(self) -> None:
        """What the labels before a chunk say of its targets: means, and kernels of the rest."""
        assert self.latest is not None  # as a chunk was gone on to
        m, width = self.latest.shape
        self.means, self.within = [], []
        # Nothing comes before the first chunk.
        mean = torch.zeros_like(self.targets[:m])
        kernel = products(padded(self.latest)) if self.gram is None else []
        for ridge in self.ridges:
            if self.gram is not None:
                factor = Factor(self.gram, ridge)
                assert self.moment is not None  # as it is set with gram
                half = factor.solve(self.latest.T)
                mean = half.T @ factor.solve(self.moment)
                kernel = [ridge * row for row in products(padded(half.T))]
                self.flops += FLOPS_CHOLESKY * width**3 + width**2 * m
            self.means.append(mean)
            self.within.append(OneStepAhead(kernel, ridge, self.targets[self.begin : self.end]))
            self.flops += self.within[-1].flops + m**2 * width


def chunks(begin: int, end: int, size: int) -> list[tuple[int, int]]:
    """Parts of begin..end that each lie in one chunk."""
    inner = range((begin // size + 1) * size, end, size)
    return list(itertools.pairwise([begin, *inner, end]))
