"""A folder of images, one folder a class.

Images have to be of a few raster formats: Pillow would hand an EPS file, whatever its name, to Ghostscript.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from lit.errors import InputError
from lit.images import square
from lit.loaders.loaded import Loaded, existing

PACKAGES = ("numpy", "pillow")
IMAGE_SUFFIXES = {".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff", ".ppm"}
IMAGE_FORMATS = ("JPEG", "PNG", "BMP", "WEBP", "TIFF", "PPM")


def load(spec: Mapping[str, Any], where: str) -> Loaded:
    from PIL import Image

    root = existing(spec, where)
    classes = sorted(p for p in root.iterdir() if p.is_dir())
    files = [(f, i) for i, c in enumerate(classes) for f in sorted(c.iterdir()) if f.suffix.lower() in IMAGE_SUFFIXES]
    if not files:
        raise InputError(f"{where}: {root} holds no images; expected one folder a class, <path>/<class>/*.jpg or .png")

    def read(path):
        try:
            if not path.is_file():
                raise OSError("no file")
            with Image.open(path, formats=IMAGE_FORMATS) as image:
                return square(image, spec["size"])
        except Exception as error:
            raise InputError(f"{where}: {path} cannot be read as an image ({error}); replace or remove it") from error

    x = np.stack([read(path) for path, _ in files]).transpose(0, 3, 1, 2)
    return Loaded(x, np.array([i for _, i in files]))
