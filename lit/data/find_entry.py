"""A config's entry for a file or folder that a user has: its kind, and where its labels are.

Nothing is decided that the entry does not say, and nothing that the loaders could not refuse.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from PIL import Image
from safetensors import safe_open

from lit.data.delimited import DELIMITED, unpacked_suffix
from lit.data.find_columns import bins_of, called_label, find_columns
from lit.data.folders import shown_in, suffix
from lit.data.foreign_data import SAVE, members, refuse_foreign
from lit.data.images import FORMATS
from lit.data.loaders import npy, npz
from lit.data.loaders.datasets import SPLITS, STATE
from lit.data.loaders.imagefolder import READ
from lit.data.raw import errors_of
from lit.errors import InputError, check_known

Entry = dict[str, Any]  # of a config's datasets
Arrays = Mapping[str, Any]  # by name, each with a shape
ROWS = (*DELIMITED, ".parquet", ".jsonl", ".ndjson")
# By what a name ends in, the kind that reads such a file, where that is not table.
KINDS = {".npz": "npz", ".npy": "npz", ".h5": "hdf5", ".hdf5": "hdf5", ".txt": "text"}
KINDS |= {".safetensors": "safetensors", ".jsonl": "text", ".ndjson": "text", ".zip": "npz"}
LOOKED_AT, LARGEST, SMALL = 50, 64, 32  # images; pixels of a side that is kept; of one that is not


def find_entry(path: Path, label: str | None) -> Entry:
    """The entry that reads a file or folder.

    Args:
        path: As it is to be written.
        label: The column, or the array, that holds the labels; None to find it.

    Raises:
        InputError: it is not there, of no kind that is known, or its labels cannot be told.
    """
    if not path.exists():
        raise InputError(f"{path} does not exist (looked in {Path.cwd()})")
    end = unpacked_suffix(path)
    if end == ".zip" and (len(held := members(path)) > 1 or Path(*held).suffix in DELIMITED):
        end = ".csv"  # a table reads a file that is alone in one, and says what else there is
    find = _folder if path.is_dir() else FILES.get(end)
    refuse_foreign(path, KINDS.get(end, "table"))
    if find is None:
        raise InputError(
            f"{path}: nothing is known of files that end in {end or 'nothing'}; known:"
            f" {', '.join(FILES)}, and folders; or write the study by hand, see docs/data.md"
        )
    return find(path, label)


def _folder(path: Path, label: str | None) -> Entry:
    if (path / SPLITS).is_file() or (path / STATE).is_file():
        split = {"split": "train"} if (path / "train").is_dir() else {}
        return {"kind": "datasets", "path": str(path), **split, **({"y": label} if label else {})}
    if files := sorted(path.glob("*.npy")):
        arrays = {one.stem: npy.array(one) for one in files}
        return _arrays("npy", path, arrays, label)
    shown = shown_in(path, defaultdict(list))
    if not any(one.is_dir() for one in shown) and any(suffix(one) == ".txt" for one in shown):
        return _next_tokens(path, label)
    return {"kind": "imagefolder", "path": str(path), **_image_size(path)}


def _image_size(path: Path) -> Entry:
    """The size that images need, where they are large or of several sizes."""
    sizes = set()
    images = (one for one in sorted(path.rglob("*")) if one.suffix.lower() in READ)
    for _, one in zip(range(LOOKED_AT), images, strict=False):
        try:
            with Image.open(one, formats=FORMATS) as image:
                sizes.add(image.size)
        except OSError:  # the loader names it, and says why
            continue
    alike = len(sizes) == 1 and max(next(iter(sizes))) <= LARGEST
    return {} if alike else {"size": SMALL}


def _npz(path: Path, label: str | None) -> Entry:
    others = f"not an npz file of plain arrays; pickled objects are never loaded: {SAVE}"
    with errors_of(str(path), others), np.load(path, allow_pickle=False) as arrays:
        held = {name: npz.array(arrays, name, path) for name in arrays.files}
        return _arrays("npz", path, held, label)


def _hdf5(path: Path, label: str | None) -> Entry:
    arrays: dict[str, h5py.Dataset] = {}

    def visit(name: str, held: Any) -> None:
        if isinstance(held, h5py.Dataset):
            arrays[name] = held

    others = "not a readable HDF5 file"
    with errors_of(str(path), others), h5py.File(path, "r", locking=False) as file:
        file.visititems(visit)
        return _arrays("hdf5", path, arrays, label)


def _safetensors(path: Path, label: str | None) -> Entry:
    others = "not a readable safetensors file"
    with errors_of(str(path), others), safe_open(path, "np") as file:
        return _arrays("safetensors", path, dict(_tensors(file)), label)


def _tensors(file: Any) -> Iterator[tuple[str, np.ndarray]]:
    names = file.keys()
    return ((name, file.get_tensor(name)) for name in names)


def _arrays(kind: str, path: Path, arrays: Arrays, label: str | None) -> Entry:
    """The entry of arrays x and y, whatever they are called."""
    shapes = {name: tuple(array.shape) for name, array in arrays.items()}
    held = ", ".join(f"{name} {shape}" for name, shape in shapes.items()) or "no arrays"
    if label is not None:
        check_known("--label", "array", label, shapes)
    flat = [name for name, shape in shapes.items() if len(shape) == 1 or shape[1:] == (1,)]
    y = label or ("y" if "y" in shapes else called_label(flat))
    if y is None:
        raise InputError(f"it holds {held}; which are the labels? write --label and its name")
    rows = shapes[y][:1]
    others = [name for name, s in shapes.items() if name != y and len(s) > 1 and s[:1] == rows]
    if not others or (len(others) > 1 and "x" not in others):
        raise InputError(
            f"it holds {held}; beside {y} it needs one array of inputs, a row each for as many"
            " examples; or write the study by hand, with x: and its name"
        )
    x = "x" if "x" in others else others[0]
    names = {key: name for key, name in (("x", x), ("y", y)) if key != name}
    return {"kind": kind, "path": str(path), **names, **bins_of(np.asarray(arrays[y]))}


def _next_tokens(path: Path, label: str | None) -> Entry:
    """Texts without labels, which are coded themselves."""
    if label not in (None, "next"):
        raise InputError(
            f"{path}: plain text has no column {label!r}; its labels are its next tokens"
        )
    return {"kind": "text", "path": str(path), "label": "next", "length": 32}


def _one_array(path: Path, label: str | None) -> Entry:
    raise InputError(f"{path} holds one array; put x.npy and y.npy into a folder, and name that")


FILES: dict[str, Callable[[Path, str | None], Entry]] = {
    **dict.fromkeys(ROWS, find_columns),
    ".npz": _npz,
    ".npy": _one_array,
    **dict.fromkeys((".h5", ".hdf5"), _hdf5),
    ".safetensors": _safetensors,
    ".txt": _next_tokens,
}
