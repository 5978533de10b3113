"""Where torch computes."""

import torch

from lit.errors import InputError


def choose_device(device: str) -> torch.device:
    """``cpu``, ``cuda``, or ``auto``: the GPU when there is one.

    Raises:
        InputError: ``cuda`` where none can be seen.
    """
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    if device == "cuda" and not torch.cuda.is_available():
        raise InputError(
            "device: cuda, but torch sees no GPU: check CUDA_VISIBLE_DEVICES, the job's GPU request"
            " and that torch is a CUDA build, or write device: cpu"
        )
    return torch.device(device)
