"""Import torchvision safely beside a CPU build of torch.

torchvision's wheel on PyPI is built for CUDA. Beside a CPU torch its compiled operators cannot be
loaded, the failure is swallowed, and ``import torchvision`` then dies on ``operator
torchvision::nms does not exist``. Declaring the two schemas first lets data sets, transforms and
classification models work; detection operators and torchvision's own image decoders stay
unavailable (PIL decodes here). With a CUDA torch, or a torchvision that loads, nothing is declared.

What torchvision unpacks and decodes is kept from harm as well: members of a tar archive that escape
their folder are refused, and Pillow has no Ghostscript to run PostScript with.
"""

import importlib.util
import sys
import tarfile
from pathlib import Path
from types import ModuleType

import torch
from PIL import EpsImagePlugin

_declared: list[torch.library.Library] = []  # kept alive: the schemas vanish with the object


def import_torchvision() -> ModuleType:
    """torchvision, also where its compiled operators do not load. Use it before importing timm."""
    if "torchvision" not in sys.modules and torch.version.cuda is None and not _operators_load():
        library = torch.library.Library("torchvision", "DEF")
        library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        library.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        _declared.append(library)
    tarfile.TarFile.extraction_filter = staticmethod(tarfile.data_filter)
    EpsImagePlugin.gs_binary = False
    import torchvision
    import torchvision.datasets
    import torchvision.models

    return torchvision


def _operators_load() -> bool:
    spec = importlib.util.find_spec("torchvision")
    if spec is None or not spec.submodule_search_locations:
        return False
    for compiled in Path(spec.submodule_search_locations[0]).glob("_C*.so"):
        try:
            torch.ops.load_library(str(compiled))
            return True
        except OSError:
            return False
    return False
