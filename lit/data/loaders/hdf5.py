"""Two arrays of an HDF5 file, which have to be stored in the file itself."""

import math
from collections.abc import Mapping
from typing import Any

import h5py
import numpy as np

from lit.data.next_tokens import as_said
from lit.data.raw import RawData, array_names, errors_of, existing_path
from lit.errors import InputError

KIND = {"reads": "file", "next_tokens": "labels"}
PACKAGES = ("numpy", "h5py")


def load(spec: Mapping[str, Any], where: str) -> RawData:
    """Read the arrays x and y of an HDF5 file."""
    path = existing_path(spec, where)
    others = f"{path} is not a readable HDF5 file; check x:, y: and the file"
    with errors_of(where, others), h5py.File(path, "r", locking=False) as file:
        for key in (spec.get("x", "x"), spec.get("y", "y")):
            _check_links(file, key)
        names = array_names(
            spec, lambda name: isinstance(file.get(name), h5py.Dataset), lambda: _shapes(file)
        )
        x, y = (_array(file[name], f"{path}: {name}") for name in names)
        return as_said(spec, RawData(x, y))


def _check_links(file: h5py.File, key: str) -> None:
    parts = [part for part in key.split("/") if part]
    for i in range(len(parts)):
        link = file.get("/".join(parts[: i + 1]), getlink=True)
        if link is not None and not isinstance(link, h5py.HardLink):
            raise InputError(
                f"{file.filename}: {key} is a link to elsewhere; copy the data into the file itself"
            )


def _array(array: h5py.Dataset, what: str) -> np.ndarray:
    if array.is_virtual or array.external:
        raise InputError(f"{what} lies in other files; copy the data into the file itself")
    if array.shape is None:
        raise InputError(f"{what} is an empty data space; write numbers into it")
    if array.chunks is not None and array.size:
        sizes = zip(array.shape, array.chunks, strict=True)
        wanted = math.prod(-(-length // chunk) for length, chunk in sizes)
        found = array.id.get_num_chunks()
        if found < wanted:
            raise InputError(
                f"{what}: only {found} of {wanted} parts were ever written, and the rest would be"
                f" read as {array.fillvalue}; if all was written, save a copy of the whole array"
            )
    if h5py.check_string_dtype(array.dtype) is not None:
        return np.array(array.asstr()[()], dtype=str)
    return array[()]


def _shapes(file: h5py.File) -> dict[str, str]:
    """Shape and type of each array that is in the file itself, by its path in the file."""
    held: dict[str, Any] = {}
    file.visititems(held.__setitem__)
    arrays = {name: item for name, item in held.items() if isinstance(item, h5py.Dataset)}
    return {name: f"{array.shape} {array.dtype}" for name, array in arrays.items()}
