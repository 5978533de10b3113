"""Learners in closed form that follow a stream's labels one by one: logistic regressions, forests,
and what is known by heart of inputs that come again."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float64, Int64
from torch import Tensor

from lit.coding.by_heart import ByHeart
from lit.coding.forest import Forest
from lit.coding.forest import fits as few_thresholds
from lit.coding.logistic import Logistic, widest
from lit.coding.views import COMPONENTS, Views
from lit.training.state import Examples

LOGISTIC = "architecture.logistic"
FOREST, TABLE = "generic.forest", "standardised"  # and what it sees


@dataclass(frozen=True)
class Again:
    """That inputs come again: which do, and what the expert is called that knows them by heart.

    Attributes:
        number: (N,) of each row of the data set the number of its kind.
    """

    name: str
    number: Int64[Tensor, " N"]


@dataclass(frozen=True)
class Besides:
    """What such learners see, alike for all seeds.

    Attributes:
        views: Names of those that logistic regressions see: the inputs, and of many their
            principal components.
        again: Which inputs come again, if they do.
    """

    views: tuple[str, ...]
    again: Again | None

    @classmethod
    def of(cls, examples: Examples, linear: bool, again: Again | None) -> "Besides":
        """Of a network that is ``linear`` or is not: any can be linear in numbers that are no
        image's."""
        flat = examples.x.ndim == 2
        if examples.tokens or examples.basis is not None or not (flat or linear):
            return cls((), again)  # of bins kernels are enough
        inputs = TABLE if flat else "inputs"
        many = examples.x[0].numel() > COMPONENTS
        return cls((inputs, "components") if many else (inputs,), again)


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
    besides: Besides,
) -> Iterator[OneByOne]:
    """Those of one seed's stream.

    Args:
        views: The seed's.
        suffixes: Ends of experts' names, of each prior.
        classes: C.
        precisions: Of weights of logistic regressions.
        generic: Whether a forest is one.
        besides: What they see.
    """
    examples, priors, again = views.examples, len(suffixes), besides.again
    width, most = examples.x[0].numel(), widest(classes)

    def seen(view: str, columns: int) -> Callable[[int, int], Tensor]:
        return lambda begin, end: views.stream(begin, end, {view})[view][:, :columns]

    for view in besides.views:
        name, columns = LOGISTIC, len(views.of[view].mean)
        if view == "components":
            name, columns = f"{LOGISTIC}-{view}", min(columns, most)
        if 0 < columns <= most:
            names = [f"{name}.{one:g}{end}" for one in precisions for end in suffixes]
            learner = Logistic(precisions, columns, classes, priors)
            yield OneByOne(names, learner, seen(view, columns))
    if TABLE in besides.views and generic and few_thresholds(width, classes):
        yield OneByOne([FOREST], Forest(width, classes), seen(TABLE, width))
    if again is not None:
        names, number = [again.name + end for end in suffixes], again.number
        yield OneByOne(names, ByHeart(priors, classes), lambda a, b: number[examples.index[0, a:b]])
