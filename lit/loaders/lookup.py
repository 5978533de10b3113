"""Planted structure: lookup, see :mod:`lit.planted`."""

from collections.abc import Mapping
from typing import Any

from lit.loaders.loaded import Loaded
from lit.planted import load_lookup

PACKAGES = ("numpy",)


def load(spec: Mapping[str, Any], where: str) -> Loaded:
    return Loaded(*load_lookup(spec, where))
