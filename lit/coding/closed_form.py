"""Learning one seed's stream in closed form: each label from all before it, by every expert.

Regressions with every kernel, ridge and prior, see :mod:`lit.coding.regression`, under factors that
follow the labels already sent; logistic regressions of few inputs that are no images; and labels
known by heart, where inputs come again.

A block of a short stream is solved exactly, by a factor of its own. A long stream is one pass from
its front, chunk by chunk: a job's blocks go on from the last whole chunk before them, and a block
that is a job of its own begins at the front, with the same result.
"""

import copy
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float64, Int64
from torch import Tensor
from torch.nn import functional as F

from lit.coding.by_heart import ByHeart
from lit.coding.calibration import Calibration
from lit.coding.channel import Stream
from lit.coding.kernels import Kernel
from lit.coding.landmarks import Landmarks
from lit.coding.logistic import Logistic
from lit.coding.logistic import fits as few_weights
from lit.coding.regression import Exact, Recursive, chunks
from lit.coding.views import BATCH, Views

KERNELS = ("nngp", "ntk", "linear", "draws", "both", "rbf", "patches", "ngrams")
LOGISTIC, SEEN = "architecture.logistic", "standardised"  # and the inputs that it sees


@dataclass(frozen=True)
class Options:
    """Options of ``readout``.

    Attributes:
        ridges: Each is tried with each kernel: the variance of noise, where an example's kernel
            with itself is 1 on average.
        generic: Whether generic learners (kernels of distances, patches of images, what such a
            network cannot know by heart) are experts too, of the code ``shortest`` alone.
        kernels: Kinds of kernels that are experts, where network and inputs have them.
        precisions: The same of logistic regressions' weights.
        exact: Streams up to here are solved exactly, whatever their block; later blocks with
            ``landmarks``.
        landmarks: Inputs that stand for all others there (Nystrom features).
        chunk: Labels that are solved at once there.
    """

    ridges: Sequence[float] = (0.01, 0.1, 1.0)
    generic: bool = True
    kernels: Sequence[str] = KERNELS
    precisions: Sequence[float] = (1.0, 3.0)
    exact: int = 4096
    landmarks: int = 2048
    chunk: int = 1024


@dataclass(frozen=True)
class Again:
    """That inputs come again: which do, and what the expert is called that knows them by heart.

    Attributes:
        number: (N,) of each row of the data set the number of its kind.
    """

    name: str
    number: Int64[Tensor, " N"]


