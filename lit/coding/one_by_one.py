"""Learners in closed form that follow a stream's labels one by one: logistic regressions of few
inputs that are no images, forests of the same, and what is known by heart of inputs that come
again."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float64, Int64
from torch import Tensor

from lit.coding.by_heart import ByHeart
from lit.coding.forest import Forest
from lit.coding.forest import fits as few_thresholds
from lit.coding.logistic import Logistic
from lit.coding.logistic import fits as few_weights
from lit.coding.views import Views

LOGISTIC, SEEN = "architecture.logistic", "standardised"  # and the inputs that it sees
FOREST = "generic.forest"


@dataclass(frozen=True)
class Again:
    """That inputs come again: which do, and what the expert is called that knows them by heart.

    Attributes:
        number: (N,) of each row of the data set the number of its kind.
    """

    name: str
    number: Int64[Tensor, " N"]


@dataclass(frozen=True)
class OneByOne:
    """A learner that follows the labels one by one.

    Attributes:
        names: Of its experts.
        seen: Gives what it sees of the stream's examples begin..end.
    """

    names: list[str]
    learner: Logistic | Forest | ByHeart
    seen: Callable[[int, int], Tensor]

    def follow(
        self, priors: Float64[Tensor, "P end C"], label: Int64[Tensor, " end"], begin: int
    ) -> dict[str, Float64[Tensor, "m C"]]:
        """Logits of the labels from ``begin`` on by expert, each from the labels before it; the
        last one is not looked at."""
        first, end = self.learner.known, priors.shape[1]
        seen, prior, known = (
            a.numpy(force=True)
            for a in (self.seen(first, end), priors[:, first:], label[first:end])
        )
        logits = torch.from_numpy(self.learner.follow(seen, prior, known, begin))
        return dict(zip(self.names, logits.to(priors.device), strict=True))


def learners_of(
    views: Views,
    suffixes: list[str],
    classes: int,
    precisions: Sequence[float],
    generic: bool,
    again: Again | None,
) -> Iterator[OneByOne]:
    """Those of one seed's stream.

    Args:
        views: The seed's.
        suffixes: Ends of experts' names, of each prior.
        classes: C.
        precisions: Of weights of logistic regressions.
        generic: Whether a forest is one.
        again: Which inputs come again, if they do.
    """
    examples, priors = views.examples, len(suffixes)
    width = examples.x.shape[1]
    numbers = SEEN in views.of and examples.basis is None  # of bins kernels are enough

    def seen(begin: int, end: int) -> Tensor:
        return views.stream(begin, end, {SEEN})[SEEN]

    if numbers and few_weights(width, classes):
        names = [f"{LOGISTIC}.{one:g}{end}" for one in precisions for end in suffixes]
        yield OneByOne(names, Logistic(precisions, width, classes, priors), seen)
    if numbers and generic and few_thresholds(width, classes):
        yield OneByOne([FOREST], Forest(width, classes), seen)
    if again is not None:
        names, number = [again.name + end for end in suffixes], again.number
        yield OneByOne(names, ByHeart(priors, classes), lambda a, b: number[examples.index[0, a:b]])
