"""Data sets: from a config's entry to arrays x and y, checked.

Kinds: ``sklearn``, ``torchvision``, ``npz``, ``hdf5``, ``imagefolder``, and those of :mod:`lit.planted`. Nothing
read here is executed: npz files are opened without pickle, HDF5 arrays must lie in the file itself, and images have to
be of a few raster formats (Pillow would hand an EPS file, whatever its name, to Ghostscript). Where a library raises
many kinds of errors on a damaged file, each of them means the same to the user.
"""

import hashlib
import inspect
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lit import planted
from lit.errors import InputError, nearest
from lit.rng import generator


@dataclass(frozen=True)
class Dataset:
    """A labelled data set in memory.

    Attributes:
        x: (N, ...) uint8 (scaled to 0..1 when used) or float32 (used as given); images are (N, channels, H, W).
        y: (N,) int64 labels 0..classes-1.
        classes: Number of classes C, at least 2.
    """

    x: np.ndarray
    y: np.ndarray
    classes: int


def load_dataset(spec: Mapping[str, Any], where: str = "dataset") -> Dataset:
    """Load and check a data set.

    Args:
        spec: A config's entry, such as ``{"kind": "npz", "path": "mine.npz"}``; see config/README.md.
        where: How errors name the data set.

    Raises:
        InputError: anything that is missing, malformed or not a classification data set.
    """
    x, y = LOADERS[spec["kind"]](spec, where)
    data = check_dataset(x, y, where, spec.get("classes"))
    return _some(data, spec["examples"], where) if spec.get("examples", len(y)) != len(y) else data


def _some(data: Dataset, count: int, where: str) -> Dataset:
    """That many examples, drawn once and for all, in their order."""
    if count > len(data.y):
        raise InputError(f"{where}: examples: {count}, but there are {len(data.y)}; write at most that many")
    chosen = np.sort(generator("examples").choice(len(data.y), count, replace=False))
    return check_dataset(data.x[chosen], data.y[chosen], f"{where}: of the {count} examples drawn", data.classes)


def check_dataset(x: np.ndarray, y: np.ndarray, where: str, classes: int | None = None) -> Dataset:
    """Check shapes, types and values of x (N, ...) and y (N,); return them as a Dataset.

    With ``classes``, not every class has to occur.

    Raises:
        InputError: naming the row, or the class, and the remedy.
    """
    x, y = np.asarray(x), np.asarray(y)
    if x.dtype == object or y.dtype == object:
        raise InputError(f"{where}: x and y must be plain number arrays, not arrays of Python objects")
    if y.ndim != 1:
        raise InputError(f"{where}: y has shape {y.shape}; write one integer label an example, shape (N,)")
    if x.ndim < 2 or len(x) != len(y):
        raise InputError(
            f"{where}: x has shape {x.shape} and y has {len(y)} labels; x must be ({len(y)}, ...), one row a label"
        )
    if x.size == 0:
        raise InputError(f"{where}: x has shape {x.shape}, which holds no numbers; write at least one a row")
    return Dataset(_check_inputs(x, where), *_check_labels(y, where, classes))


def _check_inputs(x: np.ndarray, where: str) -> np.ndarray:
    if x.dtype == np.uint8:
        return x
    if x.dtype.kind not in "fiub":
        raise InputError(f"{where}: x has type {x.dtype}; write uint8 (scaled to 0..1) or float32")
    x = x.astype(np.float32)
    finite = np.isfinite(x).reshape(len(x), -1).all(axis=1)
    if not finite.all():
        raise InputError(
            f"{where}: x has NaN or infinity in {(~finite).sum()} rows, first in row {int(np.argmin(finite))};"
            " drop these rows or fill them in"
        )
    return x


