"""``readout``: learning in closed form, each label predicted from all before it.

Ridge regression of the labels with kernels of the architecture: of the limit of infinitely many
draws of theta0, and of the start state's own layers; with equal probabilities, or the start state's
prediction, as the prior mean. One Cholesky factor predicts every label from all before it, see
:mod:`lit.coding.regression`. Every kernel, ridge and prior is an expert, paid for in bits. So are
logistic regressions of few inputs that are no images, which any network of them can be, see
:mod:`lit.coding.logistic`, and the shares of the labels so far. Blocks do not depend on each other,
so each can be a job of its own.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float64, Int64
from torch import Tensor, nn
from torch.nn import functional as F

from lit.coding import kernels
from lit.coding.calibration import Calibration
from lit.coding.channel import Coded, Span, Stream
from lit.coding.kernels import Kernel
from lit.coding.logistic import Logistic
from lit.coding.logistic import fits as few_weights
from lit.coding.regression import Exact, Recursive, cholesky
from lit.coding.views import View, Views, sees_inputs
from lit.errors import InputError
from lit.files.result_files import Arrays
from lit.logs import Progress
from lit.networks.patches import fits
from lit.networks.small import relu_layers
from lit.rng import generator
from lit.training.scoring import score
from lit.training.state import State

KIND = {"labels": "one"}
JITTER = 1e-6  # on landmarks' kernel with themselves, for rounding
LABEL_COUNTS = "architecture.label-counts"
LOGISTIC, SEEN = "architecture.logistic", "standardised"  # and the inputs that it sees
UNSEEN = 0.5  # count of each label before the first (Krichevsky and Trofimov 1981)


@dataclass(frozen=True)
class Options:
    """Options of ``readout``.

    Attributes:
        ridges: Each is tried with each kernel: the variance of noise, where an example's kernel
            with itself is 1 on average.
        generic: Whether generic learners (kernels of distances, patches of images) are experts
            too; they count in the code ``shortest`` alone.
        precisions: The same of logistic regressions' weights.
        exact: Streams up to here are solved exactly, whatever their block; later blocks with
            ``landmarks``.
        landmarks: Inputs that stand for all others there (Nystrom features).
        chunk: Labels that are solved at once there.
    """

    ridges: Sequence[float] = (0.01, 0.1, 1.0)
    generic: bool = True
    precisions: Sequence[float] = (1.0, 3.0)
    exact: int = 4096
    landmarks: int = 2048
    chunk: int = 1024


def readout(
    net: nn.Module,
    stream: Stream,
    start: State,
    span: Span,
    options: Options,
    before: Arrays | None = None,
) -> Coded:
    """Code a span: the expert ``start``, one for each kernel, ridge and prior, and label counts."""
    coded = Coded.nothing(len(stream.seeds))
    if stream.examples.sizes:
        raise InputError(
            "the learner readout takes one label an example, but these carry several; take replay"
        )
    shape, tokens = tuple(stream.examples.x.shape[1:]), stream.examples.tokens
    depth = 0 if sees_inputs(net, start, stream.examples) else relu_layers(net)
    experts = kernels_of(depth, shape, options.generic, tokens)
    progress = Progress(f"readout {span.start}-{span.stop}, {len(experts)} kernels")
    names = {view for kernel in experts.values() for view, _ in kernel.parts}
    names |= {SEEN} if len(shape) == 1 and not tokens else set()
    shared: dict[str, View] = {}
    views = [Views(net, stream, start, s, names, shared) for s in range(len(stream.seeds))]
    for begin, end in span.blocks:
        prior = score(net, start, stream.examples, 0, end).log_softmax(-1)
        seeds = [
            _Seed(stream, s, prior[s], experts, options, views[s]) for s in range(len(stream.seeds))
        ]
        step = stream.channel.at_once or end - begin
        for at in range(begin, end, step):
            stop = min(end, at + step)
            parts = [one.predict(at, stop) for one in seeds]
            predictions = {n: torch.stack([p[n] for p in parts]) for n in parts[0]}
            shares = label_counts(stream.examples.label[:, :stop], at, prior.shape[-1])
            predictions |= {"start": prior[:, at:stop], LABEL_COUNTS: shares}
            stream.channel.code(at, stop, predictions)
        coded.scored += end
        coded.other += [one.flops for one in seeds]
        progress.step(end - span.start, span.stop - span.start)
    return coded


def kernels_of(
    depth: int | None, shape: tuple[int, ...], generic: bool, tokens: bool = False
) -> dict[str, Kernel]:
    """Kernels by name: ``architecture.`` those of the network, ``generic.`` any other.

    Those of a fully connected network follow from its ``depth``, see
    :func:`lit.networks.small.relu_layers`; where that is unknown, they are made of draws of it.
    """
    flat = len(shape) == 1
    views = ["inputs", "standardised"] if flat else ["inputs"]
    found: dict[str, Kernel] = {}
    if depth is not None:
        for view in views:
            if not depth:
                found[f"linear-{view}"] = Kernel(((view, kernels.linear),))
                continue
            found[f"nngp-{view}"] = Kernel(((view, kernels.nngp(depth)),))
            found[f"ntk-{view}"] = Kernel(((view, kernels.ntk(depth)),))
        if depth:
            found["both"] = Kernel((("inputs", kernels.ntk(depth)), ("hidden", kernels.linear)))
    else:
        found["draws"] = Kernel((("draws", kernels.linear),))
        found["draws-ntk"] = Kernel((("draws", kernels.ntk(1)),))
        found["both"] = Kernel((("draws", kernels.ntk(1)), ("hidden", kernels.linear)))
    named = {f"architecture.{name}": kernel for name, kernel in found.items()}
    if generic and tokens:  # whose numbers mean nothing
        named["generic.ngrams"] = Kernel((("ngrams", kernels.linear),))
    elif generic:
        for view in views:
            named[f"generic.rbf-{view}"] = Kernel(((view, kernels.rbf(0.5)),))
        if fits(shape):
            named["generic.patches"] = Kernel((("patches", kernels.nngp(1)),))
    return named


def label_counts(
    label: Int64[Tensor, "S end"], begin: int, classes: int
) -> Float64[Tensor, "S m C"]:
    """Log-probabilities of the labels from ``begin`` on, by how often each was seen before it.

    It is an architecture's output bias alone, learnt in closed form. Where inputs say little and
    classes are unequal, all else learns their shares dearly, and that waste would stand in L_IT.
    """
    seen = F.one_hot(label[:, :-1], classes).double().cumsum(1)
    counts = UNSEEN + F.pad(seen, (0, 0, 1, 0))[:, begin:]
    return (counts / counts.sum(-1, keepdim=True)).log()


class _Seed:
    """One seed's regressions for a block."""

    def __init__(
        self,
        stream: Stream,
        s: int,
        prior: Float64[Tensor, "end C"],
        experts: dict[str, Kernel],
        options: Options,
        views: Views,
    ):
        """``prior``: log-probabilities of the start state, up to the block's end."""
        self.label = stream.examples.label[s]
        self.options, self.views, self.experts = options, views, experts
        uniform = torch.full_like(prior, -np.log(prior.shape[-1]))
        self.priors = torch.stack([uniform, prior] if stream.warm else [uniform])
        # Solvers see (end, priors x C), the same numbers; of bins, those of the K outputs.
        self.basis = stream.examples.basis
        width = prior.shape[-1] if self.basis is None else len(self.basis)
        self.targets = prior.new_zeros(len(prior), len(self.priors), width)
        suffixes = ["", ".start"] if stream.warm else [""]
        self.names = [
            f"{name}.{ridge:g}{suffix}"
            for name in experts
            for ridge in options.ridges
            for suffix in suffixes
        ]
        self.calibration = Calibration(len(self.names))
        self.suffixes, self.logistic = suffixes, self._logistic(width)
        self.latest: int | None = None  # where the latest call began
        self.flops = 0.0
        self.kept: list[Exact | Recursive] = []

    def predict(self, begin: int, end: int) -> dict[str, Float64[Tensor, "m C"]]:
        """Logits of the labels begin..end by expert, each from the labels before it.

        The first call also follows labels before ``begin``; of a long stream the later half, as
        factors forget the earlier one (:data:`lit.coding.calibration.FADE`). No label after these
        is skipped.
        """
        long = len(self.targets) > self.options.exact
        first = begin if self.latest is not None else begin // 2 if long else 0
        new = slice(self.latest or 0, end)  # those of the latest call were not known then
        hot = F.one_hot(self.label[new], self.priors.shape[-1]).double()
        off = hot - self.priors[:, new].exp()
        if self.basis is not None:
            off = off @ self.basis.T
        self.targets[new] = off.transpose(0, 1)
        # Labels that are all known need one kernel and factor at a time in memory.
        stepwise = end < len(self.targets) or bool(self.kept)
        if stepwise and not self.kept:
            self.kept = list(self._solvers())
        means = [self._means(one, first, end) for one in self.kept or self._solvers()]
        priors = self.priors[:, first:end].repeat(len(self.names) // len(self.priors), 1, 1)
        mean = torch.cat(means) if self.basis is None else torch.cat(means) @ self.basis
        arrays = [a.numpy(force=True) for a in (mean, priors, self.label[:end])]
        logits = self.calibration.follow(arrays[0], arrays[1], arrays[2], first)[:, begin - first :]
        self.latest = begin
        found = dict(zip(self.names, self._tensor(logits), strict=True))
        return found | self._by_logistic(begin, end)

    def _logistic(self, classes: int) -> Logistic | None:
        """Logistic regressions, where inputs are no images, and few; of bins kernels are enough."""
        width = self.views.examples.x.shape[1]
        if SEEN not in self.views.of or self.basis is not None or not few_weights(width, classes):
            return None
        return Logistic(self.options.precisions, width, classes, len(self.priors))

    def _by_logistic(self, begin: int, end: int) -> dict[str, Float64[Tensor, "m C"]]:
        """Their logits of the labels begin..end, by expert."""
        if self.logistic is None:
            return {}
        new, before = slice(self.logistic.known, end), self.logistic.flops
        seen = self.views.stream(new.start, end, {SEEN})[SEEN].numpy(force=True)
        priors, label = (a.numpy(force=True) for a in (self.priors[:, new], self.label[new]))
        logits = self._tensor(self.logistic.follow(seen, priors, label, begin))
        self.flops += self.logistic.flops - before
        precisions = self.options.precisions
        names = [f"{LOGISTIC}.{one:g}{suffix}" for one in precisions for suffix in self.suffixes]
        return dict(zip(names, logits, strict=True))

    def _tensor(self, logits: np.ndarray) -> Float64[Tensor, "E m C"]:
        return torch.from_numpy(logits).to(self.targets.device)

    def _means(self, solver: Exact | Recursive, begin: int, end: int) -> Float64[Tensor, "E m C"]:
        """A kernel's means over the root of their standard deviation, by ridge and prior."""
        classes, before = self.targets.shape[-1], solver.flops
        found = [
            (mean / sd.sqrt()[:, None]).unflatten(1, (-1, classes)).transpose(0, 1)
            for mean, sd in solver.predict(begin, end)
        ]
        self.flops += solver.flops - before
        return torch.cat(found)

    def _solvers(self) -> Iterator[Exact | Recursive]:
        targets, options, end = self.targets.flatten(1), self.options, len(self.targets)
        shared = _Features(self.views, options) if end > options.exact else None
        for kernel in self.experts.values():
            if shared:
                features = shared.features(kernel)
                yield Recursive(features, options.ridges, targets, options.chunk)
            else:
                seen = self.views.stream(0, end, {view for view, _ in kernel.parts})
                matrix = kernel.lower(seen).div_(self.views.size(kernel))
                for ridge in options.ridges:  # one factor at a time in memory
                    exact = Exact(matrix, [ridge], targets)
                    self.flops += exact.flops  # all are taken when it is made
                    yield exact


class _Features:
    """Features of examples whose inner products are a kernel: its own where it is linear in few
    columns, else by the kernel with some of the data set's inputs (Williams and Seeger 2001)."""

    def __init__(self, views: Views, options: Options):
        everything = len(views.examples.x)
        chosen = generator("landmarks", 0).permutation(everything)[: options.landmarks]
        self.views, self.rows = views, torch.from_numpy(chosen)

    def features(self, kernel: Kernel) -> Callable[[int, int], Tensor]:
        """What gives the features (m, D) of examples begin..end of the stream."""
        names = {view for view, _ in kernel.parts}
        seen, size = self.views.rows(self.rows, names), self.views.size(kernel)
        if kernel.linear and kernel.columns(seen).shape[1] <= len(self.rows):
            stream = self.views.stream
            return lambda begin, end: kernel.columns(stream(begin, end, names)) / size.sqrt()
        matrix = kernel.matrix(seen, seen) / size
        factor = cholesky(matrix, JITTER)

        def of(begin: int, end: int) -> Tensor:
            across = kernel.matrix(seen, self.views.stream(begin, end, names)) / size
            return torch.linalg.solve_triangular(factor, across, upper=False).T.contiguous()

        return of
