"""States and examples of many models of one architecture at once.

J models (seeds x blocks x variants) are one *stack*: their parameters carry a leading axis J. Each
model's result is a function of its own state, data and key alone, never of what it is stacked with;
on a CPU even to the last bit.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
import torch
from jaxtyping import Float64, Int64, Shaped
from torch import Tensor, nn

from lit.files.result_files import Arrays

Value = TypeVar("Value")


def under(prefix: str, arrays: Mapping[str, Value]) -> dict[str, Value]:
    """The arrays whose names begin so, by the rest of their names."""
    return {k.removeprefix(prefix): v for k, v in arrays.items() if k.startswith(prefix)}


def prefixed(prefix: str, arrays: Mapping[str, Value]) -> dict[str, Value]:
    """The same arrays, all names with this before them."""
    return {prefix + name: value for name, value in arrays.items()}


def as_tensors(arrays: Arrays, device: torch.device | None = None) -> dict[str, Tensor]:
    """Arrays of the store as tensors."""
    return {name: torch.from_numpy(array).to(device) for name, array in arrays.items()}


def as_arrays(tensors: Mapping[str, Tensor]) -> dict[str, np.ndarray]:
    """Tensors as arrays, for the store."""
    return {name: tensor.detach().cpu().numpy() for name, tensor in tensors.items()}


@dataclass
class State:
    """States of J models.

    Attributes:
        tensors: Parameters and buffers (J, ...) by name.
        scale: Inverse temperatures.
    """

    tensors: dict[str, Shaped[Tensor, "J ..."]]
    scale: Float64[Tensor, " J"]

    def select(self, rows: Int64[Tensor, " K"]) -> "State":
        """The models of these rows, in this order, repeats allowed."""
        return State({k: v[rows] for k, v in self.tensors.items()}, self.scale[rows])

    def to(self, device: torch.device) -> "State":
        return State({k: v.to(device) for k, v in self.tensors.items()}, self.scale.to(device))

    def arrays(self) -> dict[str, Shaped[np.ndarray, "J ..."]]:
        """As NumPy arrays, for the store."""
        return as_arrays(prefixed("state/", self.tensors) | {"scale": self.scale})

    @staticmethod
    def from_arrays(arrays: Arrays) -> "State":
        return State(as_tensors(under("state/", arrays)), torch.from_numpy(arrays["scale"]))

    @staticmethod
    def of(nets: list[nn.Module]) -> "State":
        """The states of networks of one architecture, temperature 1.

        What is tied has the first of its names alone.
        """
        dicts = [net.state_dict(keep_vars=True) for net in nets]
        first = {id(v): k for k, v in reversed(dicts[0].items())}
        names = [name for name, v in dicts[0].items() if first[id(v)] == name]
        tensors = {name: torch.stack([d[name].detach() for d in dicts]) for name in names}
        return State(tensors, torch.ones(len(nets), dtype=torch.float64))


def scaled(x: Shaped[Tensor, "..."]) -> Shaped[Tensor, "..."]:
    """Inputs as networks get them: uint8 is scaled to 0..1, tokens are int64."""
    if x.dtype == torch.uint8:
        return x.float() / 255
    return x if x.is_floating_point() else x.long()


@dataclass(frozen=True)
class Examples:
    """Labelled examples of J models: rows of one shared input tensor.

    Attributes:
        x: Inputs, uint8 (scaled to 0..1 here) or float32; tokens int32.
        index: Rows of x, in each model's own order.
        label: Their labels, one each or T, of which -1 is none.
        basis: Where labels are bins, what makes their logits of a network's K outputs, see
            :meth:`lit.data.bins.Bins.basis`.
    """

    x: Shaped[Tensor, "N ..."]
    index: Int64[Tensor, "J M"]
    label: Int64[Tensor, "J M *T"]
    basis: Float64[Tensor, "K C"] | None = None

    def select(self, rows: Int64[Tensor, " K"]) -> "Examples":
        return replace(self, index=self.index[rows], label=self.label[rows])

    def inputs(self, positions: Int64[Tensor, "J B"]) -> Shaped[Tensor, "J B ..."]:
        """Inputs at positions in each model's order."""
        return scaled(self.x[self.index.gather(1, positions)])

    def labels(self, positions: Int64[Tensor, "J B"]) -> Int64[Tensor, "J B *T"]:
        models = torch.arange(len(positions), device=positions.device)[:, None]
        return self.label[models, positions]

    @property
    def tokens(self) -> bool:
        """Whether inputs are numbers of tokens."""
        return not self.x.is_floating_point() and self.x.dtype != torch.uint8

    @property
    def sizes(self) -> tuple[int, ...]:
        """(T,) where an example carries several labels, else ()."""
        return tuple(self.label.shape[2:])
