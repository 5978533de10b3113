"""Features of texts that need no labels: which runs of tokens they hold, rare ones counting more.

Counts of runs are hashed into a fixed number of columns with signs (Weinberger et al. 2009),
damped, weighted by inverse document frequency, and scaled to length 1 (Salton and Buckley 1988).
"""

import torch
from jaxtyping import Float32, Int, Int64
from torch import Tensor

from lit.rng import generator

COLUMNS = 8192
FEW = 1024  # tokens up to which a vocabulary is one of bytes or letters
LONGEST, LONGEST_OF_FEW = 2, 5  # runs
SAMPLE = 8192  # texts that rarity is known from
AT_ONCE = 256
ODD = 0x9E3779B97F4A7C1 * 2 + 1  # spreads what is hashed over all bits
SHIFT = 40  # bits that are left out of a hash, the least mixed ones


class Ngrams:
    """Weights of runs from a data set's texts, and the features of texts under them.

    Args:
        x: (N, T) tokens, -1 behind the last.
    """

    def __init__(self, x: Int[Tensor, "N T"]):
        self.longest = LONGEST_OF_FEW if x.max() < FEW else LONGEST
        chosen = torch.from_numpy(generator("ngrams", 0).permutation(len(x))[:SAMPLE])
        seen = torch.zeros(COLUMNS)
        for part in x[chosen.to(x.device)].split(AT_ONCE):
            seen += (self._counts(part) != 0).sum(0).cpu()
        self.weights = ((1 + len(chosen)) / (1 + seen)).log() + 1

    def __call__(self, x: Int[Tensor, "m T"]) -> Float32[Tensor, "m D"]:
        """Features (m, COLUMNS)."""
        counts = self._counts(x)
        damped = counts.sign() * counts.abs().log1p() * self.weights.to(x.device)
        return damped / damped.norm(dim=1, keepdim=True).clamp(min=1e-12)

    def _counts(self, x: Int[Tensor, "m T"]) -> Float32[Tensor, "m D"]:
        """How often runs of each column occur, some counted with a minus."""
        found = torch.zeros(len(x), COLUMNS, device=x.device)
        hashed = torch.zeros_like(x, dtype=torch.int64)
        for length in range(1, min(self.longest, x.shape[1]) + 1):
            # A run that ends at a token is one token longer than the run before it.
            hashed[:, 1:] = hashed[:, :-1].clone()
            hashed[:, : length - 1] = 0
            hashed = (hashed + x.long() + 2) * ODD
            ends = hashed[:, length - 1 :]
            there = x[:, length - 1 :] >= 0
            sign = 1 - 2 * (ends >> SHIFT - 1 & 1).float()
            found.scatter_add_(1, _column(ends), sign * there)
        return found


def _column(hashed: Int64[Tensor, "m r"]) -> Int64[Tensor, "m r"]:
    return (hashed >> SHIFT) % COLUMNS
