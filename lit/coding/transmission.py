"""Labels on their way: an entropy coder at either end, and between them the mixture of all experts.

A range coder (constriction) turns labels and probabilities into bits, and back.
"""

import math
import threading
from collections.abc import Callable, Mapping

import constriction
import numpy as np
from torch import Tensor

from lit.coding.channel import Predict, Predictions
from lit.coding.coder import Coder
from lit.coding.mixture import OnlineMixture, first_weights
from lit.coding.product import Product, kept
from lit.errors import InputError
from lit.study.codes import experts_of

# Of each expert the probabilities (S, labels, C) and, where it is in the product, its logits.
Offer = dict[str, tuple[np.ndarray, np.ndarray | None]]
MODEL = constriction.stream.model.Categorical(perfect=False)


class Sender:
    """Labels that are known, into an entropy coder."""

    def __init__(self) -> None:
        self.encoder = constriction.stream.queue.RangeEncoder()

    def pass_on(self, label: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
        """Send a label (1,) under probabilities (1, C); returns it."""
        self.encoder.encode(label.astype(np.int32), MODEL, probabilities)
        return label


class Receiver:
    """An entropy decoder; of the labels it is given only whether there are any is looked at.

    Attributes:
        lost: Labels that did not come: all from where the bits are no code under the probabilities.
    """

    def __init__(self, words: np.ndarray):
        self.decoder, self.lost = constriction.stream.queue.RangeDecoder(words), 0

    def pass_on(self, label: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
        """Receive a label (1,) under probabilities (1, C); 0 for one that is lost."""
        if not self.lost:
            try:
                return self.decoder.decode(MODEL, probabilities).astype(np.int64)
            except AssertionError:  # what constriction raises where no label has such bits
                pass
        self.lost += 1
        return np.zeros_like(label)


class Mixed:
    """The mixture of one seed's experts, and their product, label by label."""

    def __init__(self, classes: int):
        self.uniform = np.full((1, classes), 1 / classes)
        self.mixture: OnlineMixture | None = None
        self.product: Product | None = None

    def predict(self, used: Offer) -> np.ndarray:
        """(1, C) probabilities of the next label, from those of each expert, and its logits."""
        own = [self.uniform, *(p for p, _ in used.values())]
        if factors := [logits for _, logits in used.values() if logits is not None]:
            self.product = self.product or Product(len(factors), 1)
            own.append(self.product.predict(np.stack(factors, axis=1)))
        if self.mixture is None:
            self.mixture = OnlineMixture(first_weights([*used], bool(factors)), 1)
        self.each = np.stack(own)
        return self.mixture.predict(self.each)

    def update(self, label: np.ndarray) -> None:
        """Follow what the label (1,) was."""
        assert self.mixture is not None
        self.mixture.update(self.each, label)
        if self.product is not None:
            self.product.update(label)


class Transmission:
    """Sends or receives the labels under the mixture of the experts of all learners.

    Learners run side by side, each in a thread. A label is passed on once all have predicted it.
    Labels are counted one after the other, those of each example from its first to its last.

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
        first = next(iter(coders.values()))
        self.next_tokens = first.next_tokens
        self.code, self.end, self.uniform = code, end, uniform
        self.offers: dict[str, tuple[int, Offer]] = dict.fromkeys(coders, (0, {}))
        self.mixed = [Mixed(first.classes) for _ in first.seeds]
        self.each = math.prod(self.examples[0].sizes)
        self.sent = 0
        self.failed: BaseException | None = None
        self.changed = threading.Condition()

    def offer(self, learner: str, end: int, experts: Offer) -> None:
        """Predictions (S, labels, C) of a learner, of the labels up to ``end``; returns once all
        of these are passed on."""
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
        i, place = divmod(self.sent, self.each)
        for s, mixed in enumerate(self.mixed):
            label = self.examples[0].label[s, i].reshape(-1)[place : place + 1].cpu().numpy()
            if label >= 0:
                passed = self.end.pass_on(label, mixed.predict(self._experts(s)))
                self._write(s, i, place, int(passed[0]))
                mixed.update(passed)
        self.sent += 1

    def _write(self, s: int, i: int, place: int, label: int) -> None:
        """Let all learners know a label of one seed's example, and the input that it is."""
        for examples in self.examples:
            examples.label[s, i].view(-1)[place] = label
            if self.next_tokens and place + 1 < examples.x.shape[1]:
                examples.x[examples.index[s, i], place + 1] = label

    def _experts(self, s: int) -> Offer:
        """Probabilities (1, C) and logits of the code's experts for one seed's next label, as
        :func:`lit.coding.mixture.mixtures` has them."""
        found: Offer = {}
        for learner, (end, experts) in self.offers.items():
            for name, (p, log) in experts.items():
                at = s, slice(self.sent - end, (self.sent - end + 1) or None)
                one = p[at], None if log is None else log[at]
                found.setdefault(name if name == "start" else f"{learner}.{name}", one)
        if self.uniform:
            del found["start"]
        return {name: found[name] for name in experts_of(self.code, found)}


class Party:
    """A learner's channel to a transmission."""

    at_once: int | None = 1

    def __init__(self, transmission: Transmission, learner: str, previous: bool):
        """``previous``: whether the previous block's model is an expert."""
        self.transmission, self.learner, self.previous = transmission, learner, previous
        self.label_by_label = transmission.next_tokens
        self.ahead: tuple[int, Callable[[], Tensor]] | None = None

    def code(self, begin: int, end: int, predictions: Predictions | Predict) -> Predictions:
        if self.label_by_label:
            if not callable(predictions):
                raise InputError(
                    f"learner {self.learner} predicts whole examples at once, but where each label"
                    " is the next input they have to be predicted one after the other, for which"
                    " it sends a function; see docs/extending.md"
                )
            return self._code_by_label(begin, end, predictions)
        found = predictions(begin, end) if callable(predictions) else predictions
        self._offer(begin, end, found, slice(None))
        return found

    def _code_by_label(self, begin: int, end: int, predict: Predict) -> Predictions:
        """Each label predicted from the inputs that are known by then."""
        for i in range(begin, end):
            for place in range(self.transmission.each):
                self._offer(i, i + 1, predict(i, i + 1), slice(place, place + 1))
        return predict(begin, end)

    def _offer(self, begin: int, end: int, predictions: Predictions, places: slice) -> None:
        """Predictions of the labels at these places of examples begin..end."""
        own: Offer = {}
        each = self.transmission.each
        for name, logits in predictions.items():
            flat = logits.reshape(len(logits), (end - begin) * each, -1)[:, places]
            own[name] = _probabilities(flat), kept(flat.cpu())
        if self.previous:
            first, ahead = self.ahead or (begin, lambda: predictions["model"])
            whole = ahead()[:, begin - first : end - first]
            flat = whole.reshape(len(whole), (end - begin) * each, -1)[:, places]
            own["previous"] = _probabilities(flat), None
        last = begin * each + places.stop if places.stop else end * each
        self.transmission.offer(self.learner, last, own)

    def code_ahead(self, begin: int, end: int, predict: Tensor | Callable[[], Tensor]) -> None:
        if self.label_by_label and callable(predict):
            self.ahead = begin, predict
            return
        logits = predict() if callable(predict) else predict
        self.ahead = begin, lambda: logits


def _probabilities(logits: Tensor) -> np.ndarray:
    return logits.softmax(-1).cpu().numpy()
