"""Two arrays of a NumPy file; nothing is unpickled."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from lit.errors import InputError
from lit.loaders.loaded import Loaded, existing

PACKAGES = ("numpy",)


def load(spec: Mapping[str, Any], where: str) -> Loaded:
    path = existing(spec, where)
    try:
        with np.load(path, allow_pickle=False) as arrays:
            missing = [n for n in ("x", "y") if n not in arrays.files]
            if missing:
                raise InputError(f"{where}: {path} holds {arrays.files}; it must hold arrays x (N, ...) and y (N,)")
            return Loaded(arrays["x"], arrays["y"])
    except InputError:
        raise
    except Exception as error:
        raise InputError(
            f"{where}: {path} is not an npz file of plain arrays ({error});"
            " pickled objects are never loaded: save with numpy.savez(path, x=x, y=y) from number arrays"
        ) from error
