"""States and examples of many models of one architecture at once, and how they are scored.

J models (seeds x blocks x variants) are one *stack*: their parameters carry a leading axis J. Small networks run
as batched matrix products, others one after the other. Each model's result is a function of its own
state, data and key alone, never of what it is stacked with; on a CPU even to the last bit.
"""

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.func import functional_call, vmap
from torch.nn import functional as F
from torch.utils.flop_counter import FlopCounterMode

from lit.networks.small import Cnn, Mlp

CHUNK = 2048  # examples scored at once, by model


@dataclass
class State:
    """States of J models: parameters and buffers (J, ...) by name, and ``scale`` (J,), the inverse temperature."""

    tensors: dict[str, Tensor]
    scale: Tensor

    def select(self, rows: Tensor) -> "State":
        """The models of these rows, in this order, repeats allowed."""
        return State({k: v[rows] for k, v in self.tensors.items()}, self.scale[rows])

    def to(self, device: torch.device) -> "State":
        return State({k: v.to(device) for k, v in self.tensors.items()}, self.scale.to(device))

    def arrays(self) -> dict[str, np.ndarray]:
        """As NumPy arrays, for the store."""
        return {f"state/{k}": v.cpu().numpy() for k, v in self.tensors.items()} | {
            "scale": self.scale.cpu().numpy()
        }

    @staticmethod
    def from_arrays(arrays: dict[str, np.ndarray]) -> "State":
        tensors = {
            k.removeprefix("state/"): torch.from_numpy(v)
            for k, v in arrays.items()
            if k.startswith("state/")
        }
        return State(tensors, torch.from_numpy(arrays["scale"]))

    @staticmethod
    def of(nets: list[nn.Module]) -> "State":
        """The states of networks of one architecture, temperature 1. What is tied has the first of its names alone."""
        dicts = [net.state_dict(keep_vars=True) for net in nets]
        first = {id(v): k for k, v in reversed(dicts[0].items())}
        tensors = {
            k: torch.stack([d[k].detach() for d in dicts])
            for k in dicts[0]
            if first[id(dicts[0][k])] == k
        }
        return State(tensors, torch.ones(len(nets), dtype=torch.float64))


@dataclass(frozen=True)
class Examples:
    """Labelled examples of J models: rows of one shared input tensor.

    Attributes:
        x: (N, ...) inputs, uint8 (scaled to 0..1 here) or float32.
        index: (J, M) rows of x, in each model's own order.
        label: (J, M) labels.
    """

    x: Tensor
    index: Tensor
    label: Tensor

    def select(self, rows: Tensor) -> "Examples":
        return Examples(self.x, self.index[rows], self.label[rows])

    def inputs(self, positions: Tensor) -> Tensor:
        """(J, B, ...) float32 inputs at positions (J, B)."""
        x = self.x[self.index.gather(1, positions)]
        return x.float() / 255 if x.dtype == torch.uint8 else x

    def labels(self, positions: Tensor) -> Tensor:
        return self.label.gather(1, positions)


def move(x: Tensor, shift: int, rows: Tensor, columns: Tensor, mirror: Tensor) -> Tensor:
    """Images (J, B, C, H, W), mirrored where ``mirror`` and moved; what comes in at the edges is zero.

    Args:
        x: Images.
        shift: Most pixels that an image is moved each way.
        rows, columns: (J, B) in 0..2 shift; ``shift`` leaves the image where it is.
        mirror: (J, B) in 0..1.
    """
    if mirror.any():
        x = torch.where(mirror.bool()[:, :, None, None, None], x.flip(-1), x)
    if not shift:
        return x
    padded = F.pad(x.flatten(0, 1), (shift,) * 4)
    windows = padded.unfold(2, x.shape[-2], 1).unfold(
        3, x.shape[-1], 1
    )  # (JB, C, 2 shift + 1, 2 shift + 1, H, W)
    each = torch.arange(len(padded), device=x.device)
    return windows[each, :, rows.flatten(), columns.flatten()].view(x.shape)


