"""Views of examples that learning in closed form sees: inputs, layers of states, patches.

Each is centred and scaled as a whole by a sample of the data set's inputs, which are public.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float64, Int64, Shaped
from torch import Tensor, nn
from torch.func import functional_call

from lit.coding.channel import Stream
from lit.coding.kernels import Kernel, Pair
from lit.networks.ngrams import Ngrams
from lit.networks.output_layer import find_head
from lit.networks.patches import Patches
from lit.rng import generator
from lit.training.scoring import places_of
from lit.training.state import Examples, State, scaled

SAMPLE = 512  # public inputs that views are centred and scaled by
DRAWS = 4  # of theta0
RANK, ALIKE = 1e-10, 1e-6  # of variances: of the largest, and how much two of one value differ
COMPONENTS = 48  # of inputs: of 16, 32, 48 and 64 the shortest codes together
BATCH = 256  # examples that pass a network at once
KEPT = 16  # batches at the front of a stream, which every block begins with
Seen = Callable[[Tensor], Tensor]  # float32 inputs (m, ...) to (m, D)


@dataclass(frozen=True)
class View:
    """A view whose mean over a sample is 0 and whose mean square is 1, as float64.

    Attributes:
        seen: As it is.
        mean: (D,) its mean over the sample.
        size: () the root of its mean square there.
        passes: Of an example through the network.
        flops: Floating-point operations of an example besides.
    """

    seen: Seen
    mean: Tensor
    size: Tensor
    passes: int
    flops: float

    @classmethod
    def of(cls, seen: Seen, sample: Tensor, passes: int) -> "View":
        """Centre and scale by a sample of inputs."""
        found = torch.cat([seen(part) for part in sample.split(BATCH)]).double()
        mean = found.mean(0)
        size = (found - mean).square().sum(1).mean().sqrt()
        size = torch.where(size > 1e-12, size, 1)  # of a sample that is all alike
        return cls(seen, mean, size, passes, getattr(seen, "flops", 0.0))

    def __call__(self, x: Tensor) -> Float64[Tensor, "m D"]:
        return (self.seen(x).double() - self.mean) / self.size


class Components:
    """The leading principal components of inputs.

    Those of one variance come all or not at all: which axes of theirs a library finds is chance.

    Args:
        sample: Of the inputs.
        most: How many there are at most.
    """

    def __init__(self, sample: Shaped[Tensor, "m ..."], most: int):
        x = sample.flatten(1).double()
        x = x - x.mean(0)
        variances, found = torch.linalg.eigh(x @ x.T)  # there are fewer rows than inputs may be
        variances, found = variances.flip(0), found.flip(1)
        least = torch.cat([variances, variances.new_zeros(1)])[min(most, len(variances))]
        above = variances > least.clamp(min=RANK * variances[0]) * (1 + ALIKE)
        self.axes = x.T @ (found[:, above] / variances[above].sqrt())
        self.flops = 2.0 * self.axes.numel()

    def __call__(self, x: Tensor) -> Tensor:
        return x.flatten(1).double() @ self.axes


class Views:
    """Views of one seed's stream.

    Attributes:
        sample: Rows of the data set that views are centred and scaled by.
        of: How each view is made of inputs, by its name: ``inputs``; ``standardised``, where they
            are no images, each number by its own standard deviation; ``hidden``, the inputs of the
            start state's head; ``draws``, those of other draws of theta0; ``components``, the
            leading principal ones of the inputs; ``patches`` of images, ``ngrams`` of tokens.
        passes: Of examples through the network, so far.
        flops: Floating-point operations besides.
    """

    def __init__(
        self,
        net: nn.Module,
        stream: Stream,
        start: State,
        s: int,
        names: set[str],
        shared: dict[str, View],
        components: int = COMPONENTS,
    ):
        """Make the views ``names`` of seed number ``s``; those alike for all seeds are put into
        ``shared``, or taken from it. Of ``components`` there are so many at most."""
        self.examples, self.s = stream.examples.select(torch.tensor([s])), s
        everything = self.examples.x
        chosen = generator("readout", 0).permutation(len(everything))[:SAMPLE]
        self.sample = torch.from_numpy(chosen)
        sample = self._inputs(self.sample)
        self.kept: dict[tuple[int, str], Tensor] = {}
        self.latest: dict[tuple[int, str], Tensor] = {}  # those of the latest call for a stream
        self.pairs: dict[tuple[str, int, int], Pair] = {}  # with landmarks, which kernels share
        self.components = components
        self.passes, self.flops = 0, 0.0
        self.sizes: dict[Kernel, Tensor] = {}
        self.of: dict[str, View] = {}
        for name in sorted(names):
            views = self.of if name == "hidden" else shared
            if name not in views:
                passes = {"hidden": 1, "draws": DRAWS}.get(name, 0)
                views[name] = View.of(self._make(name, net, stream, start), sample, passes)
            self.of[name] = views[name]
        self._count(SAMPLE, names)

    def _make(self, name: str, net: nn.Module, stream: Stream, start: State) -> Seen:
        if name == "hidden":
            return _hidden(net, start, self.s)
        if name == "draws":
            assert stream.draw is not None
            several = [_hidden(net, stream.draw(i), 0) for i in range(DRAWS)]
            return lambda x: torch.cat([view(x) for view in several], dim=1)
        if name == "patches":
            return Patches(self.examples.x)
        if name == "ngrams":
            return Ngrams(self.examples.x)
        if name == "standardised":
            return self._standardised()
        if name == "components":
            return Components(self._inputs(self.sample), self.components)
        return lambda x: x.flatten(1)

    def _standardised(self) -> Seen:
        """Numbers that all count alike; one that never changes stays as it is."""
        std, mean = torch.std_mean(self.examples.x.flatten(1).float(), dim=0, correction=0)
        std = torch.where(std > 0, std, 1)
        if self.examples.x.dtype == torch.uint8:
            std, mean = std / 255, mean / 255
        return lambda x: (x.flatten(1) - mean) / std

    def _inputs(self, rows: Int64[Tensor, " m"]) -> Shaped[Tensor, "m ..."]:
        x = self.examples.x[rows.to(self.examples.x.device)]
        return x.float() / 255 if x.dtype == torch.uint8 else x

    def _count(self, examples: int, names: set[str]) -> None:
        """Add what these views of so many examples take."""
        self.passes += examples * sum(self.of[name].passes for name in names)
        self.flops += examples * sum(self.of[name].flops for name in names)

    def rows(self, rows: Int64[Tensor, " m"], names: set[str]) -> dict[str, Float64[Tensor, "m D"]]:
        """Views of these rows of the data set, by name."""
        self._count(len(rows), names)
        parts = [self._inputs(part) for part in rows.split(BATCH)]
        return {name: torch.cat([self.of[name](part) for part in parts]) for name in names}

    def size(self, kernel: Kernel) -> Tensor:
        """Mean of the sample's kernels with themselves."""
        if kernel not in self.sizes:
            self.sizes[kernel] = kernel.size(self.rows(self.sample, kernel.views))
        return self.sizes[kernel]

    def stream(self, begin: int, end: int, names: set[str]) -> dict[str, Float64[Tensor, "m D"]]:
        """Views of the examples begin..end of the stream, by name.

        They are made in whole batches, so that they do not depend on what is asked for.
        """
        batches = range(begin // BATCH, -(-end // BATCH))
        shift = batches.start * BATCH
        self.latest = {key: found for key, found in self.latest.items() if key[0] in batches}
        return {
            name: torch.cat([self._batch(i, name) for i in batches])[begin - shift : end - shift]
            for name in names
        }

    def across(self, name: str, landmarks: Float64[Tensor, "l D"], begin: int, end: int) -> Pair:
        """The landmarks and the examples begin..end of the stream under a view, which kernels share
        until :meth:`forget`."""
        if (name, begin, end) not in self.pairs:
            seen = self.stream(begin, end, {name})[name]
            self.flops += 2.0 * landmarks.numel() * len(seen)
            self.pairs[name, begin, end] = Pair.of(landmarks, seen)
        return self.pairs[name, begin, end]

    def forget(self) -> None:
        """Free what kernels shared."""
        self.pairs.clear()

    def _batch(self, i: int, name: str) -> Tensor:
        """One batch; kernels that ask for the same one after the other share it."""
        there = self.kept if i < KEPT else self.latest
        if (i, name) not in there:
            rows = self.examples.index[0, i * BATCH : (i + 1) * BATCH]
            there[i, name] = self.rows(rows, {name})[name]
        return there[i, name]


def sees_inputs(net: nn.Module, state: State, examples: Examples) -> bool:
    """Whether the head's inputs are the network's own, as of a linear model in a class of its
    own."""
    if examples.tokens:
        return False
    x = scaled(examples.x[examples.index[0, :2]])
    seen = _hidden(net, state, 0)(x)
    return seen.shape == x.flatten(1).shape and torch.equal(seen, x.flatten(1).float())


def _hidden(net: nn.Module, state: State, s: int) -> Seen:
    """The inputs of the head of state number ``s``; where they have positions, their means."""
    there = state.tensors  # without buffers that no state has, such as positions
    own = {place: there[name][s] for place, name in places_of(net).items() if name in there}
    _, head = find_head(net)

    @torch.no_grad()
    def view(x: Tensor) -> Tensor:
        net.eval()
        seen: list[Tensor] = []
        handle = head.register_forward_pre_hook(lambda module, inputs: seen.append(inputs[0]))
        try:
            functional_call(net, own, (x,), tie_weights=False)
        finally:
            handle.remove()
        found = seen[-1].float()
        return found.flatten(2).mean(2) if found.ndim == 4 else found.flatten(1)

    return view