def _check_labels(y: np.ndarray, where: str, classes: int | None) -> tuple[np.ndarray, int]:
    if y.dtype.kind not in "iu":
        raise InputError(f"{where}: y has type {y.dtype}; labels must be integers 0..C-1, such as y.astype('int64')")
    y = y.astype(np.int64)
    if len(y) and y.min() < 0:
        raise InputError(f"{where}: y[{int(y.argmin())}] is {y.min()}; labels must be integers 0..C-1")
    if classes is not None:
        if len(y) and y.max() >= classes:
            raise InputError(f"{where}: y[{int(y.argmax())}] is {y.max()}, but classes={classes} allows 0..{classes - 1}")
        return y, classes
    present = np.unique(y)
    if len(present) < 2:
        raise InputError(f"{where}: y holds {len(present)} class(es); at least 2 are needed to carry information")
    classes = int(present[-1]) + 1
    if len(present) < classes:
        missing = np.setdiff1d(np.arange(min(classes, len(y) + 1)), present)[0]
        raise InputError(
            f"{where}: labels go up to {classes - 1} but class {missing} never occurs;"
            " renumber them without gaps, such as y = numpy.unique(y, return_inverse=True)[1]"
        )
    return y, classes


def scale(x: np.ndarray) -> np.ndarray:
    """x as float32: uint8 divided by 255, float32 as given."""
    return x.astype(np.float32) / np.float32(255) if x.dtype == np.uint8 else x


def row_hashes(x: np.ndarray) -> np.ndarray:
    """(N,) int64 hash of each row's bytes; equal for exact duplicates, also across data sets of one type."""
    digests = (hashlib.blake2b(np.ascontiguousarray(row).tobytes(), digest_size=8).digest() for row in x)
    return np.frombuffer(b"".join(digests), dtype=np.int64)


def _existing(spec: Mapping[str, Any], where: str) -> Path:
    path, folder = spec["path"], spec["kind"] == "imagefolder"
    if not os.path.exists(path):
        raise InputError(f"{where}: path: {path} does not exist (looked in {Path.cwd()})")
    if not (os.path.isdir(path) if folder else os.path.isfile(path)):
        raise InputError(f"{where}: path: {path} is no {'folder' if folder else 'file'}; kind {spec['kind']} needs one")
    return Path(path)


def _load_sklearn(spec, where):
    from sklearn import datasets

    loader = getattr(datasets, f"load_{spec['name']}", None)
    if loader is None or "return_X_y" not in inspect.signature(loader).parameters:
        known = sorted(n[5:] for n in dir(datasets) if n.startswith("load_"))
        raise InputError(f"{where}: name: scikit-learn ships no data set {spec['name']!r}; known: {', '.join(known)}")
    x, y = loader(return_X_y=True)
    if spec["name"] == "digits":
        return (x / 16).astype(np.float32).reshape(-1, 1, 8, 8), y
    return x, y


def _load_torchvision(spec, where):
    from lit.vision import import_torchvision

    datasets = import_torchvision().datasets
    if spec["name"] in UNPICKLED:
        raise InputError(f"{where}: name: to read {spec['name']} torchvision unpickles a file; use kind: imagefolder")
    make: Any = getattr(datasets, spec["name"]) if spec["name"] in datasets.__all__ else None
    if make is None:
        raise InputError(
            f"{where}: name: torchvision has no data set {spec['name']!r}; {nearest(spec['name'], datasets.__all__)}"
        )
    root = spec.get("root") or os.environ.get("LIT_DATA") or "data"
    takes = inspect.signature(make).parameters
    split = spec.get("split", "train")
    options = dict(spec.get("options", {}))
    passes_on = any(p.kind is p.VAR_KEYWORD for p in takes.values())  # EMNIST hands train on to MNIST
    if "train" in takes or passes_on:
        options["train"] = split == "train"
    elif "split" in takes:
        options.setdefault("split", split)
    try:
        try:
            found = make(root, **options, download=False)
        except RuntimeError:
            found = make(root, **options, download=True)
        return _arrays_of(found, spec, where)
    except InputError:
        raise
    except Exception as error:
        raise InputError(
            f"{where}: torchvision could not provide {spec['name']} in root {root!r}: {error}."
            " Put its files there, set root (or LIT_DATA) to where they are, or run where a network is"
        ) from error


