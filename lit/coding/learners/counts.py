"""``counts``: labels of sequences, predicted from how often each has followed the latest inputs.

A generic learner: M's weights are not looked at. Each order of :mod:`lit.coding.context_counts` is
an expert, and so is their product. Blocks do not depend on each other, so each can be a job of its
own, which counts all examples before it anew. Labels of the same example are counted where each is
the next input; others become known with the whole example.
"""

import copy
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float64
from torch import Tensor, nn

from lit.coding.channel import Coded, Predictions, Span, Stream
from lit.coding.context_counts import ORDERS, ContextCounts
from lit.errors import InputError
from lit.files.result_files import Arrays
from lit.logs import Progress
from lit.training.scoring import score
from lit.training.state import Examples, State

KIND = {"labels": "each", "generic": True}
AT_ONCE = 2**25  # predicted probabilities that are kept at once


@dataclass(frozen=True)
class Options:
    """Options of ``counts``.

    Attributes:
        orders: Inputs in the longest context.
    """

    orders: int = ORDERS


def counts(
    net: nn.Module,
    stream: Stream,
    start: State,
    span: Span,
    options: Options,
    before: Arrays | None = None,
) -> Coded:
    """Code a span: the expert ``start``, one for each order, and one for their product.

    Raises:
        InputError: examples that are no sequences with a label for each token.
    """
    examples, coded = stream.examples, Coded.nothing(len(stream.seeds))
    if not examples.tokens or examples.x.shape[1:] != examples.sizes:
        raise InputError(
            f"the learner counts takes tokens with a label each, but an example's inputs are"
            f" {tuple(examples.x.shape[1:])}, its labels {examples.sizes or 'one'}; take another"
            " learner, or a data set with a vocabulary and y of the shape of x"
        )
    classes = score(net, start, examples, 0, 1).shape[-1]
    seeds = [ContextCounts(classes, options.orders) for _ in stream.seeds]
    names = [f"generic.counts-{name}" for name in seeds[0].names]
    size = len(seeds) * len(names) * examples.sizes[0] * classes
    step = stream.channel.at_once or max(AT_ONCE // size, 1)
    progress = Progress(f"counts {span.start}-{span.stop}")
    whole = not stream.channel.label_by_label
    windows = _Windows(seeds, examples, stream.next_tokens, whole)

    def predict(first: int, last: int) -> Predictions:
        untouched = score(net, start, examples, first, last)
        found = torch.stack([windows.predict(i) for i in range(first, last)], dim=2)
        each = found.to(untouched.device).unbind()
        return {"start": untouched} | dict(zip(names, each, strict=True))

    for begin in range(span.start, span.stop, step):
        end = min(begin + step, span.stop)
        stream.channel.code(begin, end, predict)
        progress.step(end - span.start, span.stop - span.start)
    coded.trained += span.stop
    coded.scored += span.stop - span.start
    # Of a label: interpolation of two rows by order, and a Newton step of the orders' powers.
    coded.other += 2.0 * span.stop * size / len(seeds) * (options.orders + 3)
    return coded


@dataclass
class _Windows:
    """The examples of S streams, in coding order.

    Attributes:
        seeds: What is counted in each stream.
        examples: Of all streams.
        next_tokens: Whether the labels of an example are known to those after them.
        whole: Whether all labels of an example are known when it is predicted first.
        learned: How many examples were counted.
    """

    seeds: list[ContextCounts]
    examples: Examples
    next_tokens: bool
    whole: bool
    learned: int = 0

    def predict(self, i: int) -> Float64[Tensor, "E S T C"]:
        """Log-probabilities of the labels of each stream's i-th example, from those before."""
        while self.learned < i:
            self._go_through(self.seeds, self.learned)
            self.learned += 1
        if not self.next_tokens:
            return self._go_through(self.seeds, i, tell=False)
        if self.whole:
            self.learned += 1
            return self._go_through(self.seeds, i)
        # It is predicted again and again, as its labels become known: nothing of it may stay.
        return self._go_through(copy.deepcopy(self.seeds), i)

    def _go_through(
        self, seeds: list[ContextCounts], i: int, tell: bool = True
    ) -> Float64[Tensor, "E S T C"]:
        """Predict the i-th example, and ``tell`` each label after its prediction."""
        x = self.examples.x[self.examples.index[:, i]].numpy(force=True)
        y = self.examples.label[:, i].numpy(force=True)
        y = y if tell else np.full_like(y, -1)
        found = [one.window(*pair) for one, *pair in zip(seeds, x, y, strict=True)]
        return torch.from_numpy(np.stack(found, axis=1))
