"""Start states, theta0 or a source model M, and each seed's examples."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import nn

from lit.data.classes import check_width
from lit.data.dataset import Dataset, Form
from lit.data.streams import part_of
from lit.errors import InputError
from lit.networks.build import build_theta0
from lit.networks.output_layer import head_keys
from lit.study.label_transforms import Transform
from lit.training.state import Examples, State


def theta0(spec: Mapping[str, Any], form: Form, seeds: Sequence[int]) -> tuple[nn.Module, State]:
    """The architecture and the untrained states of S seeds."""
    nets = [build_theta0(spec, form, seed) for seed in seeds]
    return nets[0], State.of(nets)


def start_from(
    net: nn.Module,
    untrained: State,
    source: State | None,
    head: str = "keep",
    outputs: slice | list[int] | None = None,
) -> State:
    """The state that a coder starts from: theta0, or M with its own head or with one of zeros.

    Args:
        net: The architecture, with the target's number of classes.
        untrained: theta0 of S seeds.
        source: M of S seeds, or None.
        head: ``keep`` (or ``only``) M's head, or ``new``.
        outputs: M's outputs for the target's classes, in the target's order; None for all.

    Raises:
        InputError: M is another network, or has no head for the target's classes.
    """
    if source is None:
        return untrained
    heads = head_keys(net)
    for name, tensor in untrained.tensors.items():
        found = source.tensors.get(name)
        free = 2 if name in heads else 0  # a head may have other outputs
        if found is None or found.shape[free:] != tensor.shape[free:]:
            shape = "missing" if found is None else tuple(found.shape)
            raise InputError(f"M does not fit the network: {name} is {shape}")
    if head == "new":
        zeros = {name: untrained.tensors[name] for name in heads}
        return State(source.tensors | zeros, torch.ones_like(untrained.scale))
    taken = slice(None) if outputs is None else outputs
    kept = {name: source.tensors[name][:, taken] for name in heads}
    for name, tensor in kept.items():
        check_width(tensor.shape[1], untrained.tensors[name].shape[1])
    return State(source.tensors | kept, source.scale)


def examples_of(
    data: Dataset, labels: Transform, seeds: list[int], side: str, device: torch.device
) -> tuple[Examples, int]:
    """Every seed's examples from the pool's ``front`` or ``back``, and the number of classes."""
    index, label, classes = part_of(data, labels, seeds, side)
    return examples_at(data, index, label, device), classes


def examples_at(
    data: Dataset, index: np.ndarray, label: np.ndarray, device: torch.device
) -> Examples:
    """Rows (S, m) of a data set with these labels (S, m) or (S, m, T), as tensors."""
    arrays = map(np.ascontiguousarray, (data.x, index, label))
    x, rows, labels = (torch.from_numpy(array).to(device) for array in arrays)
    basis = None if data.bins is None else torch.from_numpy(data.bins.basis()).to(device)
    return Examples(x, rows, labels, basis)
