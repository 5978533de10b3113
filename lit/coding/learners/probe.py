"""``probe``: multinomial logistic regression on the inputs as they are, solved to its optimum on
each prefix.

For features of a frozen backbone. A penalty pulls towards the start state: theta0 is zero, M is
what an earlier probe had learned. It acts on the weights of raw or of standardised features: where
columns with much variance say most, such as the first components of an SVD, raw is shorter. Both
are experts, beside the better one of them on what is held out, and so is each strength chosen.
Every block is solved from its own prefix alone: the bytes do not depend on how blocks share jobs.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float32, Float64, Int64, Shaped
from scipy.optimize import minimize
from threadpoolctl import threadpool_limits
from torch import Tensor, nn

from lit.coding.blocks import code_block
from lit.coding.channel import Coded, Span, Stream
from lit.errors import InputError
from lit.files.result_files import Arrays
from lit.logs import Progress
from lit.networks.small import Mlp
from lit.training.held_out import split_folds
from lit.training.options import HeldOut
from lit.training.state import State
from lit.training.temperature import fit_scale

KIND = {"holds_out": True, "linear": True, "labels": "class"}
WEIGHT, BIAS = "layers.0.weight", "layers.0.bias"
EXPERTS = ["model", "raw", "standardised"]
WORSE = 1  # weaker penalties are no longer tried once this many in a row were worse
# penalty on each bias: with none, a class that was not seen yet would cost any number of bits
BIAS_PENALTY = 0.1
LEAST = 1e-30  # of a number's standard deviation: its inverse times a weight fits float32
LOOSER = 3.0  # what only chooses the strength is solved to this many times the tolerance


@dataclass(frozen=True)
class Options(HeldOut):
    """Options of ``probe``.

    Attributes:
        strengths: Weights of the quadratic penalty that are tried, in nats, the strongest first;
            see :meth:`_Probe.choose`.
        tolerance: The solver ends where a step improves the loss by less than this share.
    """

    strengths: Sequence[float] = (3000.0, 1000.0, 300.0, 100.0, 30.0, 10.0, 3.0, 1.0, 0.3, 0.1)
    tolerance: float = 3e-6


def probe(
    net: nn.Module,
    stream: Stream,
    start: State,
    span: Span,
    options: Options,
    before: Arrays | None = None,
) -> Coded:
    """Code a span of the stream, with the experts ``start`` and EXPERTS.

    Raises:
        InputError: a model that is not linear.
    """
    if not isinstance(net, Mlp) or len(net.layers) > 1 or net.layers[0].bias is None:
        raise InputError(
            "learner probe: it solves a linear model with a bias; write {kind: linear}, on features"
            " of a backbone"
        )
    if stream.examples.basis is not None:
        raise InputError("learner probe: it is of classes, not bins; write [replay, readout]")
    standard = _Standard(stream.examples.x)
    probes = [
        _Probe(stream, s, start, span.blocks[-1][0], standard, options)
        for s in range(len(stream.seeds))
    ]
    coded = Coded.nothing(len(stream.seeds))
    progress = Progress(f"probe {span.start}-{span.stop}, {len(probes)} models")
    for i, (begin, end) in enumerate(span.blocks):
        state = start.select(stream.rows(len(EXPERTS)))
        with threadpool_limits(
            torch.get_num_threads(), "blas"
        ):  # SciPy's threads would take all cores and wait for each other
            for s, one in enumerate(probes if begin > 0 else []):
                for e, (weights, scale) in enumerate(one.solve(begin).values()):
                    j = e * len(probes) + s
                    state.scale[j] = scale
                    state.tensors[WEIGHT][j], state.tensors[BIAS][j] = standard.undo(weights)
        code_block(net, stream, start, state, EXPERTS, (begin, end), span.next_end(i), coded)
        progress.step(end - span.start, span.stop - span.start)
    coded.trained += [one.passes for one in probes]
    return coded


class _Standard:
    """Inputs with mean 0 and standard deviation 1 over the whole data set, which are public, and
    a last column of ones."""

    def __init__(self, x: Shaped[Tensor, "N ..."]):
        x = x.flatten(1).double() / (255 if x.dtype == torch.uint8 else 1)
        self.mean, self.std = x.mean(0), x.std(0, correction=0)
        self.varies = self.std > LEAST
        self.std[~self.varies] = 1.0

    def apply(self, x: Float32[Tensor, "m ..."]) -> Float32[Tensor, "m E"]:
        """Inputs, standardised, and the column of ones."""
        x = (x.flatten(1).double() - self.mean) / self.std
        return torch.cat([x, torch.ones_like(x[:, :1])], dim=1).float()

    def pulls(self) -> dict[str, Float64[Tensor, " E"]]:
        """Weight of each column in the penalty, by scaling; 0 for the bias.

        Raw inputs are divided by one number, so that their mean squared norm is the number of
        features. A penalty on their weights is one on standardised weights that weighs columns by
        1 / variance.
        """
        variance = self.std.square()
        even = torch.ones_like(variance)
        raw = torch.where(self.varies, variance[self.varies].mean() / variance, even)
        found = {"raw": raw, "standardised": even}
        return {name: torch.cat([pull, pull.new_zeros(1)]) for name, pull in found.items()}

    def weights(
        self, weight: Float32[Tensor, "C D"], bias: Float32[Tensor, " C"]
    ) -> Float64[Tensor, "C D+1"]:
        """Weights on standardised inputs that equal a linear layer."""
        weight, bias = weight.double(), bias.double()
        return torch.cat([weight * self.std, (bias + weight @ self.mean)[:, None]], dim=1)

    def undo(
        self, weights: Float64[Tensor, "C E"]
    ) -> tuple[Float32[Tensor, "C E-1"], Float32[Tensor, " C"]]:
        """The linear layer that equals weights on standardised inputs."""
        weight = weights[:, :-1] / self.std
        return weight.float(), (weights[:, -1] - weight @ self.mean).float()


class _Known:
    """Labelled examples to solve for; both layouts of the inputs, for products with few rows at
    full speed."""

    def __init__(self, x: Float32[Tensor, "m E"], y: Int64[Tensor, " m"]):
        self.x = x
        self.xt = x.T.contiguous()
        self.y = y
        self.each = torch.arange(len(y), device=x.device)

    def curvature(self, weights: Float64[Tensor, "C E"]) -> Float64[Tensor, "E E"]:
        """Sum over examples of x x^T, each weighted by its mean p (1 - p) over classes."""
        p = (weights.float() @ self.xt).softmax(0)
        return ((self.xt * (p * (1 - p)).mean(0)) @ self.x).double()

    def slope(
        self, weights: Float64[Tensor, "C E"]
    ) -> tuple[Float64[Tensor, ""], Float64[Tensor, "C E"]]:
        """sum_i -ln softmax(W x_i)[y_i] in nats, and its slope."""
        log_p = (weights.float() @ self.xt).log_softmax(0)
        loss = -log_p[self.y, self.each].double().sum()
        residual = log_p.exp_()
        residual[self.y, self.each] -= 1
        return loss, (residual @ self.x).double()


class _Probe:
    """One seed's regression."""

    def __init__(
        self, stream: Stream, s: int, start: State, most: int, standard: _Standard, options: Options
    ):
        self.seed, self.options, self.passes = stream.seeds[s], options, 0
        positions = torch.arange(most, device=start.scale.device)[None]
        self.x = standard.apply(
            stream.examples.select(stream.rows(1)[s : s + 1]).inputs(positions)[0]
        )
        self.y = stream.examples.label[s]
        self.pulls = standard.pulls()
        self.bias = torch.zeros_like(self.pulls["raw"])
        self.bias[-1] = BIAS_PENALTY
        self.origin = start.scale[s] * standard.weights(
            start.tensors[WEIGHT][s], start.tensors[BIAS][s]
        )

    def solve(self, m: int) -> dict[str, tuple[Tensor, Tensor]]:
        """Weights (C, D + 1) for the first m examples and their inverse temperature (), by expert.

        Nothing of shorter prefixes is used, so that a block does not depend on its job's others.
        """
        parts = self._parts(m)
        if not parts:
            still = self.origin, torch.ones((), dtype=torch.float64)
            return dict.fromkeys(EXPERTS, still)
        whole = _Known(self.x[:m], self.y[:m])
        curvature = whole.curvature(self.origin) * (len(parts[0][0].y) / m)
        found, losses = {}, {}
        for name, pull in self.pulls.items():
            best, near, scale, losses[name] = self.choose(parts, curvature, pull)
            if best is not None:
                penalty = self.options.strengths[best] * pull + self.bias
                near = self._optimum(whole, _inverse(whole.curvature(near), penalty), penalty, near)
            found[name] = near, scale
        return {"model": found[min(losses, key=lambda name: losses[name].item())]} | found

    def _parts(self, m: int) -> list[tuple[_Known, _Known]]:
        """Examples to solve for and those held out: several such pairs where examples are few."""
        return [
            (_Known(self.x[train], self.y[train]), _Known(self.x[valid], self.y[valid]))
            for train, valid in (
                [torch.from_numpy(p).to(self.x.device) for p in pair]
                for pair in split_folds(m, self.options, (self.seed, m))
            )
        ]

    def choose(
        self, parts: list[tuple[_Known, _Known]], curvature: Tensor, pull: Tensor
    ) -> tuple[int | None, Tensor, Tensor, Tensor]:
        """Place of the strength that is best on what is held out, None if none beats the start
        state, the weights there, their temperature and loss.

        Weaker ones are tried until some in a row were worse.
        """
        near = [self.origin] * len(parts)
        best, chosen, (scale, least) = None, self.origin, self._judge(near, parts)
        moved, worse = [torch.zeros_like(self.origin)] * len(parts), 0
        for i, strength in enumerate(self.options.strengths):
            penalty, before = strength * pull + self.bias, near
            inverse = _inverse(curvature, penalty)
            # a penalty's optimum moved as far as the last; a part starts from its own labels alone
            near = [
                self._optimum(known, inverse, penalty, b + d, LOOSER)
                for (known, _), b, d in zip(parts, before, moved, strict=True)
            ]
            moved = [n - b for n, b in zip(near, before, strict=True)]
            at, loss = self._judge(near, parts)
            worse = 0 if loss < least else worse + 1
            if loss < least:
                best, chosen, scale, least = i, torch.stack(near).mean(0), at, loss
            if worse >= WORSE and best is not None:
                break
        return best, chosen, scale, least

    def _judge(
        self, weights: list[Tensor], parts: list[tuple[_Known, _Known]]
    ) -> tuple[Tensor, Tensor]:
        pairs = [(p.x.double() @ w.T, p.y) for w, (_, p) in zip(weights, parts, strict=True)]
        logits, labels = (torch.cat(each)[None] for each in zip(*pairs, strict=True))
        scale, loss = fit_scale(logits, labels)
        return scale[0], loss[0]

    def _optimum(
        self, known: _Known, inverse: Tensor, penalty: Tensor, near: Tensor, looser: float = 1.0
    ) -> Tensor:
        """argmin_W of sum_i -ln softmax(W x_i)[y_i] + sum_d penalty_d / 2 |W_d - origin_d|^2, by
        SciPy's L-BFGS-B.

        The variables are V in W = near + V L^-1, see :func:`_inverse`.

        Args:
            known: Examples.
            inverse: L^-1.
            penalty: (D + 1,) weight of each column's penalty.
            near: (C, D + 1) where the search begins.
            looser: Times the tolerance.
        """
        device, m = near.device, len(known.y)

        def weights(v: np.ndarray) -> Tensor:
            return (
                near + (torch.from_numpy(v).view(near.shape).to(device).float() @ inverse).double()
            )

        def loss(v: np.ndarray) -> tuple[float, np.ndarray]:
            self.passes += m
            away = weights(v) - self.origin
            value, slope = known.slope(away + self.origin)
            slope = ((slope + penalty * away).float() @ inverse.T).double()
            return (
                value + (penalty * away.square()).sum() / 2
            ).item() / m, slope.cpu().numpy().ravel() / m

        options = {
            "ftol": looser * self.options.tolerance,
            "gtol": 0.0,
            "maxiter": 1000,
            "maxcor": 5,
        }
        return weights(
            minimize(loss, np.zeros(near.numel()), jac=True, method="L-BFGS-B", options=options).x
        )


def _inverse(curvature: Float64[Tensor, "E E"], penalty: Float64[Tensor, " E"]) -> Tensor:
    """L^-1 (E, E), where L L^T is the curvature of one class, penalty among it: in the variables
    V in W = V L^-1 the problem is nearly round, and few steps suffice."""
    factor = torch.linalg.cholesky(curvature + penalty.diag()).float()
    one = torch.eye(len(factor), device=factor.device)
    return torch.linalg.solve_triangular(factor, one, upper=False)
