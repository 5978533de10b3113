"""Proof that a code length is one: a run's labels are sent as a file, and read back from it without
the labels.

Sender and receiver run the same learners, block by block. The receiver's labels are all wiped; each
is written back as it is decoded, so that a learner which looks ahead decodes something else.
Predictions are computed anew by both, and mixed like :func:`lit.coding.mixture`; a range coder
(constriction) turns them into bits.
"""

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import constriction
import numpy as np
import torch
from torch import Tensor

from lit.coding.channel import Predictions, Span
from lit.coding.coder import Coder
from lit.coding.merge import unite
from lit.coding.mixture import OnlineMixture, first_weights, is_uniform
from lit.coding.product import Product, kept
from lit.files.result_files import Arrays
from lit.study.codes import HEADLINE, experts_of

# Of each expert the probabilities (S, m, C) and, where it is in the product, its logits.
Offer = dict[str, tuple[np.ndarray, np.ndarray | None]]
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
    """Sends or receives the labels under the mixture of the experts of all learners.

    Learners run side by side, each in a thread. A label is passed on once all have predicted it.

    Args:
        coders: Of each learner, by its name; what is received is written into their examples.
        code: Which of the three codes is sent.
        end: Sender or receiver.
        uniform: Whether the start state is the uniform code on the whole stream, and no expert.
    """

    def __init__(
        self, coders: Mapping[str, Coder], code: str, end: Sender | Receiver, uniform: bool
    ):
        self.examples = [coder.examples for coder in coders.values()]
        self.code, self.end, self.uniform = code, end, uniform
        self.offers: dict[str, tuple[int, Offer]] = dict.fromkeys(coders, (0, {}))
        self.mixture: OnlineMixture | None = None
        self.product: Product | None = None
        self.sent = 0
        self.failed: BaseException | None = None
        self.changed = threading.Condition()

    def offer(self, learner: str, end: int, experts: Offer) -> None:
        """Predictions (S, m, C) of a learner, of the labels up to ``end``; returns once all of
        these are passed on."""
        with self.changed:
            self.offers[learner] = (end, experts)
            while min(end for end, _ in self.offers.values()) > self.sent:
                self._pass_on()
            self.changed.notify_all()
            self.changed.wait_for(lambda: self.sent >= end or self.failed)
        if self.failed:
            raise RuntimeError("another learner failed") from self.failed

    def fail(self, error: BaseException) -> None:
        """Let the other learners end."""
        with self.changed:
            self.failed = self.failed or error
            self.changed.notify_all()

    def _pass_on(self) -> None:
        t = self.sent
        each = self._experts(t)
        if self.mixture is None:
            multiplied = self.product is not None
            weights = first_weights(len(each) - 1 - multiplied, multiplied)
            self.mixture = OnlineMixture(weights, each.shape[1])
        label = self.examples[0].label[:, t].cpu().numpy()
        passed = self.end.pass_on(label, self.mixture.predict(each))
        for examples in self.examples:
            examples.label[:, t] = torch.from_numpy(passed).to(examples.label.device)
        self.mixture.update(each, passed)
        if self.product is not None:
            self.product.update(passed)
        self.sent += 1

    def _experts(self, t: int) -> np.ndarray:
        """(E, S, C) of the code's experts for label t, as :func:`lit.coding.mixture.mixtures`
        has them."""
        found: dict[str, tuple[np.ndarray, np.ndarray | None]] = {}
        for learner, (end, experts) in self.offers.items():
            for name, (p, log) in experts.items():
                at = p[:, t - end], None if log is None else log[:, t - end]
                found.setdefault(name if name == "start" else f"{learner}.{name}", at)
        uniform = np.full_like(found["start"][0], 1 / found["start"][0].shape[-1])
        if self.uniform:
            del found["start"]
        used = [found[name] for name in experts_of(self.code, found)]
        own = [uniform, *(p for p, _ in used)]
        if factors := [logits for _, logits in used if logits is not None]:
            self.product = self.product or Product(len(factors), len(uniform))
            own.append(self.product.predict(np.stack(factors, axis=1)))
        return np.stack(own)


class Party:
    """A learner's channel to a transmission."""

    at_once: int | None = 1

    def __init__(self, transmission: Transmission, learner: str, previous: bool):
        """``previous``: whether the previous block's model is an expert."""
        self.transmission, self.learner, self.previous = transmission, learner, previous
        self.ahead: tuple[int, np.ndarray] | None = None

    def code(self, begin: int, end: int, predictions: Predictions) -> None:
        own: Offer = {}
        for name, logits in predictions.items():
            own[name] = _probabilities(logits), kept(logits.cpu())
        if self.previous:
            first, p = self.ahead or (begin, own["model"][0])
            own["previous"] = p[:, begin - first : end - first], None
        self.transmission.offer(self.learner, end, own)

    def code_ahead(self, begin: int, end: int, logits: Tensor) -> None:
        self.ahead = begin, _probabilities(logits)


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


def prove(
    build: Callable[[], Mapping[str, Coder]],
    blocks: list[tuple[int, int]],
    merged: Mapping[str, Arrays],
    code: str = HEADLINE,
) -> Proof:
    """Send a run's labels as a code, receive them from it, and compare.

    Args:
        build: Makes the coders of the run's learners by their names, fresh ones for each end.
        blocks: All blocks of the stream.
        merged: Merged arrays of these seeds by learner, see :func:`lit.coding.merge.merge_spans`.
        code: Which of the three codes.
    """
    previous = {learner: "bits/previous" in arrays for learner, arrays in merged.items()}
    source, senders, receivers = Sender(), build(), build()
    k, classes = blocks[-1][1], next(iter(senders.values())).classes
    uniform = is_uniform(next(iter(merged.values()))["bits/start"][:, :k], np.log2(classes))
    _run(senders, blocks, Transmission(senders, code, source, uniform), previous)
    words = source.encoder.get_compressed()
    for coder in receivers.values():
        coder.examples.label[:, : coder.stream.label.shape[1]] = 0
    _run(receivers, blocks, Transmission(receivers, code, Receiver(words), uniform), previous)
    united = unite(merged)
    received = next(iter(receivers.values())).examples.label[:, :k].cpu().numpy()
    wrong = int((received != united["label"]).sum())
    return Proof(words, float(united[f"bits/{code}"].sum()), united["label"].size, wrong)


def _run(
    coders: Mapping[str, Coder],
    blocks: list[tuple[int, int]],
    transmission: Transmission,
    previous: Mapping[str, bool],
) -> None:
    """All learners, each one block at a time."""
    whole, threads = Span(blocks, blocks[-1][1]), torch.get_num_threads()

    def learn(learner: str, coder: Coder) -> None:
        torch.set_num_threads(threads)  # a thread of its own begins with all cores
        party, before = Party(transmission, learner, previous[learner]), None
        try:
            for i, block in enumerate(blocks):
                before = coder.code(party, Span([block], whole.next_end(i)), before).after
        except BaseException as error:
            transmission.fail(error)
            raise

    with ThreadPoolExecutor(len(coders)) as pool:
        jobs = [pool.submit(learn, *one) for one in coders.items()]
    if transmission.failed:
        raise transmission.failed
    for job in jobs:
        job.result()
