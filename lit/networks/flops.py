"""What computing costs."""

import math

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from lit.networks.small import Cnn, Mlp


def flops(net: nn.Module, x: Tensor) -> tuple[int, int]:
    """Floating-point operations of scoring one float32 input x (1, ...), and of training on it.

    Counted by torch's FlopCounterMode; those of this library's own networks layer by layer, to the
    same numbers, since the counter imports torch's compiler, a second of each job.
    """
    net.eval()  # a single example has no batch statistics
    if isinstance(net, Mlp | Cnn):
        return _layer_by_layer(net, x)
    with FlopCounterMode(display=False) as forward, torch.no_grad():
        net(x)
    with FlopCounterMode(display=False) as training, torch.enable_grad():
        net(x).sum().backward()
    net.zero_grad(set_to_none=True)
    return forward.get_total_flops(), training.get_total_flops()


def _layer_by_layer(net: nn.Module, x: Tensor) -> tuple[int, int]:
    """Each weight counts twice for each place that it is used at. Backwards a layer costs as much
    for its weights, and as much for its inputs, which the first one does without."""
    each: list[int] = []

    def count(layer: nn.Module, inputs: tuple[Tensor], output: Tensor) -> None:
        assert isinstance(layer.weight, Tensor)
        weights = layer.weight.numel() // len(layer.weight)
        each.append(2 * weights * math.prod(output.shape))

    layers = [layer for layer in net.modules() if isinstance(layer, nn.Linear | nn.Conv2d)]
    handles = [layer.register_forward_hook(count) for layer in layers]
    with torch.no_grad():
        net(x)
    for handle in handles:
        handle.remove()
    return sum(each), 3 * sum(each) - each[0]
