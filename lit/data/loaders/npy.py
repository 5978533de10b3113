"""Two arrays of a folder, each in a NumPy file of its own; nothing is unpickled."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from lit.data.next_tokens import as_said
from lit.data.raw import RawData, array_names, errors_of, existing_path, words
from lit.errors import InputError

KIND = {"reads": "folder", "next_tokens": "labels"}
PACKAGES = ("numpy",)


def load(spec: Mapping[str, Any], where: str) -> RawData:
    """Map the arrays ``x.npy`` and ``y.npy`` of a folder into memory."""
    root = existing_path(spec, where, "folder")
    files = {path.stem: path for path in sorted(root.glob("*.npy"))}
    with errors_of(where):
        names = array_names(spec, files.__contains__, lambda: _shapes(files))
        x, y = (array(files[name]) for name in names)
        return as_said(spec, RawData(x, y))


def array(path: Path) -> np.ndarray:
    """The array of a file, mapped into memory; InputError where it is no plain one."""
    try:
        return np.load(path, mmap_mode="r", allow_pickle=False)
    except Exception as error:  # of many kinds, where a file is damaged
        raise InputError(
            f"{path} is not a file of one plain array ({words(error)}); pickled objects are never"
            " loaded: save y.astype(str) if these are names of classes, else x.astype(float)"
        ) from error


def _shapes(files: Mapping[str, Path]) -> dict[str, str]:
    arrays = {name: array(path) for name, path in files.items()}
    return {name: f"{array.shape} {array.dtype}" for name, array in arrays.items()}
