"""``probe``: multinomial logistic regression on the inputs as they are, solved to its optimum on
each prefix.

For features of a frozen backbone. The penalty pulls towards the start state, in standardised
features: theta0 is zero, M is what an earlier probe had learned. Its strength is chosen on a
validation split of the prefix.
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
from lit.training.held_out import split_prefix
from lit.training.options import HeldOut
from lit.training.state import State
from lit.training.temperature import fit_scale

KIND = {"holds_out": True, "linear": True}
WEIGHT, BIAS = "layers.0.weight", "layers.0.bias"
WORSE = 2  # weaker penalties are no longer tried once this many in a row were worse
FREE = 1e-6  # share of the bias in the penalty
EXPERTS = ["model", "raw", "standardised"]
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
    """Code a span of the stream, with the experts ``start`` and ``model``.

    Raises:
        InputError: a model that is not linear.
    """
    if not isinstance(net, Mlp) or len(net.layers) > 1 or net.layers[0].bias is None:
        raise InputError(
            "learner probe: it solves a linear model with a bias; write {kind: linear}, on features"
            " of a backbone"
        )
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
        self.varies = self.std > 0
        self.std[~self.varies] = 1.0

    def apply(self, x: Float32[Tensor, "m ..."]) -> Float32[Tensor, "m E"]:
        """Inputs, standardised, and the column of ones."""
        x = (x.flatten(1).double() - self.mean) / self.std
        return torch.cat([x, torch.ones_like(x[:, :1])], dim=1).float()

    def pulls(self) -> dict[str, Float64[Tensor, " E"]]:
        """Share of each column in the penalty, by scaling; the bias is all but free.

        A penalty on weights of raw inputs, divided by one number by which their mean squared norm
        is the number of features, is one on standardised weights that weighs columns differently.
        """
        variance = self.std.square()
        found = {"raw": variance[self.varies].mean() / variance, "standardised": variance / variance}
        found["raw"][~self.varies] = 1.0
        free = self.std.new_full((1,), FREE)
        return {name: torch.cat([pull, free]) for name, pull in found.items()}

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
        self.origin = start.scale[s] * standard.weights(
            start.tensors[WEIGHT][s], start.tensors[BIAS][s]
        )

    def solve(self, m: int) -> dict[str, tuple[Tensor, Tensor]]:
        """Weights (C, D + 1) for the first m examples and their inverse temperature (), by expert.

        Nothing of shorter prefixes is used, so that a block does not depend on its job's others.
        """
        train, valid = (
            torch.from_numpy(p).to(self.x.device)
            for p in split_prefix(m, self.options, (self.seed, m))
        )
        if not len(valid):
            still = self.origin, torch.ones((), dtype=torch.float64)
            return dict.fromkeys(EXPERTS, still)
        known, held_out = _Known(self.x[train], self.y[train]), _Known(self.x[valid], self.y[valid])
        whole = _Known(self.x[:m], self.y[:m])
        curvature = known.curvature(self.origin)
        found, losses = {}, {}
        for name, pull in self.pulls.items():
            best, near, scale, losses[name] = self.choose(known, held_out, curvature, pull)
            if best is not None:
                penalty = self.options.strengths[best] * pull
                near = self._optimum(whole, whole.curvature(near), penalty, near)
            found[name] = near, scale
        return {"model": found[min(losses, key=lambda name: losses[name].item())]} | found

    def choose(
        self, known: _Known, held_out: _Known, curvature: Tensor, pull: Tensor
    ) -> tuple[int | None, Tensor, Tensor, Tensor]:
        """Place of the strength that is best on the held-out part, None if none beats the start
        state, the weights there, their temperature and loss.

        Weaker ones are tried until some in a row were worse.
        """
        best, near = None, self.origin
        scale, least = self._judge(near, held_out)
        chosen, moved, worse = near, torch.zeros_like(near), 0
        for i, strength in enumerate(self.options.strengths):
            # a penalty's optimum moved as far as the last
            before = near
            near = self._optimum(known, curvature, strength * pull, before + moved, LOOSER)
            moved = near - before
            at, loss = self._judge(near, held_out)
            worse = 0 if loss < least else worse + 1
            if loss < least:
                best, chosen, scale, least = i, near, at, loss
            if worse >= WORSE and best is not None:
                break
        return best, chosen, scale, least

    def _judge(self, weights: Tensor, held_out: _Known) -> tuple[Tensor, Tensor]:
        scale, loss = fit_scale((held_out.x.double() @ weights.T)[None], held_out.y[None])
        return scale[0], loss[0]

    def _optimum(
        self, known: _Known, curvature: Tensor, penalty: Tensor, near: Tensor, looser: float = 1.0
    ) -> Tensor:
        """argmin_W of sum_i -ln softmax(W x_i)[y_i] + sum_d penalty_d / 2 |W_d - origin_d|^2, by
        SciPy's L-BFGS-B.

        The variables are V in W = near + V L^-1, where L L^T approximates the curvature, penalty
        among it: in them the problem is nearly round, and few steps suffice.

        Args:
            known: Examples.
            curvature: (D + 1, D + 1) of one class, at weights not far from the optimum.
            penalty: (D + 1,) weight of each column's penalty.
            near: (C, D + 1) where the search begins.
            looser: Times the tolerance.
        """
        device, m = near.device, len(known.y)
        factor = torch.linalg.cholesky(curvature + penalty.diag())
        inverse = torch.linalg.solve_triangular(
            factor.float(), torch.eye(len(factor), device=device), upper=False
        )

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
