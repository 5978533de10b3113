"""A folder of images, one folder a class."""

from collections.abc import Mapping
from typing import Any

from lit.data.folders import read_folder
from lit.data.loaders.loaded import Loaded, existing

KIND = {"reads": "folder"}
PACKAGES = ("numpy", "pillow")


def load(spec: Mapping[str, Any], where: str) -> Loaded:
    root = existing(spec, where)
    background = spec.get("background", "white")
    return Loaded(*read_folder(root, spec.get("size"), background, where))
