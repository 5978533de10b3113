"""``readout``: learning in closed form, each label predicted from all before it.

Ridge regression of the labels with kernels of the architecture: of the limit of infinitely many
draws of theta0, and of the start state's own layers; with equal probabilities, or the start state's
prediction, as the prior mean. One Cholesky factor predicts every label from all before it, see
:mod:`lit.coding.regression`. Every kernel, ridge and prior is an expert, paid for in bits. Blocks
do not depend on each other, so each can be a job of its own.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lit.coding import kernels
from lit.coding.calibration import Calibration
from lit.coding.channel import Coded, Span, Stream
from lit.coding.kernels import Kernel
from lit.coding.regression import Exact, Recursive
from lit.coding.views import Views
from lit.files.result_files import Arrays
from lit.logs import Progress
from lit.networks.patches import fits
from lit.networks.small import Mlp
from lit.rng import generator
from lit.training.scoring import score
from lit.training.state import State

KIND: dict[str, bool] = {}
JITTER = 1e-6  # on landmarks' kernel with themselves, for rounding
MOST = 2**23  # numbers of predictions that are made at once


@dataclass(frozen=True)
class Options:
    """Options of ``readout``.

    Attributes:
        ridges: Each is tried with each kernel: the variance of noise, where an example's kernel
            with itself is 1 on average.
        generic: Whether generic learners (kernels of distances, patches of images) are experts
            too; they count in the code ``shortest`` alone.
        exact: Streams up to here are solved exactly, whatever their block; later blocks with
            ``landmarks``.
        landmarks: Inputs that stand for all others there (Nystrom features).
        chunk: Labels that are solved at once there.
    """

    ridges: Sequence[float] = (0.01, 0.1, 1.0)
    generic: bool = True
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
    """Code a span: the expert ``start``, and one for each kernel, ridge and prior."""
    coded = Coded.nothing(len(stream.seeds))
    experts = kernels_of(net, tuple(stream.examples.x.shape[1:]), options.generic)
    progress = Progress(f"readout {span.start}-{span.stop}, {len(experts)} kernels")
    names = {view for kernel in experts.values() for view, _ in kernel.parts}
    views = [Views(net, stream, start, s, names) for s in range(len(stream.seeds))]
    for begin, end in span.blocks:
        prior = score(net, start, stream.examples, 0, end).log_softmax(-1)
        seeds = [
            _Seed(stream, s, end, prior[s], experts, options, views[s])
            for s in range(len(stream.seeds))
        ]
        for one in seeds:
            for a, b in one.pieces(0, begin, None):
                one.predict(a, b)
        for a, b in seeds[0].pieces(begin, end, stream.channel.at_once):
            parts = [one.predict(a, b) for one in seeds]
            predictions = {n: torch.stack([p[n] for p in parts]) for n in parts[0]}
            stream.channel.code(a, b, {"start": prior[:, a:b]} | predictions)
        coded.scored += end
        coded.other += [one.flops for one in seeds]
        progress.step(end - span.start, span.stop - span.start)
    return coded


def kernels_of(net: nn.Module, shape: tuple[int, ...], generic: bool) -> dict[str, Kernel]:
    """Kernels by name: ``architecture.`` those of the network, ``generic.`` any other."""
    flat = len(shape) == 1
    views = ["inputs", "standardised"] if flat else ["inputs"]
    found: dict[str, Kernel] = {}
    if isinstance(net, Mlp):
        depth = len(net.layers) - 1
        for view in views:
            if depth:
                found[f"nngp-{view}"] = Kernel(((view, kernels.nngp(depth)),))
            found[f"ntk-{view}"] = Kernel(((view, kernels.ntk(depth)),))
        if depth:
            found["hidden"] = Kernel((("hidden", kernels.linear),))
            found["both"] = Kernel((("inputs", kernels.ntk(depth)), ("hidden", kernels.linear)))
    else:
        found["draws"] = Kernel((("draws", kernels.linear),))
        found["draws-ntk"] = Kernel((("draws", kernels.ntk(1)),))
        found["hidden"] = Kernel((("hidden", kernels.linear),))
        found["both"] = Kernel((("draws", kernels.ntk(1)), ("hidden", kernels.linear)))
    named = {f"architecture.{name}": kernel for name, kernel in found.items()}
    if generic:
        for view in views:
            named[f"generic.rbf-{view}"] = Kernel(((view, kernels.rbf(0.5)),))
        if fits(shape):
            named["generic.patches"] = Kernel((("patches", kernels.nngp(1)),))
    return named


class _Seed:
    """One seed's regressions for a block that ends at ``end``."""

    def __init__(
        self,
        stream: Stream,
        s: int,
        end: int,
        prior: Tensor,
        experts: dict[str, Kernel],
        options: Options,
        views: Views,
    ):
        self.label = stream.examples.label[s]
        self.options = options
        self.priors = [torch.full_like(prior, -np.log(prior.shape[-1]))]
        self.priors += [prior] if stream.warm else []
        self.targets = torch.zeros(
            end, len(self.priors), prior.shape[-1], dtype=torch.float64, device=prior.device
        )
        self.known = 0
        suffixes = ["", ".start"][: len(self.priors)]
        self.names = [
            f"{name}.{ridge:g}{suffix}"
            for name in experts
            for ridge in options.ridges
            for suffix in suffixes
        ]
        self.calibration = Calibration(len(self.names))
        self.solvers = self._solvers(views, list(experts.values()), end)

    def _solvers(self, views: Views, experts: list[Kernel], end: int) -> list[Exact | Recursive]:
        targets, options = self.targets.flatten(1), self.options
        sample = views.rows(views.sample)
        sizes = [kernel.matrix(sample, sample).diagonal().mean() for kernel in experts]
        if end > options.exact:
            shared = _Landmarks(views, options)
            return [
                Recursive(shared.features(kernel, size), options.ridges, targets, options.chunk)
                for kernel, size in zip(experts, sizes, strict=True)
            ]
        seen = views.stream(0, end)
        return [
            Exact(kernel.matrix(seen, seen) / size, options.ridges, targets)
            for kernel, size in zip(experts, sizes, strict=True)
        ]

    @property
    def flops(self) -> float:
        """Floating-point operations of solving."""
        return sum(solver.flops for solver in self.solvers)

    def pieces(self, begin: int, end: int, at_once: int | None) -> Iterator[tuple[int, int]]:
        """What is predicted at once."""
        numbers = self.targets[0].numel() * len(self.names)
        size = min(at_once or end, max(MOST // numbers, 1), self.options.chunk)
        while begin < end:
            stop = min(end, begin + size, (begin // self.options.chunk + 1) * self.options.chunk)
            yield begin, stop
            begin = stop

    def predict(self, begin: int, end: int) -> dict[str, Tensor]:
        """Logits (m, C) of the labels begin..end by expert, each from the labels before it."""
        classes = self.targets.shape[-1]
        hot = F.one_hot(self.label[self.known : end], classes).double()
        for p, prior in enumerate(self.priors):
            self.targets[self.known : end, p] = hot - prior[self.known : end].exp()
        self.known = begin  # those from here on may be unknown yet: set again when they are known
        means = []
        for solver in self.solvers:
            for mean, sd in solver.predict(begin, end):
                mean = mean.unflatten(1, (-1, classes)) / sd.sqrt()[:, None, None]
                means.append(mean.transpose(0, 1))
        priors = torch.stack([prior[begin:end] for prior in self.priors]).repeat(
            len(self.names) // len(self.priors), 1, 1
        )
        arrays = [a.numpy(force=True) for a in (torch.cat(means), priors, self.label[:end])]
        logits = self.calibration.follow(arrays[0], arrays[1], arrays[2], begin)
        found = torch.from_numpy(logits).to(self.targets.device)
        return dict(zip(self.names, found, strict=True))


class _Landmarks:
    """Features of examples by their kernel with some of the data set's inputs (Williams and Seeger
    2001)."""

    def __init__(self, views: Views, options: Options):
        everything = len(views.examples.x)
        chosen = generator("landmarks", 0).permutation(everything)[: options.landmarks]
        self.views = views
        self.seen = views.rows(torch.from_numpy(chosen))
        self.latest: tuple[int, dict[str, Tensor]] = (-1, {})

    def features(self, kernel: Kernel, size: Tensor) -> Callable[[int, int], Tensor]:
        """What gives the features (m, D) of examples begin..end of the stream."""
        matrix = kernel.matrix(self.seen, self.seen) / size
        matrix.diagonal().add_(JITTER)
        factor = torch.linalg.cholesky(matrix)

        def of(begin: int, end: int) -> Tensor:
            if self.latest[0] != begin:
                self.latest = begin, self.views.stream(begin, end)
            across = kernel.matrix(self.seen, self.latest[1]) / size
            return torch.linalg.solve_triangular(factor, across, upper=False).T.contiguous()

        return of
