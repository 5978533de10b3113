import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from lit.networks.flops import flops
from lit.networks.small import Cnn, Mlp


@pytest.mark.parametrize(
    "net",
    [
        Mlp((3, 9, 8), 10, []),
        Mlp((3, 9, 8), 10, [16, 8], bias=False),
        Cnn((3, 9, 8), 10, [4, 6], dense=12),
    ],
)
def test_own_networks_count_as_the_counter_of_torch_counts(net):
    x = torch.zeros(1, 3, 9, 8)
    with FlopCounterMode(display=False) as forward:
        net(x)
    with FlopCounterMode(display=False) as training:
        net(x).sum().backward()
    assert flops(net, x) == (forward.get_total_flops(), training.get_total_flops())
