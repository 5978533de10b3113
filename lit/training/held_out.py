"""Which of the known examples are held out, and how candidates are judged."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float64, Int64
from torch import Tensor, nn

from lit.rng import generator
from lit.training.options import HeldOut
from lit.training.scoring import CHUNK, score_at
from lit.training.state import Examples, State
from lit.training.temperature import fit_scale

FEW = 128  # up to so many known examples, each is held out once

Positions = Int64[np.ndarray, " _"]


def split_prefix(m: int, held: HeldOut, key: tuple[int, ...]) -> tuple[Positions, Positions]:
    """Positions 0..m-1 split at random into training and validation, from the key alone."""
    count = min(math.ceil(m * held.validation), held.max_validation) if m > 1 else 0
    order = generator("validation", *key).permutation(m)
    return np.sort(order[count:]), np.sort(order[:count])


def split_folds(m: int, held: HeldOut, key: tuple[int, ...]) -> list[tuple[Positions, Positions]]:
    """The same in several ways where examples are few, so that each of them is held out once.

    Where more than FEW are known, it is one way; where one is, none.
    """
    train, valid = split_prefix(m, held, key)
    if m > FEW or not len(valid):
        return [(train, valid)] if len(valid) else []
    order = generator("validation", *key).permutation(m)
    parts = np.array_split(order, max(round(m / len(valid)), 2))
    return [(np.setdiff1d(order, part), np.sort(part)) for part in parts]


def split_for_good(m: int, held: HeldOut, key: tuple[int, ...]) -> tuple[Positions, Positions]:
    """The same for a learner that goes on, from ``key[0]`` alone: what is held out stays so."""
    chosen = np.flatnonzero(generator("validation", key[0]).random(m) < held.validation)
    out = chosen[: held.max_validation]
    return np.setdiff1d(np.arange(m), out), out


@dataclass(frozen=True)
class Judge:
    """How candidate states are compared.

    Attributes:
        loss: Losses and scales of states, from them, their examples and their rows.
        cost: Examples that one judgement of each model scores.
    """

    loss: Callable[
        [State, Examples, list[int]], tuple[Float64[Tensor, " J"], Float64[Tensor, " J"]]
    ]
    cost: list[int]


def validation_loss(net: nn.Module, valid: list[Positions]) -> Judge:
    """By the loss on held-out positions at the temperature that fits them best."""

    def judge(state: State, examples: Examples, rows: list[int]) -> tuple[Tensor, Tensor]:
        loss = torch.empty_like(state.scale)
        scale = torch.empty_like(state.scale)
        sizes = np.array([len(valid[j]) for j in rows])
        # together only with others of its size, on which a row's arithmetic would depend
        for size in np.unique(sizes[sizes > 0]):
            same = np.flatnonzero(sizes == size)
            at = torch.from_numpy(same).to(loss.device)
            positions = torch.from_numpy(np.stack([valid[rows[i]] for i in same])).to(loss.device)
            part = examples.select(at)
            logits = score_at(net, state.select(at), part, positions)
            scale[at], loss[at] = fit_scale(logits, part.labels(positions))
        return loss, scale

    return Judge(judge, [len(v) for v in valid])


def share_wrong(net: nn.Module, sizes: list[int]) -> Judge:
    """By the share of (at most 2,048 of) a model's examples that it gets wrong; temperature 1."""

    def judge(state: State, examples: Examples, rows: list[int]) -> tuple[Tensor, Tensor]:
        wrong = torch.empty_like(state.scale)
        for i, j in enumerate(rows):
            one = torch.tensor([i], device=wrong.device)
            some = np.unique(np.linspace(0, sizes[j] - 1, CHUNK).astype(np.int64))
            positions = torch.from_numpy(some)[None].to(wrong.device)
            part = examples.select(one)
            logits = score_at(net, state.select(one), part, positions)
            labels = part.labels(positions)
            wrong[i] = (logits.argmax(-1) != labels)[labels >= 0].double().mean()
        return wrong, torch.ones_like(wrong)

    return Judge(judge, [min(m, CHUNK) for m in sizes])
