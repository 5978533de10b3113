"""One block job: code a span of a run's stream for a group of seeds."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from lit.coding.channel import Channel, Recorder, Span, Task
from lit.coding.learners import get_learner
from lit.data.dataset import Dataset
from lit.data.inputs import scale
from lit.errors import InputError
from lit.networks.output_layer import head_keys
from lit.study.label_transforms import Transform
from lit.training.start_states import examples_of, start_from, theta0
from lit.training.state import Examples, State, flops

AFTER = "after/"  # arrays that the chain's next job goes on from


@dataclass(frozen=True)
class Source:
    """What a coder starts from, and may remember.

    Attributes:
        state: M of the S seeds.
        x: (N, ...) inputs of the data set that M was trained on.
        index, label: (S, n) rows of x that M was trained on, and their labels.
        classes: Number of classes that M was trained on.
        outputs: Where M has several heads, the outputs begin..end of the one for the target; its other heads are left out.
        order: Where classes are matched by name, the outputs that are the target's classes, in the target's order.
    """

    state: State
    x: np.ndarray
    index: np.ndarray
    label: np.ndarray
    classes: int
    outputs: tuple[int, int] | None = None
    order: list[int] | None = None


class Coder:
    """A run's learner on the streams of some seeds, ready to code any span of them."""

    def __init__(
        self,
        spec: Mapping[str, Any],
        data: Dataset,
        labels: Transform,
        side: str,
        seeds: list[int],
        learner: Mapping[str, Any],
        source: Source | None,
        head: str,
        device: torch.device,
    ):
        """Build the start states.

        Args:
            spec: The model's entry.
            data: The target data set.
            labels: Transform of its labels.
            side: ``front`` for the stream, ``back`` for a source set coded from theta0.
            seeds: S seeds.
            learner: ``kind`` and options.
            source: M, or None to start from theta0.
            head: ``keep`` or ``new``, see :func:`lit.training.start_states.start_from`; ``only`` keeps it too, and trains nothing else.
            device: Where to compute.

        Raises:
            InputError: M's examples are to be remembered, and have other classes.
        """
        self.learn, self.options = get_learner(learner)
        self.stream, self.classes = examples_of(data, labels, seeds, side, device)
        net, untrained = theta0(spec, data.x.shape[1:], self.classes, seeds)
        start = untrained
        if source is not None:
            outputs = source.order if source.outputs is None else slice(*source.outputs)
            start = start_from(net, untrained, source.state, head, outputs)
        self.net, self.start = net.to(device), start.to(device)
        if head == "only":
            for name, parameter in self.net.named_parameters():
                parameter.requires_grad_(name in head_keys(net))
        self.seeds, self.warm, self.memory = seeds, source is not None, 0
        self.examples = self.stream
        if source is not None and getattr(self.options, "memory", "none") == "source":
            if source.classes != self.classes:
                raise InputError(
                    f"learner {learner['kind']}: memory: source needs M's examples to have the target's classes,"
                    f" but there are {source.classes} and {self.classes}; write memory: none"
                )
            self.examples, self.memory = (
                _remember(self.stream, data.x, source, device),
                source.index.shape[1],
            )

    def code(self, channel: Channel, span: Span, before: Mapping[str, np.ndarray] | None = None):
        """Send a span's predictions to a channel; returns :class:`lit.coding.channel.Coded`."""
        task = Task(self.examples, self.seeds, channel, self.warm, self.memory)
        return self.learn(self.net, task, self.start, span, self.options, before)


def _remember(stream: Examples, x: np.ndarray, source: Source, device: torch.device) -> Examples:
    """The stream's examples, and M's own after them."""
    offset, inputs = 0, stream.x
    if source.x is not x:
        offset, own = len(x), source.x
        if (
            own.dtype != x.dtype
        ):  # uint8 and float32 beside each other: joined as they are, the one would go unscaled
            inputs, own = torch.from_numpy(scale(x)).to(device), scale(own)
        inputs = torch.cat([inputs, torch.from_numpy(np.ascontiguousarray(own)).to(device)])
    index, label = (torch.from_numpy(a).to(device) for a in (source.index + offset, source.label))
    return Examples(
        inputs, torch.cat([stream.index, index], dim=1), torch.cat([stream.label, label], dim=1)
    )


def code_span(
    coder: Coder,
    blocks: list[tuple[int, int]],
    next_end: int,
    before: Mapping[str, np.ndarray] | None = None,
) -> dict[str, np.ndarray]:
    """Bits by expert for consecutive blocks of a stream.

    Args:
        coder: The run's coder.
        blocks: Consecutive (start, stop).
        next_end: Where the schedule's next block would end; cut short at the pool's end.
        before: Arrays of the block file before, where jobs are a chain.

    Returns:
        ``bits/<expert>`` and ``right/start`` (S, stop - start), and ``ahead/model``; ``index`` and ``label`` (S, stop - start)
        of the coded examples; ``blocks`` (B, 2); ``classes`` (); ``flops`` (S,), floating-point operations by seed;
        ``after/...``, what the chain's next job goes on from.
    """
    span = Span(blocks, min(next_end, coder.stream.index.shape[1]))
    recorder = Recorder(coder.examples)
    if before is not None:
        before = {
            name.removeprefix(AFTER): array
            for name, array in before.items()
            if name.startswith(AFTER)
        }
    coded = coder.code(recorder, span, before)
    forward, training = flops(coder.net, coder.stream.x[:1].float())
    return (
        recorder.arrays()
        | {
            "index": coder.stream.index[:, span.start : span.stop].cpu().numpy(),
            "label": coder.stream.label[:, span.start : span.stop].cpu().numpy(),
            "blocks": np.array(blocks, dtype=np.int64),
            "classes": np.array(coder.classes),
            "flops": (coded.trained * training + coded.scored * forward).astype(np.float64),
        }
        | {AFTER + name: array for name, array in coded.after.items()}
    )
