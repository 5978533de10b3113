"""Planted structure: parity, see :mod:`lit.data.planted`."""

from collections.abc import Mapping
from typing import Any

from lit.data.loaders.loaded import Loaded
from lit.data.planted import load_parity

KIND: dict[str, str] = {}
PACKAGES = ("numpy",)


def load(spec: Mapping[str, Any], where: str) -> Loaded:
    return Loaded(*load_parity(spec, where))
