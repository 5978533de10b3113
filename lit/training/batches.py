"""Minibatches: passes over a model's training examples, each in a fresh random order."""

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Int64
from torch import Tensor

from lit.rng import generator


class Batches:
    """Minibatch positions of each of J models."""

    def __init__(
        self,
        train: list[Int64[np.ndarray, " _"]],
        keys: Sequence[tuple[int, ...]],
        size: int,
        ahead: int = 64,
    ):
        """Begin before the first step.

        Args:
            train: Training positions of each model.
            keys: Of each model's random draws.
            size: Positions in a minibatch.
            ahead: Steps that are drawn at once.
        """
        self.train = train
        self.size = size
        self.ahead = ahead
        self.rngs = [generator("batches", *key) for key in keys]
        self.left = [np.empty(0, dtype=np.int64) for _ in keys]
        self.used = ahead

    def next(self) -> Int64[Tensor, "J B"]:
        """Positions of the next step."""
        if self.used == self.ahead:
            self._draw()
        self.used += 1
        return self.drawn[:, self.used - 1]

    def skip(self, steps: int) -> None:
        """Go on after this many steps; what was drawn for them follows from the keys."""
        for _ in range(steps):
            self.next()

    def _draw(self) -> None:
        """Draw for several steps at once."""
        need = self.ahead * self.size
        rows = []
        for j, train in enumerate(self.train):
            parts = [self.left[j]]
            have = len(self.left[j])
            while have < need:
                parts.append(self.rngs[j].permutation(train))
                have += len(train)
            drawn = np.concatenate(parts)
            rows.append(drawn[:need])
            self.left[j] = drawn[need:]
        self.drawn = torch.from_numpy(np.stack(rows)).view(len(rows), self.ahead, self.size)
        self.used = 0

    def keep(self, rows: list[int]) -> None:
        """Go on with these models only."""
        self.train = [self.train[j] for j in rows]
        self.rngs = [self.rngs[j] for j in rows]
        self.left = [self.left[j] for j in rows]
        self.drawn = self.drawn[rows]
