"""What every job that uses torch does first, and what it records last."""

from collections.abc import Mapping
from typing import Any

import numpy
import torch

from lit.engine import choose_device


def start_torch(threads: int, config: Mapping[str, Any], resources: Any) -> torch.device:
    """Pin threads to what the rule was given, and find the device.

    Raises:
        InputError: the job was given a GPU and sees none.
    """
    torch.set_num_threads(threads)
    device = config.get("device", "auto")
    return choose_device("cuda" if getattr(resources, "gpu", 0) else device)


def provenance(settings: Mapping[str, Any], code: str, device: torch.device) -> dict[str, Any]:
    """Attributes of a result file: settings, code digest, versions, kind of device. No clock, no host."""
    versions = {"torch": torch.__version__, "numpy": numpy.__version__}
    return {"settings": settings, "code": code, "versions": versions, "device": device.type}
