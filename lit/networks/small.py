"""Networks of this library: ReLU layers, convolutional ones, and others behind preprocessing."""

import itertools
import math
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Mlp(nn.Module):
    """Layers of ReLU units on the flattened input; ``hidden=[]`` is a linear model."""

    def __init__(
        self, input_shape: tuple[int, ...], classes: int, hidden: list[int], bias: bool = True
    ):
        super().__init__()
        widths = [math.prod(input_shape), *hidden, classes]
        self.layers = nn.ModuleList(
            nn.Linear(a, b, bias=bias) for a, b in itertools.pairwise(widths)
        )

    def forward(self, x: Tensor) -> Tensor:
        x = x.flatten(1)
        for layer in self.layers[:-1]:
            x = layer(x).relu()
        return self.layers[-1](x)

    def forward_stack(self, state: Mapping[str, Tensor], x: Tensor) -> Tensor:
        """Logits (J, B, C) of J such networks: stacked weights (J, ...), inputs (J, B, ...)."""
        x = x.flatten(2)
        for i in range(len(self.layers)):
            x = x if i == 0 else x.relu()
            weight = state[f"layers.{i}.weight"].transpose(1, 2)
            bias = state.get(f"layers.{i}.bias")
            x = torch.bmm(x, weight) if bias is None else torch.baddbmm(bias[:, None], x, weight)
        return x


PASSING = (nn.Flatten, nn.Identity, nn.Dropout)  # layers that are the identity where one codes


def relu_layers(net: nn.Module) -> int | None:
    """How many layers of ReLU units a fully connected network has before its head.

    None of any other network, and of one whose ``forward`` is its own, as only that says what its
    layers do.
    """
    if isinstance(net, Mlp):
        return len(net.layers) - 1
    leaves = [module for module in net.modules() if not list(module.children())]
    inside = [type(module) for module in net.modules() if list(module.children())]
    kinds = [type(leaf) for leaf in leaves if not isinstance(leaf, PASSING)]
    depth = len(kinds) // 2
    if kinds != [nn.Linear, *[nn.ReLU, nn.Linear] * depth] or set(inside) - {nn.Sequential}:
        return None
    layers = [leaf for leaf in leaves if isinstance(leaf, nn.Linear)]
    # Where a layer takes more than the one before gives, that one saw parts of an input.
    whole = all(a.out_features == b.in_features for a, b in itertools.pairwise(layers))
    return depth if whole else None


class Cnn(nn.Module):
    """3x3 convolutions with group normalisation, each halving the image; then a dense layer."""

    def __init__(
        self, input_shape: tuple[int, ...], classes: int, channels: list[int], dense: int = 128
    ):
        super().__init__()
        stages: list[nn.Module] = []
        before, height, width = input_shape
        for after in channels:
            groups = max(g for g in (1, 2, 4, 8) if after % g == 0)
            stages.append(nn.Conv2d(before, after, 3, padding=1))
            # pooling before the norm and the unit halves the time of a stage
            if min(height, width) >= 2:
                stages.append(nn.MaxPool2d(2))
                height, width = height // 2, width // 2
            stages += [nn.GroupNorm(groups, after), nn.ReLU()]
            before = after
        self.features = nn.Sequential(*stages)
        self.dense = nn.Linear(before * height * width, dense)
        self.head = nn.Linear(dense, classes)

    def forward(self, x: Tensor) -> Tensor:
        x = self.features(x.contiguous(memory_format=torch.channels_last))
        return self.head(self.dense(x.flatten(1)).relu())


class Wrapper(nn.Module):
    """A network behind something of ours; names of modules and weights are those of ``net``."""

    def __init__(self, net: nn.Module):
        super().__init__()
        self.net = net


class Vision(Wrapper):
    """An ImageNet-style network behind the public preprocessing that it was made for.

    Grey images are repeated to three channels; ``size`` resizes (bilinear), ``channels`` orders,
    ``mean`` and ``std`` normalise, both in that order. Without any of them, images are taken as
    they are.
    """

    def __init__(
        self,
        net: nn.Module,
        size: int | None = None,
        channels: str = "RGB",
        mean: Sequence[float] = (0.0, 0.0, 0.0),
        std: Sequence[float] = (1.0, 1.0, 1.0),
    ):
        super().__init__(net)
        self.size, self.reverse = size, channels == "BGR"
        self.mean, self.std = list(mean), list(std)

    def forward(self, x: Tensor) -> Tensor:
        if x.shape[1] == 1:
            x = x.expand(-1, 3, -1, -1)
        if self.size is not None and x.shape[-2:] != (self.size, self.size):
            x = F.interpolate(x, size=(self.size, self.size), mode="bilinear", antialias=True)
        if self.reverse:
            x = x.flip(1)
        mean, std = (x.new_tensor(v)[:, None, None] for v in (self.mean, self.std))
        # channels last train 1.6 times as fast on a CPU
        return self.net(((x - mean) / std).contiguous(memory_format=torch.channels_last))


def inner(net: nn.Module) -> nn.Module:
    """The network that names of modules and weights belong to."""
    return net.net if isinstance(net, Wrapper) else net
