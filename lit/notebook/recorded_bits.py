"""Bits of labels under logits of anybody's network, for :mod:`lit.notebook.recorder`."""

import math
from typing import Any

import numpy as np
import torch

from lit.errors import InputError
from lit.files.recorded_columns import Columns, misfits

IGNORED = -100  # of a label that is none, as in torch.nn.functional.cross_entropy
AT_ONCE = 2**24  # logits that are turned into float64 at once
ENOUGH = 8  # rows that look like probabilities until they are taken for such
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


def columns_of(bits: Any, labels: Any, index: Any, right: Any) -> Columns:
    """Bits of some examples (B,) as float64, and what is known of these (B,) as int64.

    Raises:
        InputError: another shape, or a number that no file of recorded runs may hold.
    """
    part = {"bits": np.asarray(bits, dtype=np.float64)}
    for name, values in (("labels", labels), ("index", index), ("right", right)):
        if values is not None:
            part[name] = whole_numbers(values, name)
    for name, values in part.items():
        if values.ndim != 1 or values.shape != part["bits"].shape:
            many = f"({part['bits'].size},)"
            raise InputError(f"score: {name} of shape {values.shape}, where {many} belongs")
        wrong, belongs = misfits(name, values)
        if wrong.any():
            raise InputError(f"score: found {name} {values[wrong][0]}, where {belongs}")
    return part


class LogitsCheck:
    """Refuses probabilities in place of logits, once enough rows look like them."""

    def __init__(self) -> None:
        self._rows: int | None = 0  # that look like probabilities; None once one does not

    def check(self, logits: torch.Tensor) -> None:
        """Look at the next logits (B, ..., C).

        Raises:
            InputError: all rows so far are 0 or more and sum to 1.
        """
        if self._rows is None or not logits.numel():
            return
        sums = logits.sum(-1, dtype=torch.float64)
        if logits.min() < 0 or (sums - 1).abs().max() > NEAR:
            self._rows = None
            return
        self._rows += sums.numel()
        if self._rows >= ENOUGH:
            raise InputError(
                "score: these are probabilities, as each row sums to 1; hand over the logits before"
                " the softmax, or the logarithms of the probabilities"
            )


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
