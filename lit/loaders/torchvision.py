"""A class of ``torchvision.datasets``."""

import inspect
import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from lit.errors import InputError, nearest
from lit.images import square
from lit.loaders.loaded import Loaded

PACKAGES = ("numpy", "torchvision", "pillow")
UNPICKLED = ("LSUN", "LSUNClass")  # torchvision keeps their keys in a pickle that nothing checks


def load(spec: Mapping[str, Any], where: str) -> Loaded:
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
        return Loaded(*_arrays_of(found, spec, where))
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
    return np.stack([square(image, size) for image in images]).transpose(0, 3, 1, 2)
