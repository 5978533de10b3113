"""Arrays of tokens whose labels are the tokens that follow: ``labels: next``."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np

from lit.data.raw import RawData
from lit.errors import InputError


def as_said(spec: Mapping[str, Any], raw: RawData) -> RawData:
    """Two arrays as an entry says what their labels are.

    Raises:
        InputError: next tokens without a vocabulary, or labels that are not what follows.
    """
    if spec.get("labels") != "next":
        return raw
    if "vocabulary" not in spec:
        raise InputError("labels: next are tokens; write vocabulary:, how many there are")
    if "classes" in spec:
        raise InputError("classes: with labels: next these are the tokens; leave it out")
    x, y = np.asarray(raw.x), np.asarray(raw.y)
    if x.ndim != 2 or x.shape != y.shape:
        raise InputError(
            f"labels: next: x has shape {x.shape} and y {y.shape}; both have to be (N, T), such as"
            " windows[:, :-1] and windows[:, 1:]"
        )
    other = np.argwhere(y[:, :-1] != x[:, 1:])
    if len(other):
        row, t = other[0].tolist()
        raise InputError(
            f"labels: next: in row {row} label {t} is {y[row, t]}, but token {t + 1} is"
            f" {x[row, t + 1]}; save windows[:, :-1] as x and windows[:, 1:] as y"
        )
    return dataclasses.replace(raw, several=True, next_tokens=True)


def refuse_unsaid(x: np.ndarray, y: np.ndarray) -> None:
    """Refuse several labels an example that are its next tokens, unless it is said so.

    Args:
        x: (N, ...) inputs, which may be numbers of tokens.
        y: (N, T) labels, -1 where there is none.

    Raises:
        InputError: they are.
    """
    if x.shape != y.shape or x.ndim != 2:
        return
    # A prompt's labels may be left out, and behind the last token there is none to compare with.
    next_one, label = x[:, 1:], y[:, :-1]
    there = (label >= 0) & (next_one >= 0)
    if there.any() and np.array_equal(label[there], next_one[there]):
        raise InputError(
            "labels: several: label t is token t + 1 in every row that has both, which a network"
            " that is given the whole row sees; write labels: next, with no label left out"
        )
