"""HDF5 results: one file a job, written whole or not at all, checked when read.

Equal content gives equal bytes: no clock, host name or path inside. A digest of all arrays and
attributes travels with the file, so that a truncated or altered one is named, never believed.
"""

import hashlib
import json
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from lit.datasets import Dataset
from lit.errors import InputError

FORMAT = 1  # raised when the meaning of a stored number changes


def write(path: str | Path, kind: str, arrays: Mapping[str, np.ndarray], **attributes: Any) -> None:
    """Write arrays (names may hold slashes) and JSON-able attributes to ``path``, atomically.

    Args:
        path: Result file; its folder is made.
        kind: What the file is, such as ``"block"``; checked when it is read.
        arrays: Arrays by name.
        attributes: Provenance and settings, stored as one JSON text.

    Raises:
        OSError: naming ``path``, where it cannot be written; nothing is left behind.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(attributes, sort_keys=True)
    arrays = {name: np.asarray(arrays[name], order="C") for name in sorted(arrays)}
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        with h5py.File(partial, "w") as file:
            for name, array in arrays.items():
                file.create_dataset(name, data=array)
            file.attrs.update(kind=kind, format=FORMAT, attributes=text, digest=_digest(kind, arrays, text))
            file.flush()
        with open(partial, "rb") as file:
            os.fsync(file.fileno())
        os.replace(partial, path)
    except (OSError, RuntimeError) as error:  # HDF5 puts the system's error number into its text
        number = re.search(r"errno = (\d+)", str(error))
        code = int(number[1]) if number else getattr(error, "errno", None)
        raise OSError(code, os.strerror(code), str(path)) if code else error from error
    finally:
        partial.unlink(missing_ok=True)


def read(path: str | Path, kind: str) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Arrays and attributes of a result file, its digest verified.

    Raises:
        InputError: missing, truncated, altered or foreign file, named with the command that remakes it.
    """
    path = Path(path)
    try:
        with h5py.File(path, "r", locking=False) as file:
            found, text, said = file.attrs["kind"], file.attrs["attributes"], file.attrs["digest"]
            version = int(file.attrs["format"])
            arrays = _arrays(file)
    except (OSError, KeyError, ValueError, TypeError, RuntimeError) as error:
        raise InputError(f"{path} is not a readable result file ({error}); {remedy(path)}") from error
    if found != kind or version != FORMAT:
        raise InputError(f"{path} is a {found!r} file of format {version}, not {kind!r} of {FORMAT}; {remedy(path)}")
    if said != _digest(kind, arrays, text):
        raise InputError(f"{path} was altered or damaged after it was written (its digest differs); {remedy(path)}")
    return arrays, json.loads(text)


def digest(path: str | Path) -> str:
    """Digest that a result file says of itself; cheap, since nothing is recomputed (:func:`read` does that).

    Raises:
        InputError: as :func:`read`.
    """
    return _attribute(path, "digest")


def attributes(path: str | Path) -> dict[str, Any]:
    """What a result file says made it, its arrays left unread.

    Raises:
        InputError: as :func:`read`.
    """
    return json.loads(_attribute(path, "attributes"))


def _attribute(path: str | Path, name: str) -> str:
    try:
        with h5py.File(path, "r", locking=False) as file:
            return str(file.attrs[name])
    except (OSError, KeyError) as error:
        raise InputError(f"{path} is not a readable result file ({error}); {remedy(path)}") from error


def digests(inputs: Mapping[str, str | Iterable[str]]) -> dict[str, str]:
    """What a result was made from, without paths: by role (``data``, ``source``, ...) the digest of its file.

    Where a role has several files, their digest in order; where it has none, it is left out.
    """
    found = {role: [digest(path) for path in _listed(paths)] for role, paths in inputs.items()}
    return {role: combine(each) for role, each in found.items() if each}


def combine(digests: list[str]) -> str:
    """One digest of several; of one, itself."""
    return digests[0] if len(digests) == 1 else hashlib.blake2b(" ".join(digests).encode(), digest_size=16).hexdigest()


def _listed(paths: str | Iterable[str]) -> list[str]:
    return [paths] if isinstance(paths, str) else list(paths)


def read_dataset(path: str | Path) -> Dataset:
    """A prepared or extracted data set."""
    arrays, attributes = read(path, "dataset")
    return Dataset(arrays["x"], arrays["y"], attributes["classes"])


def _arrays(file: h5py.File) -> dict[str, np.ndarray]:
    """Every array of the file; links that point outside it are refused, not followed."""
    arrays: dict[str, np.ndarray] = {}

    def visit(group: h5py.Group, prefix: str) -> None:
        for name in group:
            if not isinstance(group.get(name, getlink=True), h5py.HardLink):
                raise ValueError(f"{prefix}{name} is a link")
            item = group[name]
            if isinstance(item, h5py.Group):
                visit(item, f"{prefix}{name}/")
            elif item.is_virtual or item.external or item.dtype.kind not in "fiub":
                raise ValueError(f"{prefix}{name} does not hold plain numbers")
            else:
                arrays[prefix + name] = item[()]

    visit(file, "")
    return arrays


def _digest(kind: str, arrays: Mapping[str, np.ndarray], text: str) -> str:
    digest = hashlib.blake2b(f"{kind} {FORMAT} {text}".encode(), digest_size=16)
    for name in sorted(arrays):
        array = np.asarray(arrays[name], order="C")
        digest.update(f"{name} {array.dtype.str} {array.shape}".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()


def remedy(path: str | Path) -> str:
    """What to do about a file that is not to be trusted."""
    return f"delete it and run the same snakemake command again, which remakes it:  rm '{path}'"
