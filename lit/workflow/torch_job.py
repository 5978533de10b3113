"""What every job that uses torch does first, and what it records last."""

from collections.abc import Mapping
from typing import Any

import torch

from lit.errors import InputError
from lit.files import store
from lit.files.provenance import versions
from lit.training.device import choose_device


def start_torch(config: Mapping[str, Any], resources: Any) -> torch.device:
    """Pin threads to what the study says, whatever --cores leaves of them, and find the device.

    Raises:
        InputError: the job was given a GPU and sees none.
    """
    torch.set_num_threads(config.get("threads", 1))
    if not getattr(resources, "gpu", 0):
        return choose_device(config.get("device", "auto"))
    if not torch.cuda.is_available():
        raise InputError(
            "this job asked for a GPU (gpu: 1 in the profile, or device: cuda in the study), but"
            " torch sees no GPU: check that torch is a CUDA build, and CUDA_VISIBLE_DEVICES on the"
            " node; without GPUs write gpu: 0 in the profile's set-resources and device: cpu in the"
            " study"
        )
    return choose_device("cuda")


def provenance(
    settings: Mapping[str, Any], code: str, inputs: Mapping[str, Any], device: torch.device
) -> dict[str, Any]:
    """Attributes of a result file that a job made of its settings, code digest and input files.

    Nothing of the clock or the host, so that equal content gives equal bytes.
    """
    return {
        "settings": settings,
        "code": code,
        "inputs": store.digests(inputs),
        "versions": versions("torch", "numpy", *sorted(packages_of(settings))),
        "device": device.type,
        "threads": torch.get_num_threads(),
    }


def packages_of(settings: Any) -> set[str]:
    """Packages beside torch that the models in a job's settings are built with."""
    if not isinstance(settings, Mapping):
        return set().union(*map(packages_of, settings)) if isinstance(settings, list) else set()
    own = {"transformers"} if settings.get("kind") == "transformers" else set()
    if own and settings.get("train") == "lora":
        own.add("peft")
    return own.union(*map(packages_of, settings.values()))
