"""Two arrays of a NumPy file; nothing is unpickled."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from lit.data.foreign_data import SAVE
from lit.data.next_tokens import as_said
from lit.data.raw import RawData, array_names, errors_of, existing_path
from lit.errors import InputError

KIND = {"reads": "file", "next_tokens": "labels"}
PACKAGES = ("numpy",)


def load(spec: Mapping[str, Any], where: str) -> RawData:
    """Read the arrays x and y of an npz file."""
    path = existing_path(spec, where)
    others = f"{path} is not an npz file of plain arrays; pickled objects are never loaded: {SAVE}"
    with errors_of(where, others):
        arrays = np.load(path, allow_pickle=False)
        if isinstance(arrays, np.ndarray):
            raise InputError(f"{path} holds one array, x or y; write both into one file: {SAVE}")
        with arrays:
            if {"data", "indices", "indptr", "shape"} <= set(arrays.files):
                raise InputError(
                    f"{path} is a sparse matrix of SciPy without labels; write"
                    " numpy.savez(other, x=scipy.sparse.load_npz(path).toarray(), y=y)"
                )
            names = array_names(spec, arrays.files.__contains__, lambda: _shapes(arrays))
            x, y = (array(arrays, name, path) for name in names)
            return as_said(spec, RawData(x, y))


def array(arrays: Any, name: str, path: Path) -> np.ndarray:
    """An array of an npz file by its name; InputError where it holds Python objects."""
    try:
        return arrays[name]
    except ValueError as error:
        if "Object arrays" not in str(error):
            raise
        raise InputError(
            f"{path}: array {name!r} holds Python objects, and pickled objects are never loaded;"
            f" save {name}.astype(str) if these are names of classes, else {name}.astype(float)"
            f" or {name}.astype(int)"
        ) from error


def _shapes(arrays: Any) -> dict[str, str]:
    """Shape and type of each array, from its first bytes alone."""
    found = {}
    for member in sorted(name for name in arrays.zip.namelist() if name.endswith(".npy")):
        with arrays.zip.open(member) as file:
            old = np.lib.format.read_magic(file) == (1, 0)
            read_header = getattr(np.lib.format, f"read_array_header_{'1_0' if old else '2_0'}")
            shape, _, kind = read_header(file)
        found[member.removesuffix(".npy")] = f"{shape} {kind}"
    return found
