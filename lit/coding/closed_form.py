"""Learning one seed's stream in closed form: each label from all before it, by every expert.

Regressions with every kernel, ridge and prior, see :mod:`lit.coding.regression`, under factors that
follow the labels already sent; of labels that are bins the same of their targets; and what follows
the labels one by one, see :mod:`lit.coding.one_by_one`.

The blocks of a short stream are solved exactly, those of a job by one factor. A long stream is one
pass from its front, chunk by chunk: a job's blocks go on from the last whole chunk before them. In
either case a block that is a job of its own has the same result.
"""

import copy
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float64
from torch import Tensor
from torch.nn import functional as F

from lit.coding.calibration import Calibration
from lit.coding.channel import Stream
from lit.coding.kernels import Kernel, lower
from lit.coding.landmarks import Landmarks
from lit.coding.normal import Normal
from lit.coding.one_by_one import Besides, learners_of
from lit.coding.regression import OneStepAhead, Predictions, Recursive, chunks
from lit.coding.views import BATCH, Views

KERNELS = ("nngp", "ntk", "linear", "draws", "both", "rbf", "patches", "ngrams")
NORMAL = "normal"  # in names of regressions of the targets that bins are of
FINE = 1e-4  # a further ridge of theirs: inputs may tell targets far more finely than labels


@dataclass(frozen=True)
class Options:
    """Options of ``readout``.

    Attributes:
        ridges: Each is tried with each kernel: the variance of noise, where an example's kernel
            with itself is 1 on average. Where labels are bins, so is 0.0001.
        generic: Whether generic learners (kernels of distances, patches of images, forests of few
            inputs, what such a network cannot know by heart) are experts too, of the code
            ``shortest`` alone.
        kernels: Kinds of kernels that are experts, where network and inputs have them.
        precisions: The same of logistic regressions' weights; without any there are none.
        exact: Streams up to here are solved exactly, whatever their block; later blocks with
            ``landmarks``.
        landmarks: Inputs that stand for all others there (Nystrom features).
        chunk: Labels that are solved at once there.
    """

    ridges: Sequence[float] = (0.01, 0.1, 1.0)
    generic: bool = True
    kernels: Sequence[str] = KERNELS
    precisions: Sequence[float] = (0.0003, 0.003, 0.1, 1.0, 3.0)
    exact: int = 4096
    landmarks: int = 2048
    chunk: int = 1024


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
        besides: Besides,
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
            besides: Which learners follow the labels one by one.
        """
        self.label, self.warm = stream.examples.label[s], stream.warm
        self.known = stream.channel.at_once is None  # labels, to whoever sends them
        self.options, self.views, self.experts = options, views, experts
        self.landmarks = landmarks
        self.basis = stream.examples.basis
        self.suffixes = ["", ".start"] if stream.warm else [""]  # by prior
        self.ridges = list(options.ridges)
        if self.basis is not None and FINE not in self.ridges:
            self.ridges.insert(0, FINE)
        regressions = len(experts) * len(self.ridges)
        self.calibration = Calibration(regressions * len(self.suffixes))
        self.normal: Normal | None = None
        if self.basis is not None:
            self.normal = Normal(1 + regressions, len(self.suffixes), prior.shape[-1])
        self.names = names_of(experts, self.ridges, self.suffixes, self.normal is not None)
        self.flops = 0.0
        self.kept: list[OneStepAhead | Recursive] = []
        self.go_on(prior)
        classes = prior.shape[-1]
        self.one_by_one = list(
            learners_of(views, self.suffixes, classes, options.precisions, besides)
        )
        # What follows the labels, at the end of the last whole chunk.
        self.whole = copy.deepcopy((self.calibration, self.normal))

    def go_on(self, prior: Float64[Tensor, "end C"]) -> None:
        """Go on with a later block of a long stream; ``prior`` as at first."""
        uniform = torch.full_like(prior, -np.log(prior.shape[-1]))
        self.priors = torch.stack([uniform, prior] if self.warm else [uniform])
        width = prior.shape[-1] if self.basis is None else len(self.basis)
        self.outputs = len(self.priors) * width
        # What solvers see; of bins, what the K outputs have to be, then the targets, then ones.
        more = 0 if self.normal is None else len(self.priors) + 1
        self.solved = prior.new_zeros(len(prior), self.outputs + more)
        self.targets = self.solved[:, : self.outputs].unflatten(1, (-1, width))
        if self.normal is not None:
            self.solved[:, -1] = 1
            self.centres = prior.new_tensor(self.normal.centres)
            self.middle = (self.priors.exp() * self.centres).sum(-1).T  # (end, P)
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
        if self.basis is not None:  # what outputs have to be off, where probabilities are
            off = in_batches(off, self.basis.T)
        self.targets[new] = off.transpose(0, 1)
        if self.normal is not None:
            told = self.centres[self.label[new], None] - self.middle[new]
            self.solved[new, self.outputs : -1] = told
        first = self._first() if self.latest is None else begin
        cuts = chunks(first, end, self.options.chunk) if self.long else [(first, end)]
        parts = [self._follow(a, b, max(begin - a, 0)) for a, b in cuts]
        self.latest = begin
        if self.known:  # a chunk's factors need not be kept until the next block
            self._go_on()
        found = dict(zip(self.names, self._tensor(np.concatenate(parts, axis=1)), strict=True))
        for one in self.one_by_one:
            before = one.learner.flops
            found |= one.follow(self.priors[:, :end], self.label[:end], begin)
            self.flops += one.learner.flops - before
        return found

    def _first(self) -> int:
        """The first label to predict for a block, with factors as they were there."""
        if not self.long:
            return 0
        options = self.options
        if not self.kept:
            self.kept = [
                Recursive(self._features(kernel), self.ridges, self.solved, options.chunk)
                for kernel in self.experts.values()
            ]
        self.calibration, self.normal = copy.deepcopy(self.whole)
        return self._go_on()

    def _go_on(self) -> int:
        """Take in what is done of a long stream; the first label that a later block predicts."""
        solvers = [solver for solver in self.kept if isinstance(solver, Recursive)]
        return max([solver.go_on(self.solved) for solver in solvers], default=0)

    def _follow(self, begin: int, end: int, skip: int) -> np.ndarray:
        """(E, m, C) logits by kernel, ridge and prior of the labels begin..end of a chunk, without
        those of the first ones."""
        # Labels that are all known need one factor at a time in memory.
        if end < len(self.targets) and not self.kept:
            self.kept = list(self._exact())
        solvers = self.kept or self._exact()
        each = [one for solver in solvers for one in self._solve(solver, begin, end)]
        self.views.forget()
        logits = self._calibrated(each, begin, end)[:, skip:]
        if self.normal is not None:
            columns, middle = self.solved[:end, self.outputs :], self.middle[begin:end]
            more = regressed(self.normal, each, columns, middle)
            self.flops += 10.0 * more.size
            logits = np.concatenate([logits, more[:, skip:]])
        if self.long and end % self.options.chunk == 0:
            self.whole = copy.deepcopy((self.calibration, self.normal))
        return logits

    def _calibrated(self, each: list[Predictions], begin: int, end: int) -> np.ndarray:
        """(E, m, C) the same of outputs: means over the root of their standard deviation."""
        shape = self.targets.shape[1:]
        parts = [
            (mean[:, : self.outputs] / sd.sqrt()[:, None]).unflatten(1, shape).transpose(0, 1)
            for mean, sd in each
        ]
        means = torch.cat(parts) if self.basis is None else in_batches(torch.cat(parts), self.basis)
        priors = self.priors[:, begin:end].repeat(len(each), 1, 1)
        arrays = [a.numpy(force=True) for a in (means, priors, self.label[:end])]
        return self.calibration.follow(arrays[0], arrays[1], arrays[2], begin)

    def _solve(self, solver: OneStepAhead | Recursive, begin: int, end: int) -> list[Predictions]:
        """A solver's predictions, by ridge."""
        if isinstance(solver, OneStepAhead):
            return [solver.predict(begin, end)]
        before = solver.flops
        found = solver.predict(begin, end)
        self.flops += solver.flops - before
        return found

    def _exact(self) -> Iterator[OneStepAhead]:
        """By kernel and ridge, one factor at a time in memory."""
        end, every = len(self.targets), list(self.experts.values())
        seen = self.views.stream(0, end, set().union(*(kernel.views for kernel in every)))
        self.flops += float(end**2) * sum(view.shape[1] for view in seen.values())  # products
        for matrix in lower(every, [self.views.size(kernel) for kernel in every], seen):
            for ridge in self.ridges:
                exact = OneStepAhead(matrix, ridge, self.solved)
                self.flops += exact.flops
                yield exact

    def _features(self, kernel: Kernel) -> Callable[[int, int], Float64[Tensor, "m D"]]:
        """What gives the features (m, D) of examples begin..end of the stream."""
        alike = "hidden" not in kernel.views
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

    def _tensor(self, logits: np.ndarray) -> Float64[Tensor, "E m C"]:
        return torch.from_numpy(logits).to(self.targets.device)


