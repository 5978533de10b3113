"""Minibatches: passes over a model's training examples, each in a fresh random order."""

import math
from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Int64
from torch import Tensor

from lit.rng import generator

AHEAD = 64  # steps that are drawn at once


class Batches:
    """Minibatches of ``size`` of the positions ``train`` of each of J models."""

    def __init__(
        self, train: list[Int64[np.ndarray, " _"]], keys: Sequence[tuple[int, ...]], size: int
    ):
        self.train = train
        self.size = size
        self.rngs = [generator("batches", *key) for key in keys]
        self.left = [np.empty(0, dtype=np.int64) for _ in keys]
        self.used = AHEAD

    def next(self) -> Int64[Tensor, "J B"]:
        """Positions of the next step."""
        if self.used == AHEAD:
            self._draw()
        self.used += 1
        return self.drawn[:, self.used - 1]

    def skip(self, steps: int) -> None:
        """Go on after this many steps; what was drawn for them follows from the keys."""
        for _ in range(steps):
            self.next()

    def _draw(self) -> None:
        need = AHEAD * self.size
        rows = []
        for j, (train, rng) in enumerate(zip(self.train, self.rngs, strict=True)):
            missing = need - len(self.left[j])
            passes = [rng.permutation(train) for _ in range(math.ceil(missing / len(train)))]
            drawn = np.concatenate([self.left[j], *passes])
            rows.append(drawn[:need])
            self.left[j] = drawn[need:]
        self.drawn = torch.from_numpy(np.stack(rows)).view(-1, AHEAD, self.size)
        self.used = 0

    def keep(self, rows: list[int]) -> None:
        """Go on with these models only."""
        self.train = [self.train[j] for j in rows]
        self.rngs = [self.rngs[j] for j in rows]
        self.left = [self.left[j] for j in rows]
        self.drawn = self.drawn[rows]
