"""Coding one block under models that stand still within it."""

import torch
from torch import nn

from lit.coding.channel import Coded, Predictions, Stream
from lit.training.scoring import score
from lit.training.state import State


def code_block(
    net: nn.Module,
    stream: Stream,
    start: State,
    state: State,
    names: list[str],
    block: tuple[int, int],
    ahead: int,
    coded: Coded,
) -> None:
    """Code a block under the untouched start state and its models, and the next under the first.

    Args:
        net: The architecture.
        stream: Streams of S seeds.
        start: S start states.
        state: Models of names x seeds, in this order.
        names: Of the experts, ``model`` among them.
        block: (begin, end).
        ahead: Where the next block ends.
        coded: What was scored is added to it.
    """
    begin, end = block
    models = dict(zip(names, groups(state, len(stream.seeds)), strict=True))
    states = {"start": start} | models

    def predict(first: int, last: int) -> Predictions:
        return {
            name: score(net, state, stream.examples, first, last) for name, state in states.items()
        }

    stream.channel.code(begin, end, predict)
    stream.channel.code_ahead(
        end, ahead, lambda: score(net, models["model"], stream.examples, end, ahead)
    )
    coded.scored += (end - begin) * len(states) + ahead - end


def groups(state: State, size: int) -> list[State]:
    """Consecutive groups of ``size`` models."""
    rows = torch.arange(len(state.scale), device=state.scale.device)
    return [state.select(part) for part in rows.split(size)]