def _arrays_of(found, spec, where):
    """x and y of a torchvision data set: its own arrays where it has them, else its images one by one."""
    x = getattr(found, "data", None)
    y = next((getattr(found, n) for n in ("targets", "labels", "_labels") if hasattr(found, n)), None)
    if x is None or y is None:
        images, y = zip(*found, strict=True)
        return _stack_images(images, spec, where), np.asarray(y)
    x, y = np.asarray(x), np.asarray(y)
    if x.ndim == 3:
        return x[:, None], y
    return (x.transpose(0, 3, 1, 2) if x.shape[-1] == 3 else x), y


def _stack_images(images, spec, where):
    size = spec.get("size")
    if size is None:
        raise InputError(f"{where}: the images differ in size; write size: 32, the height and width in pixels")
    return np.stack([_square(image, size) for image in images]).transpose(0, 3, 1, 2)


def _square(image, size):
    from PIL import Image

    return np.asarray(image.convert("RGB").resize((size, size), Image.Resampling.BILINEAR))


def _load_npz(spec, where):
    path = _existing(spec, where)
    try:
        with np.load(path, allow_pickle=False) as arrays:
            missing = [n for n in ("x", "y") if n not in arrays.files]
            if missing:
                raise InputError(f"{where}: {path} holds {arrays.files}; it must hold arrays x (N, ...) and y (N,)")
            return arrays["x"], arrays["y"]
    except InputError:
        raise
    except Exception as error:
        raise InputError(
            f"{where}: {path} is not an npz file of plain arrays ({error});"
            " pickled objects are never loaded: save with numpy.savez(path, x=x, y=y) from number arrays"
        ) from error


def _load_hdf5(spec, where):
    import h5py

    path = _existing(spec, where)
    try:
        with h5py.File(path, "r", locking=False) as file:
            return tuple(_hdf5_array(file, spec.get(n, n), where, path) for n in ("x", "y"))
    except InputError:
        raise
    except Exception as error:
        raise InputError(f"{where}: {path} is not a readable HDF5 file ({error}); check x:, y: and the file") from error


def _hdf5_array(file, key, where, path):
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


def _load_imagefolder(spec, where):
    from PIL import Image

    root = _existing(spec, where)
    classes = sorted(p for p in root.iterdir() if p.is_dir())
    files = [(f, i) for i, c in enumerate(classes) for f in sorted(c.iterdir()) if f.suffix.lower() in IMAGE_SUFFIXES]
    if not files:
        raise InputError(f"{where}: {root} holds no images; expected one folder a class, <path>/<class>/*.jpg or .png")

    def read(path):
        try:
            if not path.is_file():
                raise OSError("no file")
            with Image.open(path, formats=IMAGE_FORMATS) as image:
                return _square(image, spec["size"])
        except Exception as error:
            raise InputError(f"{where}: {path} cannot be read as an image ({error}); replace or remove it") from error

    return np.stack([read(path) for path, _ in files]).transpose(0, 3, 1, 2), np.array([i for _, i in files])


IMAGE_SUFFIXES = {".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff", ".ppm"}
IMAGE_FORMATS = ("JPEG", "PNG", "BMP", "WEBP", "TIFF", "PPM")
UNPICKLED = ("LSUN", "LSUNClass")  # torchvision keeps their keys in a pickle that nothing checks
LOADERS = {
    "sklearn": _load_sklearn,
    "torchvision": _load_torchvision,
    "npz": _load_npz,
    "hdf5": _load_hdf5,
    "imagefolder": _load_imagefolder,
    "lookup": planted.load_lookup,
    "teacher": planted.load_teacher,
    "parity": planted.load_parity,
}
# Packages whose versions may matter to what is read.
READERS = {
    "sklearn": ("numpy", "scikit-learn"),
    "torchvision": ("numpy", "torchvision", "pillow"),
    "npz": ("numpy",),
    "hdf5": ("numpy", "h5py"),
    "imagefolder": ("numpy", "pillow"),
    "lookup": ("numpy",),
    "teacher": ("numpy",),
    "parity": ("numpy",),
}
