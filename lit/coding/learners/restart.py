"""``restart``: every block's model is trained anew from the start state, on the whole prefix.

Blier and Ollivier 2018 (arXiv:1802.07044), with early stopping and temperature from a validation split
of the prefix. Blocks do not depend on each other, so each can be a job of its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from lit.coding.channel import Coded, Span, Task
from lit.coding.experts import Variants, expand
from lit.training.fitting import Fitted, Training, fit
from lit.training.state import State, score

KIND = {"holds_out": True}
# Of the models that are trained side by side. Stacking more brings no speed, and each weight takes ten floats.
MOST_WEIGHTS = 2**25


@dataclass(frozen=True)
class Options(Training, Variants):
    """Options of ``restart`` and ``continue``."""


def restart(
    net: nn.Module, task: Task, start: State, span: Span, options: Options, before: None = None
) -> Coded:
    """Code a span of the stream, with the experts ``start``, ``model``, those of the grid, and ``gentle``.

    Args:
        net: The architecture.
        task: Streams of S seeds.
        start: S start states, theta0 or M.
        span: Blocks to code; the stream's first is coded by the start state itself.
        options: Options.
        before: Nothing; jobs do not depend on each other.
    """
    variants = expand(options, task.warm)
    size = len(task.seeds)
    at_once = max(
        MOST_WEIGHTS // (size * len(variants) * sum(v[0].numel() for v in start.tensors.values())),
        1,
    )
    coded = Coded(*np.zeros((2, size), dtype=np.int64))
    for first in range(0, len(span.blocks), at_once):
        blocks = span.blocks[first : first + at_once]
        trained = [block for block in blocks if block[0] > 0]
        models = train_blocks(
            net, task, start.select(task.rows(len(trained) * len(variants))), trained, variants
        )
        coded.trained += by_seed(models.trained, size)
        coded.scored += by_seed(models.scored, size)
        states = iter(groups(models.state, size * len(variants)))
        for i, (begin, end) in enumerate(blocks, first):
            state = next(states) if begin > 0 else start.select(task.rows(len(variants)))
            code_block(
                net, task, start, state, list(variants), (begin, end), span.next_end(i), coded
            )
    return coded


def code_block(
    net: nn.Module,
    task: Task,
    start: State,
    state: State,
    names: list[str],
    block: tuple[int, int],
    ahead: int,
    coded: Coded,
) -> None:
    """Code one block under the untouched start state and its models (variants x seeds), and the next under the first."""
    begin, end = block
    models = dict(zip(names, groups(state, len(task.seeds)), strict=True))
    predictions = {"start": score(net, start, task.examples, begin, end)}
    predictions |= {
        name: score(net, model, task.examples, begin, end) for name, model in models.items()
    }
    task.channel.code(begin, end, predictions)
    task.channel.code_ahead(end, ahead, score(net, models["model"], task.examples, end, ahead))
    coded.scored += (end - begin) * len(predictions) + ahead - end


def train_blocks(
    net: nn.Module,
    task: Task,
    starts: State,
    blocks: list[tuple[int, int]],
    variants: Mapping[str, Options],
    searched: State | None = None,
) -> Fitted:
    """Models of blocks x variants x seeds, in this order, each trained from its start on its block's prefix."""
    order = [
        (begin, v, seed) for begin, _ in blocks for v in variants.values() for seed in task.seeds
    ]
    if not order:
        return Fitted(starts, *np.zeros((3, 0), dtype=np.int64))
    return fit(
        net,
        starts,
        task.examples.select(task.rows(len(blocks) * len(variants))),
        sizes=[begin for begin, _, _ in order],
        keys=[(seed, begin) for begin, _, seed in order],
        trainings=[v for _, v, _ in order],
        memory=task.remembered,
        searched=searched,
        what=f"blocks {blocks[0][0]}-{blocks[-1][1]}, {len(order)} models",
    )


def groups(state: State, size: int) -> list[State]:
    """Consecutive groups of ``size`` models."""
    count = len(state.scale)
    return [
        state.select(torch.arange(i, i + size, device=state.scale.device))
        for i in range(0, count, size)
    ]


def by_seed(work: np.ndarray, size: int) -> np.ndarray:
    """(S,) sums over the models of each of ``size`` seeds."""
    return work.reshape(-1, size).sum(axis=0)