def stack_logits(net: nn.Module, state: State, x: Tensor, draws: list[int] | None = None) -> Tensor:
    """(J, B, C) logits of J stacked models on inputs (J, B, ...), before temperature.

    ``draws`` seeds what a network draws itself while it trains (dropout), model by model.
    """
    tensors = state.tensors
    if isinstance(net, Mlp):
        return net.forward_stack(tensors, x)
    if isinstance(net, Cnn) and x.is_cuda:
        return vmap(lambda t, xs: functional_call(net, t, (xs,)))(tensors, x)
    unbound = {k: v.unbind(0) if v.requires_grad else v for k, v in tensors.items()}
    places = {place: unbound[name] for place, name in places_of(net).items() if name in unbound}
    logits = []
    for j in range(len(x)):
        if draws is not None:
            torch.manual_seed(draws[j])
        logits.append(
            functional_call(net, {k: v[j] for k, v in places.items()}, (x[j],), tie_weights=False)
        )
    return torch.stack(logits)


def places_of(net: nn.Module) -> dict[str, str]:
    """Where a network keeps parameters and buffers, each place once, and the name that a state has for what lies there.

    Of a tied parameter that is its first name. A layer that is registered twice is one place: torch would put its own
    tensors back once, and leave ours in it the second time.
    """
    places, first = {}, dict[int, str]()
    for at, module in net.named_modules():
        for key, value in (module._parameters | module._buffers).items():
            if value is not None:
                name = f"{at}.{key}" if at else key
                places[name] = first.setdefault(id(value), name)
    return places


def score(net: nn.Module, state: State, examples: Examples, start: int, stop: int) -> Tensor:
    """(J, stop - start, C) float64 logits at coding positions start..stop, in evaluation mode, temperature applied."""
    positions = torch.arange(start, stop, device=examples.index.device).expand(
        len(examples.index), -1
    )
    return score_at(net, state, examples, positions) * state.scale[:, None, None]


@torch.no_grad()
def score_at(net: nn.Module, state: State, examples: Examples, positions: Tensor) -> Tensor:
    """(J, V, C) float64 logits at positions (J, V), in evaluation mode, before temperature."""
    net.eval()
    parts = [
        stack_logits(net, state, examples.inputs(p)).double() for p in positions.split(CHUNK, dim=1)
    ]
    return torch.cat(parts, dim=1) if parts else state.scale.new_zeros(len(positions), 0, 1)


def bits(logits: Tensor, labels: Tensor) -> np.ndarray:
    """(J, B) float64 code lengths in bits, -log2 softmax(logits)[label], of logits (J, B, C)."""
    nats = -F.log_softmax(logits, dim=-1).gather(-1, labels[..., None])[..., 0]
    return (nats / math.log(2)).cpu().numpy()


def fit_scale(
    logits: Tensor, labels: Tensor, prior: float = 1.0, iterations: int = 20
) -> tuple[Tensor, Tensor]:
    """Inverse temperature that codes held-out labels best, and its mean loss.

    Minimises sum_i -ln softmax(b z_i)[y_i] + prior (b - 1 - ln b), convex in b, by damped Newton steps in ln b.

    Args:
        logits: (J, V, C) float64 z.
        labels: (J, V).
        prior: Weight of the pull towards b = 1, in examples; it decides where V is small.

    Returns:
        (J,) inverse temperatures, (J,) mean losses in nats an example.
    """
    log_b = torch.zeros(len(logits), dtype=torch.float64, device=logits.device)
    at_label = logits.gather(-1, labels[..., None])[..., 0]
    for _ in range(iterations):
        b = log_b.exp()
        p = (b[:, None, None] * logits).softmax(-1)
        mean = (p * logits).sum(-1)
        variance = (p * logits.square()).sum(-1) - mean.square()
        slope = (mean - at_label).sum(-1) * b + prior * (b - 1)
        curvature = variance.sum(-1) * b.square() + prior * b
        log_b = (log_b - (slope / curvature).clamp(-0.7, 0.7)).clamp(-5, 3)
    b = log_b.exp()
    loss = F.cross_entropy(
        (b[:, None, None] * logits).flatten(0, 1), labels.flatten(), reduction="none"
    )
    return b, loss.view(labels.shape).mean(-1)


def flops(net: nn.Module, x: Tensor) -> tuple[int, int]:
    """Floating-point operations of scoring one example and of training on it, as torch's FlopCounterMode counts them.

    Args:
        net: The architecture.
        x: (1, ...) one float32 input.
    """
    net.eval()  # a single example has no batch statistics
    with FlopCounterMode(display=False) as forward, torch.no_grad():
        net(x)
    with FlopCounterMode(display=False) as training, torch.enable_grad():
        net(x).sum().backward()
    net.zero_grad(set_to_none=True)
    return forward.get_total_flops(), training.get_total_flops()
