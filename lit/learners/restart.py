"""``restart``: every block's model is trained anew from the start state, on the whole prefix.

Blier and Ollivier 2018 (arXiv:1802.07044), with early stopping and temperature from a validation split
of the prefix. Blocks do not depend on each other, so each can be a job of its own.
"""

import numpy as np
import torch
from torch import nn

from lit.engine import State, Training, bits, fit, score
from lit.learners.task import Span, Task


def restart(net: nn.Module, task: Task, start: State, span: Span, training: Training) -> dict[str, np.ndarray]:
    """Code a span of the stream.

    Args:
        net: The architecture.
        task: Streams of S seeds.
        start: S start states, theta0 or M.
        span: Blocks to code.
        training: Options.

    Returns:
        ``bits/start`` and ``bits/model`` (S, stop - start): bits of each label in the span under the untouched
        start state and under its block's model (the start state itself in the first block of the stream);
        ``ahead/model`` (S, ahead - first block's end): bits under the model of the block before.
    """
    seeds = range(len(task.seeds))
    trained = [block for block in span.blocks if block[0] > 0]
    pairs = [(s, block) for block in trained for s in seeds]
    models = start
    if pairs:
        rows = torch.tensor([s for s, _ in pairs], device=start.scale.device)
        models = fit(
            net,
            start.select(rows),
            task.examples.select(rows),
            sizes=[block[0] for _, block in pairs],
            keys=[(task.seeds[s], block[0]) for s, block in pairs],
            training=training,
            what=f"blocks {span.start}-{span.stop}, {len(pairs)} models",
        )
    own, ahead = [], []
    for i, (begin, end) in enumerate(span.blocks):
        next_end = span.blocks[i + 1][1] if i + 1 < len(span.blocks) else span.ahead
        model = start
        if begin > 0:
            at = trained.index((begin, end)) * len(seeds)
            model = models.select(torch.arange(at, at + len(seeds), device=start.scale.device))
        own.append(_bits(net, model, task, begin, end))
        ahead.append(_bits(net, model, task, end, next_end))
    return {
        "bits/start": _bits(net, start, task, span.start, span.stop),
        "bits/model": np.concatenate(own, axis=1),
        "ahead/model": np.concatenate(ahead, axis=1),
    }


def _bits(net: nn.Module, state: State, task: Task, begin: int, end: int) -> np.ndarray:
    if begin == end:
        return np.empty((len(task.seeds), 0))
    return bits(score(net, state, task.examples, begin, end), task.examples.label[:, begin:end])
