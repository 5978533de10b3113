"""Proof that a code length is one: a run's labels are sent as a file, and read back from it without
the labels.

Sender and receiver run the same learner, block by block. The receiver's labels are all wiped; each
is written back as it is decoded, so that a learner which looks ahead decodes something else.
Predictions are computed anew by both, and mixed like :func:`lit.coding.mixture`; a range coder
(constriction) turns them into bits.
"""

from collections.abc import Callable
from dataclasses import dataclass

import constriction
import numpy as np
import torch
from torch import Tensor

from lit.coding.channel import Predictions, Span
from lit.coding.coder import Coder
from lit.coding.mixture import OnlineMixture
from lit.files.result_files import Arrays
from lit.training.state import Examples

ALLOWED_SHARE, ALLOWED_BITS = 0.001, 64  # how much longer than reported the file may be
MODEL = constriction.stream.model.Categorical(perfect=False)


class Sender:
    """Labels that are known, into an entropy coder."""

    def __init__(self) -> None:
        self.encoder = constriction.stream.queue.RangeEncoder()

    def pass_on(self, labels: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
        """Send labels (S,) under probabilities (S, C); returns them."""
        self.encoder.encode(labels.astype(np.int32), MODEL, probabilities)
        return labels


class Receiver:
    """An entropy decoder; the labels it is given are not looked at."""

    def __init__(self, words: np.ndarray):
        self.decoder = constriction.stream.queue.RangeDecoder(words)

    def pass_on(self, labels: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
        """Receive labels (S,) under probabilities (S, C)."""
        return self.decoder.decode(MODEL, probabilities).astype(np.int64)


class Transmission:
    """A channel that sends or receives the labels, under the mixture of all experts.

    Args:
        examples: The coder's examples; what is received is written into them.
        previous: Whether the previous block's model is an expert.
        end: Sender or receiver.
    """

    def __init__(self, examples: Examples, previous: bool, end: Sender | Receiver):
        self.examples, self.previous, self.end = examples, previous, end
        self.ahead: np.ndarray | None = None
        self.mixture: OnlineMixture | None = None

    def code(self, begin: int, end: int, predictions: Predictions) -> None:
        own = {name: _probabilities(logits) for name, logits in predictions.items()}
        ahead = own["model"] if self.ahead is None else self.ahead
        uniform = np.full_like(ahead, 1 / ahead.shape[-1])
        experts = np.stack(
            [uniform, *own.values(), *([ahead] if self.previous else [])]
        )  # (E, S, m, C)
        self.mixture = self.mixture or OnlineMixture(*experts.shape[:2])
        label = self.examples.label
        for t in range(begin, end):
            each = experts[:, :, t - begin]
            passed = self.end.pass_on(label[:, t].cpu().numpy(), self.mixture.predict(each))
            label[:, t] = torch.from_numpy(passed).to(label.device)
            self.mixture.update(each, passed)

    def code_ahead(self, begin: int, end: int, logits: Tensor) -> None:
        self.ahead = _probabilities(logits)


def _probabilities(logits: Tensor) -> np.ndarray:
    return logits.softmax(-1).cpu().numpy()


@dataclass(frozen=True)
class Proof:
    """What sending and receiving a run's labels showed, for the seeds of one group.

    Attributes:
        words: The code, 32-bit words.
        reported_bits: The code length that the results report.
        labels: How many labels were sent.
        wrong: Labels that were not received as they are.
    """

    words: np.ndarray
    reported_bits: float
    labels: int
    wrong: int

    @property
    def bits(self) -> int:
        return 32 * len(self.words)

    @property
    def holds(self) -> bool:
        """All labels were received, and the file is as long as reported."""
        return (
            self.wrong == 0 and self.bits <= self.reported_bits * (1 + ALLOWED_SHARE) + ALLOWED_BITS
        )


def prove(build: Callable[[], Coder], blocks: list[tuple[int, int]], merged: Arrays) -> Proof:
    """Send a run's labels as a code, receive them from it, and compare.

    Args:
        build: Makes the run's coder, a fresh one for each end.
        blocks: All blocks of the stream.
        merged: The run's merged arrays of these seeds, see :func:`lit.coding.merge.merge_spans`.
    """
    previous, (sender, receiver) = "bits/previous" in merged, (build(), build())
    source = Sender()
    _run(sender, blocks, Transmission(sender.examples, previous, source))
    words, k = source.encoder.get_compressed(), blocks[-1][1]
    receiver.examples.label[:, : receiver.stream.label.shape[1]] = 0
    _run(receiver, blocks, Transmission(receiver.examples, previous, Receiver(words)))
    wrong = int((receiver.examples.label[:, :k].cpu().numpy() != merged["label"]).sum())
    return Proof(words, float(merged["bits/mixture"].sum()), merged["label"].size, wrong)


def _run(coder: Coder, blocks: list[tuple[int, int]], channel: Transmission) -> None:
    """The learner, one block at a time."""
    whole, before = Span(blocks, blocks[-1][1]), None
    for i, block in enumerate(blocks):
        before = coder.code(channel, Span([block], whole.next_end(i)), before).after
