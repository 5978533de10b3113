"""Logits of many models of one architecture at once, and the bits that labels cost under them.

Small networks run as batched matrix products, others one after the other.
"""

import math

import numpy as np
import torch
from jaxtyping import Float, Float64, Int64, Shaped
from torch import Tensor, nn
from torch.func import functional_call, vmap
from torch.nn import functional as F

from lit.networks.small import Cnn, Mlp
from lit.training.state import Examples, State

CHUNK = 2048  # labels scored at once, by model


def stack_logits(
    net: nn.Module, state: State, x: Shaped[Tensor, "J B ..."], draws: list[int] | None = None
) -> Float[Tensor, "J B *outputs"]:
    """Logits of J stacked models on their inputs, before temperature, as the network gives them.

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
        own = {place: values[j] for place, values in places.items()}
        logits.append(functional_call(net, own, (x[j],), tie_weights=False))
    return torch.stack(logits)


def by_label(
    outputs: Float[Tensor, "J B *outputs"], examples: Examples
) -> Float[Tensor, "J B *T C"]:
    """Logits of each of the examples' labels, from a network's outputs.

    Those of several labels may lie one behind the other; of bins the outputs are interpolated.
    """
    if examples.basis is not None:
        # A product for each model: its numbers do not depend on those beside it.
        return outputs @ examples.basis.to(outputs.dtype).expand(len(outputs), -1, -1)
    if examples.sizes and outputs.ndim == 3:
        return outputs.unflatten(-1, (*examples.sizes, -1))
    return outputs


def places_of(net: nn.Module) -> dict[str, str]:
    """Where a network keeps parameters and buffers, each place once, and the name in its state.

    Of a tied parameter that is its first name. A layer that is registered twice is one place: torch
    would put its own tensors back once, and leave ours in it the second time.
    """
    places: dict[str, str] = {}
    first: dict[int, str] = {}
    for at, module in net.named_modules():
        for key, value in (module._parameters | module._buffers).items():
            if value is not None:
                name = f"{at}.{key}" if at else key
                places[name] = first.setdefault(id(value), name)
    return places


def score(
    net: nn.Module, state: State, examples: Examples, start: int, stop: int
) -> Float64[Tensor, "J m *T C"]:
    """Logits at coding positions start..stop, in evaluation mode, temperature applied."""
    positions = torch.arange(start, stop, device=examples.index.device)
    each = positions.expand(len(examples.index), -1)
    logits = score_at(net, state, examples, each)
    return logits * state.scale.view(-1, *[1] * (logits.ndim - 1))


@torch.no_grad()
def score_at(
    net: nn.Module, state: State, examples: Examples, positions: Int64[Tensor, "J V"]
) -> Float64[Tensor, "J V *T C"]:
    """Logits at positions in each model's order, in evaluation mode, before temperature."""
    net.eval()
    sizes = examples.sizes
    if not positions.numel():
        return state.scale.new_zeros(len(positions), 0, *sizes, 1)
    parts = [
        by_label(stack_logits(net, state, examples.inputs(p)).double(), examples)
        for p in positions.split(max(CHUNK // math.prod(sizes), 1), dim=1)
    ]
    return torch.cat(parts, dim=1)


def trained_arrays(
    net: nn.Module, state: State, examples: Examples, count: int, outputs: slice = slice(None)
) -> dict[str, np.ndarray]:
    """What a source's file says of M and of its training examples, the first ``count``.

    Their labels, bits and accuracy are those of these ``outputs`` of the network alone.
    """
    logits = score(net, state, examples, 0, count)[..., outputs]
    label = examples.label[:, :count] - (outputs.start or 0)
    right = torch.full((len(label),), torch.nan)
    if count:
        hit, there = (logits.argmax(-1) == label).flatten(1), (label >= 0).flatten(1)
        right = hit.double().sum(-1) / there.sum(-1)
    found = bits(logits, label)
    return state.arrays() | {
        "label": label.cpu().numpy(),
        "bits": found.sum(axis=-1) if examples.sizes else found,
        "accuracy": right.cpu().numpy(),
    }


def bits(
    logits: Float64[Tensor, "J m *T C"], labels: Int64[Tensor, "J m *T"]
) -> Float64[np.ndarray, "J m *T"]:
    """Code lengths of labels in bits, -log2 softmax(logits)[label]; 0 where there is none, -1."""
    chosen = F.log_softmax(logits, dim=-1).gather(-1, labels.clamp(min=0)[..., None])[..., 0]
    nats = -chosen.where(labels >= 0, 0)
    return (nats / math.log(2)).cpu().numpy()
