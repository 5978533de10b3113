"""``committee``: many small networks, trained side by side on all labels so far, predict together.

A generic learner: M's weights are not looked at. What a small network tells of few inputs, a large
one that descends once finds out late, and a single small one may be stuck; of many that fit the
labels so far the mean prediction is near that of all that would (Seung, Opper, Sompolinsky 1992,
doi:10.1145/130385.130417; Lakshminarayanan, Pritzel, Blundell 2017, arXiv:1612.01474). Blocks do
not depend on each other, so each can be a job of its own.
"""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float32, Float64, Int64
from torch import Tensor, nn
from torch.nn import functional as F

from lit.coding.channel import Coded, Span, Stream
from lit.coding.views import View, Views
from lit.errors import InputError
from lit.files.result_files import Arrays
from lit.logs import Progress
from lit.rng import generator
from lit.training.scoring import score
from lit.training.state import State

KIND = {"labels": "numbers", "generic": True}
SEEN = "standardised"
FIRST = 4  # times as many passes over what is known where a block begins, as its networks are new
LEAST = 4  # labels between two trainings
OPERATIONS = 6  # on each weight and example of a pass, forth and back


@dataclass(frozen=True)
class Options:
    """Options of ``committee``.

    Attributes:
        members: Networks whose mean prediction is an expert.
        width: Hidden units of each.
        precisions: Each is an expert: that of the Gaussian which weights have before the first
            label.
        growth: The networks learn again when there are so many times as many labels.
        passes: Over all labels so far, each time, with a step of Adam each.
        lr: Learning rate, which falls to nothing each time.
    """

    members: int = 16
    width: int = 4
    precisions: Sequence[float] = (0.02, 0.2, 2.0)
    growth: float = 1.1
    passes: int = 200
    lr: float = 0.03


def committee(
    net: nn.Module,
    stream: Stream,
    start: State,
    span: Span,
    options: Options,
    before: Arrays | None = None,
) -> Coded:
    """Code a span: the expert ``start``, and one for each precision and prior.

    Raises:
        InputError: tokens, whose numbers mean nothing, or several labels an example.
    """
    examples, coded = stream.examples, Coded.nothing(len(stream.seeds))
    if examples.tokens or examples.sizes:
        raise InputError(
            "the learner committee takes inputs that are numbers, and one label an example; take"
            " another learner"
        )
    progress = Progress(f"committee {span.start}-{span.stop}")
    shared: dict[str, View] = {}
    views = [Views(net, stream, start, s, {SEEN}, shared) for s in range(len(stream.seeds))]
    for begin, end in span.blocks:
        prior = score(net, start, examples, 0, end).log_softmax(-1)
        uniform = torch.full_like(prior, -math.log(prior.shape[-1]))
        priors = {"": uniform, ".start": prior} if stream.warm else {"": uniform}
        inputs = [_inputs(one, end) for one in views]
        committees = {
            suffix: [
                _Committee(inputs[s], examples.label[s], of[s], seed, begin, options)
                for s, seed in enumerate(stream.seeds)
            ]
            for suffix, of in priors.items()
        }
        for at, stop in _parts(begin, end, options.growth):
            passes = options.passes * (FIRST if at == begin else 1)
            for one in itertools.chain(*committees.values()):
                one.learn(at, passes if at else 0)
            step = stream.channel.at_once or stop - at
            for first in range(at, stop, step):
                last = min(first + step, stop)
                predictions = {"start": prior[:, first:last]}
                for suffix, seeds in committees.items():
                    found = torch.stack([one.predict(first, last) for one in seeds], dim=1)
                    names = [f"generic.committee.{p:g}{suffix}" for p in options.precisions]
                    predictions |= dict(zip(names, found.unbind(), strict=True))
                stream.channel.code(first, last, predictions)
            progress.step(stop - span.start, span.stop - span.start)
        coded.scored += end
        for seeds in committees.values():
            coded.other += [one.flops for one in seeds]
    return coded


def _inputs(views: Views, end: int) -> Float32[Tensor, "end D"]:
    """A stream's inputs, each of about mean square 1."""
    x = views.stream(0, end, {SEEN})[SEEN]
    return (x * math.sqrt(x.shape[1])).float()


def _parts(begin: int, end: int, growth: float) -> list[tuple[int, int]]:
    """Parts of a block, at whose begin the networks learn."""
    ends = [begin]
    while ends[-1] < end:
        ends.append(min(end, max(ends[-1] + LEAST, int(ends[-1] * growth))))
    return list(itertools.pairwise(ends))


class _Committee:
    """Networks of one seed and prior, some of each precision; the same of each prior at first."""

    def __init__(
        self,
        x: Float32[Tensor, "end D"],
        label: Int64[Tensor, " K"],
        prior: Float64[Tensor, "end C"],
        seed: int,
        begin: int,
        options: Options,
    ):
        """``x``, ``prior``: inputs and log-probabilities, up to the end of the block."""
        self.x, self.label, self.options = x, label, options
        self.prior = prior.float()[:, None]
        inputs, classes = x.shape[1], prior.shape[1]
        count = len(options.precisions) * options.members
        self.precision = x.new_tensor(options.precisions).repeat_interleave(options.members)
        drawn = generator("committee", seed, begin).standard_normal((inputs, count * options.width))
        self.weights = [
            torch.from_numpy(drawn.astype(np.float32) / math.sqrt(inputs)).to(x.device),
            x.new_zeros(count * options.width),
            x.new_zeros(count, options.width, classes),
            x.new_zeros(count, classes),
        ]
        for weight in self.weights:
            weight.requires_grad_()
        self.flops = 0.0

    def learn(self, known: int, passes: int) -> None:
        """Train on the ``known`` labels at the front, from where the networks are."""
        y = self.label[:known, None].expand(-1, len(self.precision)).flatten()
        adam = torch.optim.Adam(self.weights, lr=self.options.lr, betas=(0.9, 0.99))
        for step in range(passes):
            adam.param_groups[0]["lr"] = self.options.lr * (1 - step / passes)
            loss = F.cross_entropy(self._logits(0, known).flatten(0, 1), y, reduction="sum")
            adam.zero_grad()
            ((loss + (self.precision * self._squares()).sum() / 2) / known).backward()
            adam.step()
        size = sum(weight.numel() for weight in self.weights)
        self.flops += float(OPERATIONS) * passes * known * size

    def predict(self, begin: int, end: int) -> Float64[Tensor, "P m C"]:
        """Log-probabilities of the labels begin..end, of each precision the mean of its members."""
        members = self.options.members
        with torch.no_grad():
            each = self._logits(begin, end).double().log_softmax(-1)
        means = each.unflatten(1, (-1, members)).logsumexp(2) - math.log(members)
        return means.transpose(0, 1)

    def _logits(self, begin: int, end: int) -> Float32[Tensor, "m N C"]:
        first, bias, second, last = self.weights
        hidden = torch.relu(self.x[begin:end] @ first + bias)
        hidden = hidden.unflatten(1, (-1, self.options.width))
        return torch.einsum("mnw,nwc->mnc", hidden, second) + last + self.prior[begin:end]

    def _squares(self) -> Float32[Tensor, " N"]:
        """Each network's sum of squared weights; biases of the output have no prior."""
        first, bias, second, _ = self.weights
        unit = (first.square().sum(0) + bias.square()).unflatten(0, (-1, self.options.width))
        return unit.sum(1) + second.square().sum((1, 2))
