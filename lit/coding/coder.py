"""One block job: code a span of a run's stream for a group of seeds."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from jaxtyping import Int64, Shaped

from lit.coding.channel import Channel, Coded, Recorder, Span, Stream
from lit.coding.learners import get_learner
from lit.data.dataset import Dataset
from lit.data.inputs import scale
from lit.errors import InputError
from lit.files.result_files import Arrays
from lit.networks.flops import flops
from lit.networks.output_layer import head_keys
from lit.rng import torch_seed
from lit.study.label_transforms import Transform
from lit.training.start_states import examples_of, start_from, theta0
from lit.training.state import Examples, State, prefixed, scaled, under

AFTER = "after/"  # arrays that the chain's next job goes on from


@dataclass(frozen=True)
class StartState:
    """A trained model M that a coder starts from, and whose examples it may remember.

    Attributes:
        state: M of the S seeds.
        x: Inputs of the data set that M was trained on.
        index, label: Rows of x that M was trained on, and their labels.
        classes: Number of classes that M was trained on.
        outputs: Where M has several heads, the outputs begin..end of the one for the target; its
            other heads are left out.
        order: Where classes are matched by name, the outputs that are the target's classes, in the
            target's order.
    """

    state: State
    x: Shaped[np.ndarray, "N ..."]
    index: Int64[np.ndarray, "S n"]
    label: Int64[np.ndarray, "S n *T"]
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
        source: StartState | None,
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
            head: ``keep`` or ``new``, see :func:`lit.training.start_states.start_from`; ``only``
                keeps it too, and trains nothing else.
            device: Where to compute.

        Raises:
            InputError: M's examples are to be remembered, and have other classes.
        """
        self.learn, self.options = get_learner(learner)
        self.next_tokens = data.next_tokens and not labels
        self.stream, self.classes = examples_of(data, labels, seeds, side, device)
        self.seeds, self.groups = seeds, data.groups
        self.warm = source is not None
        form = data.form(self.classes)
        net, start = theta0(spec, form, seeds)
        self.draw = lambda number: theta0(spec, form, [torch_seed("draw", number)])[1].to(device)
        if source is not None:
            outputs = source.order if source.outputs is None else slice(*source.outputs)
            start = start_from(net, start, source.state, head, outputs)
        self.net = net.to(device)
        self.start = start.to(device)
        if head == "only":
            for name, parameter in self.net.named_parameters():
                parameter.requires_grad_(name in head_keys(net))
        self.examples = self.stream
        self.memory = 0
        if source is not None and getattr(self.options, "memory", "none") == "source":
            if source.classes != self.classes:
                raise InputError(
                    f"learner {learner['kind']}: memory: source needs M's examples to have the"
                    " target's classes,"
                    f" but there are {source.classes} and {self.classes}; write memory: none"
                )
            self.examples = _remember(self.stream, data.x, source, device)
            self.memory = source.index.shape[1]

    def keep_inputs_apart(self) -> None:
        """Give each seed's examples inputs of their own, which it may write to."""
        examples = self.examples
        rows = torch.arange(examples.index.numel(), device=examples.index.device)
        index = rows.view(examples.index.shape)
        self.examples = replace(examples, x=examples.x[examples.index.flatten()], index=index)

    def forget(self) -> None:
        """Wipe the stream's labels, and the inputs that they are; that there are any stays."""
        count = self.stream.index.shape[1]
        label, index = self.examples.label[:, :count], self.examples.index[:, :count]
        label[label >= 0] = 0
        if self.next_tokens:
            rows = index.flatten()
            x = self.examples.x[rows]
            x[:, 1:] = x[:, 1:].clamp(max=0)
            self.examples.x[rows] = x

    def code(self, channel: Channel, span: Span, before: Arrays | None = None) -> Coded:
        """Send a span's predictions to a channel."""
        stream = Stream(
            self.examples, self.seeds, channel, self.warm, self.memory, self.draw, self.next_tokens
        )
        return self.learn(self.net, stream, self.start, span, self.options, before)


def _remember(
    stream: Examples, x: np.ndarray, source: StartState, device: torch.device
) -> Examples:
    """The stream's examples, and M's own after them."""
    inputs = stream.x
    offset = 0
    if source.x is not x:
        offset = len(x)
        own = source.x
        if own.dtype != x.dtype:  # joined as they are, the uint8 ones would go unscaled
            inputs = torch.from_numpy(scale(x)).to(device)
            own = scale(own)
        inputs = torch.cat([inputs, torch.from_numpy(np.ascontiguousarray(own)).to(device)])
    index = torch.from_numpy(source.index + offset).to(device)
    label = torch.from_numpy(source.label).to(device)
    return replace(
        stream,
        x=inputs,
        index=torch.cat([stream.index, index], dim=1),
        label=torch.cat([stream.label, label], dim=1),
    )


def code_span(
    coder: Coder, blocks: list[tuple[int, int]], next_end: int, before: Arrays | None = None
) -> dict[str, np.ndarray]:
    """Bits by expert for consecutive blocks of a stream.

    Args:
        coder: The run's coder.
        blocks: Consecutive (start, stop).
        next_end: Where the schedule's next block would end; cut short at the pool's end.
        before: Arrays of the block file before, where jobs are a chain.

    Returns:
        ``bits/<expert>`` and ``right/start`` (S, m), ``logits/<expert>`` (S, m, C), and
        ``ahead/model``; ``index`` and ``label`` (S, m) of the coded examples, all but ``index``
        with T behind m where these carry several labels; ``group`` (S, m) where they come in
        groups; ``blocks`` (B, 2);
        ``classes`` (); ``flops`` (S,), floating-point operations by seed; ``after/...``, what the
        chain's next job goes on from.
    """
    span = Span(blocks, min(next_end, coder.stream.index.shape[1]))
    recorder = Recorder(coder.examples)
    label = coder.stream.label[:, span.start : span.stop].cpu().numpy().copy()
    coded = coder.code(recorder, span, None if before is None else under(AFTER, before))
    ends = [recorder.coded[0][0], recorder.coded[-1][1]] if recorder.coded else []
    if ends != [span.start, span.stop]:
        raise InputError(
            f"the learner coded labels {ends} of {[span.start, span.stop]}; code the whole span"
        )
    if not np.array_equal(label, coder.stream.label[:, span.start : span.stop].cpu().numpy()):
        raise InputError("the learner changed labels of the stream; work on a copy of them")
    forward, training = flops(coder.net, scaled(coder.stream.x[:1]))
    index = coder.stream.index[:, span.start : span.stop].cpu().numpy()
    about = {
        "index": index,
        "label": label,
        "blocks": np.array(blocks, dtype=np.int64),
        "classes": np.array(coder.classes),
        "flops": (coded.trained * training + coded.scored * forward + coded.other).astype(
            np.float64
        ),
    }
    if coder.groups is not None:
        about["group"] = coder.groups[index]
    return recorder.arrays() | about | prefixed(AFTER, coded.after)
