"""Two arrays of an HDF5 file, which have to lie in the file itself."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from lit.data.loaders.loaded import Loaded, array_names, existing
from lit.errors import InputError

KIND = {"reads": "file"}
PACKAGES = ("numpy", "h5py")


def load(spec: Mapping[str, Any], where: str) -> Loaded:
    import h5py

    path = existing(spec, where)
    try:
        with h5py.File(path, "r", locking=False) as file:
            for key in (spec.get("x", "x"), spec.get("y", "y")):
                _check_links(file, key, where, path)
            names = array_names(
                spec,
                lambda name: isinstance(file.get(name), h5py.Dataset),
                lambda: _shapes(file),
                where,
            )
            return Loaded(*(_array(file, name, where, path) for name in names))
    except InputError:
        raise
    except Exception as error:
        raise InputError(
            f"{where}: {path} is not a readable HDF5 file ({error}); check x:, y: and the file"
        ) from error


def _check_links(file, key, where, path):
    import h5py

    parts = [part for part in key.split("/") if part]
    for i in range(len(parts)):
        link = file.get("/".join(parts[: i + 1]), getlink=True)
        if link is not None and not isinstance(link, h5py.HardLink):
            raise InputError(
                f"{where}: {path}: {key} is a link to elsewhere; copy the data into the file itself"
            )


def _array(file, key, where, path):
    import h5py

    array = file[key]
    if array.is_virtual or array.external:
        raise InputError(
            f"{where}: {path}: {key} lies in other files; copy the data into the file itself"
        )
    if array.shape is None:
        raise InputError(f"{where}: {path}: {key} is an empty data space; write numbers into it")
    if array.chunks is not None and array.size:
        wanted = math.prod(
            -(-length // chunk) for length, chunk in zip(array.shape, array.chunks, strict=True)
        )
        if (found := array.id.get_num_chunks()) < wanted:
            raise InputError(
                f"{where}: {path}: of {key} only {found} of {wanted} parts were ever written, and the rest would be read as"
                f" {array.fillvalue}; was it written to the end? If so, save a copy of the whole array"
            )
    if h5py.check_string_dtype(array.dtype) is not None:
        return np.array(array.asstr()[()], dtype=str)
    return array[()]


def _shapes(file) -> dict[str, str]:
    """Shape and type of each array that is in the file itself, by its path in the file."""
    import h5py

    found = {}

    def visit(name, item):
        if isinstance(item, h5py.Dataset):
            found[name] = f"{item.shape} {item.dtype}"

    file.visititems(visit)
    return found