class ClosedForm:
    """One seed's regressions, of a block or of a long stream.

    Attributes:
        flops: Operations that solving took.
    """

    def __init__(
        self,
        stream: Stream,
        s: int,
        prior: Float64[Tensor, "end C"],
        experts: dict[str, Kernel],
        options: Options,
        views: Views,
        landmarks: dict[Kernel, Landmarks],
        again: Again | None,
    ):
        """Begin with a block.

        Args:
            stream: The streams.
            s: Number of the seed.
            prior: Log-probabilities of the start state, up to the block's end.
            experts: Kernels by name.
            options: The learner's.
            views: The seed's.
            landmarks: Those of kernels that are alike for all seeds; what is not there is put in.
            again: Which inputs come again, if they do.
        """
        self.label, self.warm = stream.examples.label[s], stream.warm
        self.known = stream.channel.at_once is None  # labels, to whoever sends them
        self.options, self.views, self.experts = options, views, experts
        self.landmarks = landmarks
        # Solvers see (end, priors x C), the same numbers; of bins, those of the K outputs.
        self.basis = stream.examples.basis
        self.suffixes = ["", ".start"] if stream.warm else [""]  # by prior
        self.names = [
            f"{name}.{ridge:g}{suffix}"
            for name in experts
            for ridge in options.ridges
            for suffix in self.suffixes
        ]
        self.calibration = Calibration(len(self.names))
        self.flops = 0.0
        self.kept: list[Exact | Recursive] = []
        self.go_on(prior)
        self.one_by_one = list(self._one_by_one(again))
        self.whole = copy.deepcopy(self.calibration)  # at the end of the last whole chunk

    def go_on(self, prior: Float64[Tensor, "end C"]) -> None:
        """Go on with a later block of a long stream; ``prior`` as at first."""
        uniform = torch.full_like(prior, -np.log(prior.shape[-1]))
        self.priors = torch.stack([uniform, prior] if self.warm else [uniform])
        width = prior.shape[-1] if self.basis is None else len(self.basis)
        self.targets = prior.new_zeros(len(prior), len(self.priors), width)
        self.latest: int | None = None  # where the latest call for the block began

    @property
    def long(self) -> bool:
        """Whether the stream up to the block's end is long."""
        return len(self.targets) > self.options.exact

    def predict(self, begin: int, end: int) -> dict[str, Float64[Tensor, "m C"]]:
        """Logits of the labels begin..end by expert, each from the labels before it.

        The first call for a block also follows the labels before ``begin``. No label after these is
        skipped.
        """
        new = slice(self.latest or 0, end)  # those of the latest call were not known then
        hot = F.one_hot(self.label[new], self.priors.shape[-1]).double()
        off = hot - self.priors[:, new].exp()
        self.targets[new] = (off if self.basis is None else self._outputs(off)).transpose(0, 1)
        first = self._first() if self.latest is None else begin
        cuts = chunks(first, end, self.options.chunk) if self.long else [(first, end)]
        parts = [self._follow(a, b)[:, max(begin - a, 0) :] for a, b in cuts]
        self.latest = begin
        if self.known:  # a chunk's factors need not be kept until the next block
            self._go_on()
        logits = self._tensor(np.concatenate(parts, axis=1))
        found = dict(zip(self.names, logits, strict=True))
        for one in self.one_by_one:
            found |= self._follow_each(one, begin, end)
        return found

    def _outputs(self, off: Float64[Tensor, "P m C"]) -> Float64[Tensor, "P m K"]:
        """What outputs have to be off of bins, where probabilities are off; in whole batches, so
        that one label's do not depend on how many there are."""
        assert self.basis is not None
        padded = F.pad(off, (0, 0, 0, -off.shape[1] % BATCH))
        parts = [part @ self.basis.T for part in padded.split(BATCH, dim=1)]
        return torch.cat(parts, dim=1)[:, : off.shape[1]]

    def _first(self) -> int:
        """The first label to predict for a block, with factors as they were there."""
        if not self.long:
            return 0
        targets, options = self.targets.flatten(1), self.options
        if not self.kept:
            self.kept = [
                Recursive(self._features(kernel), options.ridges, targets, options.chunk)
                for kernel in self.experts.values()
            ]
        self.calibration = copy.deepcopy(self.whole)
        return self._go_on()

    def _go_on(self) -> int:
        """Take in what is done of a long stream; the first label that a later block predicts."""
        targets = self.targets.flatten(1)
        solvers = [solver for solver in self.kept if isinstance(solver, Recursive)]
        return max([solver.go_on(targets) for solver in solvers], default=0)

    def _follow(self, begin: int, end: int) -> np.ndarray:
        """(E, m, C) logits by kernel, ridge and prior of the labels begin..end of a chunk."""
        # Labels that are all known need one kernel and factor at a time in memory.
        if end < len(self.targets) and not self.kept:
            self.kept = list(self._exact())
        means = [self._means(one, begin, end) for one in self.kept or self._exact()]
        priors = self.priors[:, begin:end].repeat(len(self.names) // len(self.priors), 1, 1)
        mean = torch.cat(means) if self.basis is None else torch.cat(means) @ self.basis
        arrays = [a.numpy(force=True) for a in (mean, priors, self.label[:end])]
        logits = self.calibration.follow(arrays[0], arrays[1], arrays[2], begin)
        if self.long and end % self.options.chunk == 0:
            self.whole = copy.deepcopy(self.calibration)
        return logits

    def _means(self, solver: Exact | Recursive, begin: int, end: int) -> Float64[Tensor, "E m C"]:
        """A kernel's means over the root of their standard deviation, by ridge and prior."""
        classes, before = self.targets.shape[-1], solver.flops
        found = [
            (mean / sd.sqrt()[:, None]).unflatten(1, (-1, classes)).transpose(0, 1)
            for mean, sd in solver.predict(begin, end)
        ]
        self.flops += solver.flops - before
        return torch.cat(found)

    def _exact(self) -> Iterator[Exact]:
        targets, end = self.targets.flatten(1), len(self.targets)
        for kernel in self.experts.values():
            seen = self.views.stream(0, end, {view for view, _ in kernel.parts})
            matrix = kernel.lower(seen).div_(self.views.size(kernel))
            self.flops += end**2 / 2 * kernel.products(seen)
            for ridge in self.options.ridges:  # one factor at a time in memory
                exact = Exact(matrix, [ridge], targets)
                self.flops += exact.flops  # all are taken when it is made
                yield exact

    def _features(self, kernel: Kernel) -> Callable[[int, int], Float64[Tensor, "m D"]]:
        """What gives the features (m, D) of examples begin..end of the stream."""
        alike = all(view != "hidden" for view, _ in kernel.parts)
        made = self.landmarks.get(kernel) if alike else None
        made = made or Landmarks(kernel, self.views, self.options.landmarks)
        if alike:
            self.landmarks[kernel] = made
        self.flops += made.flops  # as if no other seed were there
        self.views.passes += made.passes

        def features(begin: int, end: int) -> Float64[Tensor, "m D"]:
            self.flops += made.each * (end - begin)
            return made.features(self.views, begin, end)

        return features

    def _one_by_one(self, again: Again | None) -> Iterator["OneByOne"]:
        """Logistic regressions, where inputs are no images, and few; of bins kernels are enough.
        And what is known by heart."""
        examples, (priors, _, classes) = self.views.examples, self.priors.shape
        width, precisions = examples.x.shape[1], self.options.precisions
        if SEEN in self.views.of and self.basis is None and few_weights(width, classes):
            names = [f"{LOGISTIC}.{one:g}{end}" for one in precisions for end in self.suffixes]
            regressions = Logistic(precisions, width, classes, priors)
            yield OneByOne(names, regressions, lambda a, b: self.views.stream(a, b, {SEEN})[SEEN])
        if again is not None:
            names, number = [again.name + end for end in self.suffixes], again.number
            yield OneByOne(
                names, ByHeart(priors, classes), lambda a, b: number[examples.index[0, a:b]]
            )

    def _follow_each(
        self, one: "OneByOne", begin: int, end: int
    ) -> dict[str, Float64[Tensor, "m C"]]:
        """Logits of the labels begin..end by expert."""
        learner = one.learner
        new, before = slice(learner.known, end), learner.flops
        seen = one.seen(new.start, end).numpy(force=True)
        priors, label = (a.numpy(force=True) for a in (self.priors[:, new], self.label[new]))
        logits = learner.follow(seen, priors, label, begin)
        self.flops += learner.flops - before
        return dict(zip(one.names, self._tensor(logits), strict=True))

    def _tensor(self, logits: np.ndarray) -> Float64[Tensor, "E m C"]:
        return torch.from_numpy(logits).to(self.targets.device)


@dataclass(frozen=True)
class OneByOne:
    """A learner that follows the labels one by one.

    Attributes:
        names: Of its experts.
        seen: Gives what it sees of the stream's examples begin..end.
    """

    names: list[str]
    learner: Logistic | ByHeart
    seen: Callable[[int, int], Tensor]
