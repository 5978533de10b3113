"""What every job that uses torch does first, and what it records last."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from lit.coding.coder import Coder, StartState
from lit.data.classes import class_names, match_classes
from lit.data.dataset import Dataset
from lit.errors import InputError
from lit.files import store
from lit.files.provenance import versions
from lit.training.device import choose_device
from lit.training.state import State


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
            "this job asked for a GPU (gpu: 1 in the profile, or device: cuda in the study), but torch sees no GPU: check that"
            " torch is a CUDA build, and CUDA_VISIBLE_DEVICES on the node; without GPUs write gpu: 0 in the profile's"
            " set-resources and device: cpu in the study"
        )
    return choose_device("cuda")


def provenance(
    settings: Mapping[str, Any], code: str, inputs: Mapping[str, Any], device: torch.device
) -> dict[str, Any]:
    """Attributes of a result file: settings, digests of code and inputs, versions, kind of device. No clock, no host.

    Args:
        settings: Of the job.
        code: Its code digest.
        inputs: The job's input files by role.
        device: Where it computed.
    """
    made_by = {
        "versions": versions("torch", "numpy"),
        "device": device.type,
        "threads": torch.get_num_threads(),
    }
    return {"settings": settings, "code": code, "inputs": store.digests(inputs)} | made_by


def coder(settings: Mapping[str, Any], inputs: Any, device: torch.device) -> Coder:
    """A run's coder from its result files.

    Args:
        settings: See :meth:`lit.workflow.plan.Plan.block_settings`.
        inputs: ``data``, and lists ``source`` and ``memory`` of one file or none.
        device: Where to compute.
    """
    names = settings["datasets"]  # the target's, and M's own where it is another
    data, source = store.read_dataset(inputs.data, names[0]), None
    if inputs.source:
        arrays, about = store.read(
            inputs.source[0], "source", source=settings["source"], seeds=settings["seeds"]
        )
        other = bool(inputs.memory) and inputs.memory[0] != inputs.data
        x = store.read_dataset(inputs.memory[0], names[-1]).x if other else data.x
        source = _source(arrays, about, x, data, settings)
    given = {name: settings[name] for name in ("side", "seeds", "learner")}
    return Coder(
        settings["model"],
        data,
        settings["labels"],
        **given,
        source=source,
        head=settings["head"],
        device=device,
    )


def _source(
    arrays: dict[str, np.ndarray],
    about: Mapping[str, Any],
    x: np.ndarray,
    data: Dataset,
    settings: Mapping[str, Any],
) -> StartState:
    """M from its file, with its outputs and labels as the target has its classes."""
    label, classes, own = arrays["label"], int(arrays["classes"]), settings["position"]
    outputs = order = None
    if own is not None:  # where M has several heads, the task of the one that is taken
        outputs = tuple(arrays["heads"][own].tolist())
    elif settings["head"] != "new" or settings["learner"].get("memory") == "source":
        order = match_classes(about.get("names"), class_names(data.names, settings["labels"]))
    if order is not None and len(order) == classes:
        label = np.argsort(order)[label]
    return StartState(State.from_arrays(arrays), x, arrays["index"], label, classes, outputs, order)
