"""Steps of the optimisers against PyTorch's own classes."""

import pytest
import torch

from lit.training.optimizers import MOMENTS, STEPS

RATES = [(0.1, 0.0, 0.9), (0.1, 0.3, 0.0), (0.003, 0.0, 0.0)]  # lr, weight decay, momentum
PEERS = {
    "sgd": lambda w, lr, decay, momentum: torch.optim.SGD(
        [w], lr=lr, weight_decay=decay, momentum=momentum
    ),
    "adamw": lambda w, lr, decay, momentum: torch.optim.AdamW([w], lr=lr, weight_decay=decay),
}


@pytest.mark.parametrize("rates", RATES)
@pytest.mark.parametrize("name", STEPS)
def test_an_optimiser_steps_as_pytorchs_does(name, rates):
    torch.manual_seed(0)
    weights = torch.randn(2, 7)
    peer = weights.clone().requires_grad_()
    optimizer, taken = PEERS[name](peer, *rates), torch.tensor(0.0)
    moments = {moment: torch.zeros(2, 7) for moment in MOMENTS[name]}
    start = weights.clone()
    for _ in range(20):
        gradient = weights.sin() + torch.randn(2, 7)
        peer.grad = gradient.clone()
        STEPS[name](weights, gradient, moments, taken, *rates)
        optimizer.step()
        assert torch.allclose(weights, peer.detach(), atol=1e-6)
    assert (weights - start).abs().max() > 0.01


def test_weight_decay_of_sgd_is_decoupled_from_its_momentum():
    """Without a gradient a weight shrinks by lr times decay a step, whatever momentum there is."""
    weights, moments = torch.ones(1, 1), {"momentum_buffer": torch.zeros(1, 1)}
    for _ in range(3):
        STEPS["sgd"](weights, torch.zeros(1, 1), moments, torch.tensor(0.0), 0.1, 2.0, 0.9)
    assert weights.item() == pytest.approx(0.8**3)
