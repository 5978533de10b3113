"""Two arrays of an HDF5 file, which have to lie in the file itself."""

from collections.abc import Mapping
from typing import Any

from lit.errors import InputError
from lit.loaders.loaded import Loaded, existing

PACKAGES = ("numpy", "h5py")


def load(spec: Mapping[str, Any], where: str) -> Loaded:
    import h5py

    path = existing(spec, where)
    try:
        with h5py.File(path, "r", locking=False) as file:
            return Loaded(*(_array(file, spec.get(n, n), where, path) for n in ("x", "y")))
    except InputError:
        raise
    except Exception as error:
        raise InputError(f"{where}: {path} is not a readable HDF5 file ({error}); check x:, y: and the file") from error


def _array(file, key, where, path):
    import h5py

    parts = [part for part in key.split("/") if part]
    for i in range(len(parts)):
        link = file.get("/".join(parts[: i + 1]), getlink=True)
        if link is not None and not isinstance(link, h5py.HardLink):
            raise InputError(f"{where}: {path}: {key} is a link to elsewhere; copy the data into the file itself")
    array = file.get(key)
    if not isinstance(array, h5py.Dataset):
        raise InputError(f"{where}: {path} has no array {key!r}; it holds {list(file)}: set x: and y: to two of these")
    if array.is_virtual or array.external:
        raise InputError(f"{where}: {path}: {key} lies in other files; copy the data into the file itself")
    return array[()]