def in_batches(
    x: Float64[Tensor, "P m D"], matrix: Float64[Tensor, "D W"]
) -> Float64[Tensor, "P m W"]:
    """In whole batches, so that the bytes of one example's do not depend on how many there are."""
    padded = F.pad(x, (0, 0, 0, -x.shape[1] % BATCH))
    parts = [part @ matrix for part in padded.split(BATCH, dim=1)]
    return torch.cat(parts, dim=1)[:, : x.shape[1]]


def names_of(
    experts: Iterable[str], ridges: Sequence[float], suffixes: list[str], bins: bool
) -> list[str]:
    """Experts' names, by kernel, ridge and prior; of bins, then those of regressions of the targets
    themselves, of which the first has no inputs."""
    ends = [f".{ridge:g}{suffix}" for ridge in ridges for suffix in suffixes]
    names = [f"{name}{end}" for name in experts for end in ends]
    if not bins:
        return names
    parts = [name.partition(".") for name in names]
    normals = [f"{prefix}.{NORMAL}-{rest}" for prefix, _, rest in parts]
    return [*names, *(f"architecture.{NORMAL}{suffix}" for suffix in suffixes), *normals]


def regressed(
    normal: Normal,
    each: list[Predictions],
    columns: Float64[Tensor, "end W"],
    middle: Float64[Tensor, "m P"],
) -> Float64[np.ndarray, "E m C"]:
    """Logits of the last m labels by regressions of their targets, that of no inputs first.

    Args:
        normal: What has followed the labels before.
        each: Solvers' predictions, of kernels and ridges; the last W are of these columns.
        columns: The targets less each prior's mean, and ones.
        middle: The priors' means.
    """
    begin, width = len(columns) - len(middle), columns.shape[1]
    none = torch.zeros_like(columns[begin:])
    ahead = torch.stack([none, *(mean[:, -width:] for mean, _ in each)])
    deviation = torch.stack([torch.ones_like(none[:, 0]), *(sd for _, sd in each)])
    tensors = (ahead, deviation, columns[:, :-1], middle)
    arrays = [tensor.numpy(force=True) for tensor in tensors]
    found = normal.follow(arrays[0], arrays[1], arrays[2], arrays[3], begin)
    return found.reshape(-1, *found.shape[2:])
