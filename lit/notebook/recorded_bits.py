"""Bits of labels under logits of anybody's network, for :mod:`lit.notebook.recorder`."""

import math
from typing import Any

import numpy as np
import torch

from lit.errors import InputError

IGNORED = -100  # of a label that is none, as in torch.nn.functional.cross_entropy
AT_ONCE = 2**24  # logits that are turned into float64 at once
NEAR = 0.01  # how far sums of probabilities may be from 1, as those of half precision are


def to_tensor(values: Any) -> torch.Tensor:
    """A tensor of any library's array, without gradients; on the CPU where the device has no
    float64 (Apple's), else where it is."""
    tensor = values if isinstance(values, torch.Tensor) else torch.as_tensor(np.asarray(values))
    return tensor.detach().cpu() if tensor.device.type == "mps" else tensor.detach()


def whole_numbers(values: Any, name: str) -> np.ndarray:
    """Values as int64, of their shape.

    Raises:
        InputError: one of them is no whole number.
    """
    given = np.asarray(values)
    with np.errstate(invalid="ignore"):  # of NaN, which is refused
        numbers = given.astype(np.int64)
    if (wrong := given != numbers).any():
        raise InputError(f"score: {name} {given[wrong][0]} is no whole number, as belongs there")
    return numbers


def are_probabilities(logits: torch.Tensor) -> bool:
    """Whether all rows (..., C) are 0 or more and sum to 1."""
    if logits.min() < 0:
        return False
    sums = logits.sum(-1, dtype=torch.float64)
    return bool((sums - 1).abs().max() <= NEAR)


def bits_of(
    logits: torch.Tensor, labels: torch.Tensor, classes: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of each example (B,): bits of its labels, how many these are, and whether all are right.

    Args:
        logits: (B, ..., C).
        labels: (B, ...) int64; -100 is none.
        classes: C.

    Raises:
        InputError: a label that is no class.
    """
    rows, target = logits.reshape(-1, classes), labels.reshape(-1)
    known = target != IGNORED
    if (wrong := known & ((target < 0) | (target >= classes))).any():
        found = int(target[wrong][0])
        raise InputError(f"score: label {found} is none of {classes} classes; none is {IGNORED}")
    nats, right = [], []
    size = max(AT_ONCE // classes, 1)  # in float64 all logits of a language model may not fit
    for some, own in zip(rows.split(size), target.clamp(min=0).split(size), strict=True):
        wide = some.double()
        nats.append(wide.logsumexp(1) - wide.gather(1, own[:, None])[:, 0])
        right.append(wide.argmax(1) == own)
    zero = torch.zeros((), dtype=torch.float64, device=rows.device)
    each = torch.where(known, torch.cat(nats), zero).clamp(min=0)  # rounding may go below 0
    missed = known & ~torch.cat(right)
    per_example = (len(labels), -1)
    bits = each.reshape(per_example).sum(1) / math.log(2)
    counts, all_right = known.reshape(per_example).sum(1), ~missed.reshape(per_example).any(1)
    return bits.cpu().numpy(), counts.cpu().numpy(), all_right.long().cpu().numpy()
