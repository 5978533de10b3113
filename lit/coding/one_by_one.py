"""Learners in closed form that follow a stream's labels one by one: logistic regressions, forests,
and what is known by heart of inputs that come again."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float64, Int64
from torch import Tensor

from lit.coding.blas import one_thread
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
    """Which such learners there are, alike for all seeds.

    Attributes:
        logistic: Names of the views that logistic regressions see: the inputs, and of many their
            principal components.
        components: How many of these.
        forest: Whether there is a forest.
        again: Which inputs come again, if they do.
    """

    logistic: tuple[str, ...]
    components: int
    forest: bool
    again: Again | None

    @classmethod
    def of(
        cls, examples: Examples, classes: int, linear: bool, generic: bool, again: Again | None
    ) -> "Besides":
        """Those of a data set.

        Args:
            examples: Its; of tokens and of bins there are none.
            classes: C.
            linear: Whether the network is; any can be linear in numbers that are no image's.
            generic: Whether a forest is wanted.
            again: As above.
        """
        flat = examples.x.ndim == 2
        width, most = examples.x[0].numel(), widest(classes)
        logistic: list[str] = []
        if examples.tokens or examples.basis is not None or not (flat or linear):
            return cls((), 0, False, again)
        if width <= most:
            logistic.append(TABLE if flat else "inputs")
        if width > COMPONENTS and most > 0:
            logistic.append("components")
        forest = flat and generic and few_thresholds(width, classes)
        return cls(tuple(logistic), min(most, COMPONENTS), forest, again)

    @property
    def views(self) -> set[str]:
        """Names of what they see."""
        return {*self.logistic, *([TABLE] if self.forest else [])}


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
        with one_thread():
            found = self.learner.follow(seen, prior, known, begin)
        logits = torch.from_numpy(found)
        return dict(zip(self.names, logits.to(priors.device), strict=True))


def learners_of(
    views: Views, suffixes: list[str], classes: int, precisions: Sequence[float], besides: Besides
) -> Iterator[OneByOne]:
    """Those of one seed's stream.

    Args:
        views: The seed's.
        suffixes: Ends of experts' names, of each prior.
        classes: C.
        precisions: Of weights of logistic regressions.
        besides: Which there are.
    """
    examples, priors, again = views.examples, len(suffixes), besides.again

    def width(view: str) -> int:
        return len(views.of[view].mean)

    def seen(view: str) -> Callable[[int, int], Tensor]:
        return lambda begin, end: views.stream(begin, end, {view})[view]

    for view in filter(width, besides.logistic):  # components may be none
        name = f"{LOGISTIC}-{view}" if view == "components" else LOGISTIC
        names = [f"{name}.{one:g}{end}" for one in precisions for end in suffixes]
        yield OneByOne(names, Logistic(precisions, width(view), classes, priors), seen(view))
    if besides.forest:
        yield OneByOne([FOREST], Forest(width(TABLE), classes), seen(TABLE))
    if again is not None:
        names, number = [again.name + end for end in suffixes], again.number
        yield OneByOne(names, ByHeart(priors, classes), lambda a, b: number[examples.index[0, a:b]])
