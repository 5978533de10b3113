"""Two tensors of a safetensors file."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from safetensors import safe_open

from lit.data.next_tokens import as_said
from lit.data.raw import RawData, array_names, errors_of, existing_path
from lit.errors import InputError

KIND = {"reads": "file", "next_tokens": "labels"}
PACKAGES = ("numpy", "safetensors", "torch")


def load(spec: Mapping[str, Any], where: str) -> RawData:
    """Read the tensors x and y of a safetensors file; bfloat16 becomes float32, which is exact."""
    path = existing_path(spec, where)
    others = f"{path} is not a readable safetensors file"
    with errors_of(where, others), safe_open(path, framework="pt") as file:
        held = set(file.keys())
        names = array_names(spec, held.__contains__, lambda: _shapes(file))
        x, y = (_array(file.get_tensor(name), name) for name in names)
        return as_said(spec, RawData(x, y))


def _array(tensor: torch.Tensor, name: str) -> np.ndarray:
    """A tensor as NumPy has it: bfloat16, which that lacks, as float32."""
    if tensor.dtype == torch.bfloat16:
        tensor = tensor.float()
    try:
        return tensor.numpy()
    except TypeError as error:
        raise InputError(
            f"tensor {name!r} holds {tensor.dtype}, which NumPy has no numbers for; save"
            f" {name}.float()"
        ) from error


def _shapes(file: Any) -> dict[str, str]:
    slices = {name: file.get_slice(name) for name in sorted(file.keys())}
    return {name: f"{tuple(it.get_shape())} {it.get_dtype()}" for name, it in slices.items()}
