"""Features of a frozen backbone: a data set whose inputs are the numbers before the backbone's head."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from lit.datasets import Dataset, scale
from lit.logs import Progress
from lit.models import build_pretrained, build_theta0, find_head

BATCH = 64


@torch.no_grad()
def extract_features(spec: Mapping[str, Any], data: Dataset, seed: int, device: torch.device) -> np.ndarray:
    """(N, D) float32 inputs of the backbone's head, in evaluation mode.

    Args:
        spec: The backbone's entry; without weights, a random backbone drawn from the seed.
        data: The data set.
        seed: Seed of a random backbone's weights.
        device: Where to compute.
    """
    build = build_pretrained if spec.get("weights") else build_theta0
    net = build(spec, data.x.shape[1:], data.classes, seed).to(device).eval()
    seen: list[torch.Tensor] = []
    _, head = find_head(net)
    head.register_forward_pre_hook(lambda module, inputs: seen.append(inputs[0].flatten(1).cpu()))
    progress = Progress("features")
    for begin in range(0, len(data.x), BATCH):
        net(torch.from_numpy(scale(data.x[begin : begin + BATCH])).to(device))
        progress.step(begin + BATCH, len(data.x))
    return torch.cat(seen).float().numpy()
