"""What computing costs."""

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode


def flops(net: nn.Module, x: Tensor) -> tuple[int, int]:
    """Floating-point operations of scoring one float32 input x (1, ...), and of training on it.

    Counted by torch's FlopCounterMode.
    """
    net.eval()  # a single example has no batch statistics
    with FlopCounterMode(display=False) as forward, torch.no_grad():
        net(x)
    with FlopCounterMode(display=False) as training, torch.enable_grad():
        net(x).sum().backward()
    net.zero_grad(set_to_none=True)
    return forward.get_total_flops(), training.get_total_flops()
