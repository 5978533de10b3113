"""What a loader gives, and what loaders share."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lit.errors import InputError


@dataclass(frozen=True)
class Loaded:
    """A data set as its file has it, not yet checked.

    Attributes:
        x: (N, ...) inputs.
        y: (N,) labels: integers, or names of classes.
        names: Names of the classes 0, 1, ..., where the file has them.
        notes: What was left out or converted on the way, a sentence each, for the log and the report.
    """

    x: np.ndarray
    y: np.ndarray
    names: tuple[str, ...] | None = None
    notes: tuple[str, ...] = ()


def existing(spec: Mapping[str, Any], where: str) -> Path:
    """The path of an entry that reads a user's own file or folder.

    Raises:
        InputError: it does not exist, or is the wrong of the two.
    """
    path, folder = spec["path"], spec["kind"] == "imagefolder"
    if not os.path.exists(path):
        raise InputError(f"{where}: path: {path} does not exist (looked in {Path.cwd()})")
    if not (os.path.isdir(path) if folder else os.path.isfile(path)):
        raise InputError(f"{where}: path: {path} is no {'folder' if folder else 'file'}; kind {spec['kind']} needs one")
    return Path(path)
