"""What a learner is given: the stream, the span of it that one job codes, and the channel that its
predictions go to."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import numpy as np
import torch
from jaxtyping import Float64, Int64, Shaped
from torch import Tensor

from lit.coding.product import kept
from lit.errors import InputError
from lit.training.scoring import bits
from lit.training.state import Examples, State

Logits = Float64[Tensor, "S m *T C"]
Predictions = dict[str, Logits]  # by expert, temperature applied
Predict = Callable[[int, int], Predictions]  # those of the labels begin..end


@runtime_checkable
class Channel(Protocol):
    """Where predictions go: to be recorded as bits, or to send and receive the labels themselves.

    A learner may use the labels of ``begin..end`` only after its call of :meth:`code` for them.
    Where each label is the next input, it may so use the inputs from there on.

    Attributes:
        at_once: Most examples in one call that a learner which predicts each label from all before
            it may make; None where the labels are known beforehand.
        label_by_label: Whether predictions are asked for anew for each label, as inputs become
            known with the labels: then they have to be functions.
    """

    at_once: int | None
    label_by_label: bool

    def code(self, begin: int, end: int, predictions: Predictions | Predict) -> Predictions:
        """Code the labels of these examples under each expert.

        Returns:
            The predictions of all of them.
        """

    def code_ahead(self, begin: int, end: int, predict: Logits | Callable[[], Logits]) -> None:
        """Predictions of the last block's model for the block after the span.

        They are the expert "previous" of the next job.
        """


@dataclass
class Recorder:
    """A channel that notes what each label would cost under each expert."""

    examples: Examples
    at_once: int | None = None
    label_by_label: bool = False
    parts: dict[str, list[np.ndarray]] = field(default_factory=dict)
    coded: list[tuple[int, int]] = field(default_factory=list)

    def code(self, begin: int, end: int, predictions: Predictions | Predict) -> Predictions:
        if callable(predictions):
            predictions = predictions(begin, end)
        label = self.examples.label[:, begin:end]
        self._check(begin, end, predictions, label)
        self.coded.append((begin, end))
        for expert, logits in predictions.items():
            self._note_bits(f"bits/{expert}", begin, logits, label)
            factor = kept(logits.cpu())
            if factor is not None:
                self._note(f"logits/{expert}", factor)
        hit = predictions["start"].argmax(-1) == label
        self._note("right/start", hit.cpu().numpy().astype(np.uint8))
        return predictions

    def code_ahead(self, begin: int, end: int, predict: Logits | Callable[[], Logits]) -> None:
        logits = predict() if callable(predict) else predict
        self._note_bits("ahead/model", begin, logits, self.examples.label[:, begin:end])

    def _check(
        self, begin: int, end: int, predictions: Predictions, label: Int64[Tensor, "S m *T"]
    ) -> None:
        """Refuse what a learner cannot mean: each label is coded once, under every expert."""
        said = f"the learner codes labels {begin}..{end}"
        if self.coded and begin != self.coded[-1][1]:
            raise InputError(
                f"{said} after {self.coded[-1][1]} were; code them in order, each once"
            )
        if "start" not in predictions:
            raise InputError(f"{said} without the expert 'start'; send it too")
        for expert, logits in predictions.items():
            if not isinstance(logits, Tensor) or logits.shape[:-1] != label.shape:
                shape = tuple(getattr(logits, "shape", ()))
                wanted = f"({', '.join(map(str, label.shape))}, C)"
                raise InputError(f"{said} with logits {shape} of {expert!r}; send {wanted}")

    def _note_bits(
        self, name: str, begin: int, logits: Logits, label: Int64[Tensor, "S m *T"]
    ) -> None:
        """Note what these labels cost, the first of which is at position ``begin``."""
        found = bits(logits, label)
        others = tuple(axis for axis in range(found.ndim) if axis != 1)
        finite = np.isfinite(found).all(axis=others)
        wrong = begin + np.flatnonzero(~finite)
        if wrong.size:
            raise InputError(
                f"the expert {name.partition('/')[2]!r} gives {wrong.size} labels of the stream,"
                f" {wrong[0]} to {wrong[-1]}, NaN or infinitely many bits: training may"
                " have diverged; write a smaller lr among the learner's options"
            )
        self._note(name, found)

    def _note(self, name: str, part: Shaped[np.ndarray, "S m *C"]) -> None:
        self.parts.setdefault(name, []).append(part)

    def arrays(self) -> dict[str, Shaped[np.ndarray, "S ..."]]:
        """``bits/<expert>`` (S, m) and ``logits/<expert>`` (S, m, C), see
        :func:`lit.coding.product.kept`; ``right/start`` (S, m), 1 where the start state's likeliest
        class is the label; ``ahead/model`` where the learner has it. Where examples carry several
        labels, T of each follow m."""
        return {name: np.concatenate(parts, axis=1) for name, parts in self.parts.items()}


@dataclass(frozen=True)
class Stream:
    """The streams of S seeds.

    Attributes:
        examples: Inputs, and each seed's examples in coding order, M's own training examples after
            them.
        seeds: The S seeds, which key every random draw.
        channel: Where predictions go.
        warm: Whether the start state is a trained M.
        memory: How many of the last examples are M's own, for a learner that may train on them too.
        draw: Makes theta0 of another seed, by its number.
        next_tokens: Whether each label is the next input, and so known to the labels after it.
    """

    examples: Examples
    seeds: list[int]
    channel: Channel
    warm: bool = False
    memory: int = 0
    draw: Callable[[int], State] | None = None
    next_tokens: bool = False

    @property
    def remembered(self) -> Int64[np.ndarray, " _"]:
        """Positions of M's own training examples."""
        count = self.examples.index.shape[1]
        return np.arange(count)[count - self.memory :]

    def rows(self, count: int) -> Int64[Tensor, " _"]:
        """(count * S,) the seed's place for each model in a stack of ``count`` models a seed."""
        return torch.arange(len(self.seeds), device=self.examples.index.device).repeat(count)


@dataclass(frozen=True)
class Span:
    """What one job codes.

    Attributes:
        blocks: Consecutive (start, stop) blocks.
        ahead: End of the block that follows; the last block's model also scores up to there,
            as the expert "previous block's model" of the next job.
    """

    blocks: list[tuple[int, int]]
    ahead: int

    def next_end(self, i: int) -> int:
        """Where the block after the i-th ends."""
        return self.blocks[i + 1][1] if i + 1 < len(self.blocks) else self.ahead

    @property
    def start(self) -> int:
        return self.blocks[0][0]

    @property
    def stop(self) -> int:
        return self.blocks[-1][1]


@dataclass
class Coded:
    """What a learner returns beside what went through the channel.

    Attributes:
        trained, scored: Examples trained on, and scored, by seed.
        other: Floating-point operations besides, by seed.
        after: Arrays that the chain's next job goes on from; empty where jobs do not depend on each
            other.
    """

    trained: Int64[np.ndarray, " S"]
    scored: Int64[np.ndarray, " S"]
    other: Float64[np.ndarray, " #S"] = field(default_factory=lambda: np.zeros(1))
    after: dict[str, np.ndarray] = field(default_factory=dict)

    @classmethod
    def nothing(cls, seeds: int) -> "Coded":
        """Before any work."""
        trained, scored = np.zeros((2, seeds), dtype=np.int64)
        return cls(trained, scored, np.zeros(seeds))
