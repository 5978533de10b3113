"""Data sets that ship with scikit-learn."""

import inspect
from collections.abc import Mapping
from typing import Any

import numpy as np

from lit.data.raw import RawData
from lit.errors import InputError

KIND: dict[str, str] = {}
PACKAGES = ("numpy", "scikit-learn")


def load(spec: Mapping[str, Any], where: str) -> RawData:
    """Take a data set that ships with scikit-learn."""
    from sklearn import datasets

    loader = getattr(datasets, f"load_{spec['name']}", None)
    if loader is None or "return_X_y" not in inspect.signature(loader).parameters:
        known = sorted(n[5:] for n in dir(datasets) if n.startswith("load_"))
        raise InputError(
            f"{where}: name: scikit-learn ships no data set {spec['name']!r};"
            f" known: {', '.join(known)}"
        )
    found = loader()
    x, y = found["data"], found["target"]
    names = tuple(map(str, found["target_names"])) if "target_names" in found else None
    if spec["name"] == "digits":
        x = (x / 16).astype(np.float32).reshape(-1, 1, 8, 8)
        return RawData(x, y, names, ("pixels 0..16 were divided by 16",))
    return RawData(x, y, names)
