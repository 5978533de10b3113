"""One block job: code a span of a run's stream for a group of seeds."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from lit.datasets import Dataset
from lit.engine import State, training_options
from lit.labels import Transform
from lit.learners import get_learner
from lit.learners.task import Span, Task
from lit.sources import examples_of, start_from, theta0


def code_span(
    spec: Mapping[str, Any],
    data: Dataset,
    labels: Transform,
    side: str,
    seeds: list[int],
    learner: Mapping[str, Any],
    source: State | None,
    head: str,
    blocks: list[tuple[int, int]],
    next_end: int,
    device: torch.device,
) -> dict[str, np.ndarray]:
    """Bits by expert for consecutive blocks of a stream.

    Args:
        spec: The model's entry.
        data: The target data set.
        labels: Transform of its labels.
        side: ``front`` for the stream, ``back`` for a source set coded from theta0.
        seeds: S seeds.
        learner: ``kind`` and options.
        source: M of the S seeds, or None to start from theta0.
        head: ``keep`` or ``new``, see :func:`lit.sources.start_from`.
        blocks: Consecutive (start, stop).
        next_end: Where the schedule's next block would end; cut short at the pool's end.
        device: Where to compute.

    Returns:
        The learner's arrays; ``index`` and ``label`` (S, stop - start) of the coded examples; ``blocks`` (B, 2);
        ``classes`` ().
    """
    examples, classes = examples_of(data, labels, seeds, side, device)
    net, untrained = theta0(spec, data.x.shape[1:], classes, seeds)
    start = start_from(net, untrained, source, head).to(device)
    span = Span(blocks, min(next_end, examples.index.shape[1]))
    options = training_options({k: v for k, v in learner.items() if k != "kind"})
    coded = get_learner(learner["kind"])(net.to(device), Task(examples, seeds), start, span, options)
    return coded | {
        "index": examples.index[:, span.start : span.stop].cpu().numpy(),
        "label": examples.label[:, span.start : span.stop].cpu().numpy(),
        "blocks": np.array(blocks, dtype=np.int64),
        "classes": np.array(classes),
    }
