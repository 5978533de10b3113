"""A run's coder, read from its result files."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from lit.coding.coder import Coder, StartState
from lit.data.classes import class_names, match_classes
from lit.data.dataset import Dataset
from lit.files import store
from lit.training.state import State


def read_coder(settings: Mapping[str, Any], inputs: Any, device: torch.device) -> Coder:
    """The coder of a run's job.

    Args:
        settings: See :meth:`lit.workflow.code_jobs.CodeJobs.block_settings`.
        inputs: ``data``, and lists ``source`` and ``memory`` of one file or none.
        device: Where to compute.
    """
    names = settings["datasets"]  # the target's, and M's own where it is another
    data = store.read_dataset(inputs.data, names[0])
    source = None
    if inputs.source:
        arrays, about = store.read(
            inputs.source[0], "source", source=settings["source"], seeds=settings["seeds"]
        )
        other = bool(inputs.memory) and inputs.memory[0] != inputs.data
        x = store.read_dataset(inputs.memory[0], names[-1]).x if other else data.x
        source = _source(arrays, about, x, data, settings)
    given = {name: settings[name] for name in ("side", "seeds", "learner", "head")}
    return Coder(settings["model"], data, settings["labels"], **given, source=source, device=device)


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
