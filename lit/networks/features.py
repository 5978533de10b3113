"""Features of a frozen backbone: the numbers before its head, or inside of it, as a data set."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from lit.data.dataset import Dataset
from lit.data.inputs import scale
from lit.errors import InputError, check_known
from lit.files.checkpoint import Checkpoint
from lit.logs import Progress
from lit.networks.build import build_theta0
from lit.networks.language_model import LanguageModel
from lit.networks.output_layer import find_head
from lit.networks.patches import SMALLEST, Patches, fits
from lit.networks.pooling import pool
from lit.networks.pretrained import build_classifier
from lit.networks.small import Vision, inner

CPU_BYTES = 2**26  # of a batch's largest layers, which a CPU's cache still holds
GPU_SHARE = 0.25  # of the free memory
MOST = 1024  # examples in a batch
CODED = 256  # images in a batch of patches
NEARLY = 1e-3  # rounding


@torch.no_grad()
def extract_features(
    spec: Mapping[str, Any],
    data: Dataset,
    seed: int,
    device: torch.device,
    *,
    trained: bool = True,
    layer: str | None = None,
    pooling: str | None = None,
    precision: str = "float32",
    checkpoint: Checkpoint | None = None,
    where: str = "features",
) -> dict[str, np.ndarray]:
    """Features in evaluation mode: means over positions, such as pixels, where they have any; of
    language models pooled over tokens as the model says.

    Args:
        spec: The backbone's entry.
        data: N examples.
        seed: Seed of a random backbone's weights.
        device: Where to compute.
        trained: Whether the backbone has its weights; else, or without any, it is random.
        layer: Name of the module whose outputs are taken; None takes the inputs of the head.
        pooling: Of language models, in place of the model's own.
        precision: ``float32``, or ``float16``: stored so, and on a GPU computed so too.
        checkpoint: Where progress is saved.
        where: How errors name the features.

    Returns:
        ``x`` (N, D); where a trained backbone's head is a linear function of these to its own Z
        classes, also its ``classifier/weight`` (Z, D) and ``classifier/bias`` (Z,).

    Raises:
        InputError: no such layer, outputs that are no features, or inputs that hold the labels.
    """
    if spec["kind"] == "patches":
        return {"x": _patches(data, device, where).astype(precision)}
    own = trained and bool(spec.get("weights"))
    more = {} if pooling is None else {"pooling": pooling}
    net = _backbone({**spec, **more}, data, seed, own, where).to(device).eval()
    checkpoint, progress = checkpoint or Checkpoint(), Progress(where)
    saved = checkpoint.begin()
    parts = [saved["x"]] if saved else []
    done = sum(map(len, parts))
    half = precision == "float16" and device.type == "cuda"
    autocast = torch.autocast(device.type, torch.float16, enabled=half)
    seen: list[Any] = []
    with _watch(net, layer, seen, where), autocast:
        size = _batch(net, _inputs(data, 0, 1, device))
        if not seen:
            raise InputError(f"{where}: layer: no input passes {layer!r}; name another module")
        while done < len(data.x):
            seen.clear()  # of a layer that is used twice, the last output is taken
            inputs = _inputs(data, done, done + size, device)
            net(inputs)
            parts.append(_rows(net, inputs, seen[-1], where).cpu().numpy().astype(precision))
            done += len(parts[-1])
            progress.step(done, len(data.x))
            if checkpoint.due:
                checkpoint.save({"x": np.concatenate(parts)})
    x = np.concatenate(parts)
    if not np.isfinite(x).all():
        raise InputError(
            f"{where}: the features are not finite; take precision: float32 or other weights"
        )
    return {"x": x} | (_classifier(net, x.shape[1]) if own and layer is None else {})


def _backbone(
    spec: Mapping[str, Any], data: Dataset, seed: int, own: bool, where: str
) -> nn.Module:
    """The network, with its ``own`` weights or random ones; it takes the data set's inputs."""
    if data.next_tokens:
        raise InputError(
            f"{where}: labels are the next tokens, which features of whole examples would hold;"
            " take another data set"
        )
    net = (build_classifier if own else build_theta0)(spec, data.form(), seed, where)
    check_inputs(net, data.x, where)
    return net


def _patches(data: Dataset, device: torch.device, where: str) -> np.ndarray:
    """Features (N, D) by patches of the images themselves, see :mod:`lit.networks.patches`."""
    if not fits(data.x.shape[1:]):
        raise InputError(
            f"{where}: patches are drawn from images (channels, H, W) of {SMALLEST} pixels or more,"
            f" but one example is {data.x.shape[1:]}; name another backbone"
        )
    make = Patches(torch.from_numpy(data.x if data.x.dtype == np.uint8 else scale(data.x)))
    batches = range(0, len(data.x), CODED)
    parts = [make(_inputs(data, i, i + CODED, device)).cpu().numpy() for i in batches]
    return np.concatenate(parts)


def check_inputs(net: nn.Module, x: np.ndarray, where: str) -> None:
    """Raise InputError where a network normalises inputs of 0..1 but x (N, ...) goes beyond."""
    normalises = isinstance(net, Vision) and (any(net.mean) or set(net.std) != {1})
    if x.dtype == np.uint8 or not normalises:
        return
    low, high = float(x.min()), float(x.max())
    if low < -NEARLY or high > 1 + NEARLY:
        raise InputError(
            f"{where}: the network normalises inputs of 0..1 by its mean and std, but x goes from"
            f" {low:.3g} to {high:.3g}; write scale: unit for the data set, or leave scale: out"
            " for uint8"
        )


def _inputs(data: Dataset, begin: int, end: int, device: torch.device) -> Tensor:
    part = data.x[begin:end]
    return torch.from_numpy(part if data.vocabulary else scale(part)).to(device)


def _watch(net: nn.Module, layer: str | None, seen: list[Any], where: str) -> RemovableHandle:
    """Have ``seen`` take what passes the place that features are taken from."""
    if layer is None:
        _, head = find_head(net, where)
        return head.register_forward_pre_hook(lambda module, inputs: seen.append(inputs[0]))
    modules = dict(inner(net).named_modules())
    check_known(f"{where}: layer", "module of the backbone", layer, modules)
    return modules[layer].register_forward_hook(lambda *call: seen.append(call[-1]))


def _rows(net: nn.Module, x: Tensor, output: Any, where: str) -> Tensor:
    """(B, D) of outputs (B, D), of images (B, D, H, W), or of sequences (B, T, D)."""
    if isinstance(net, LanguageModel) and isinstance(output, tuple):
        output = output[0]  # of several outputs of a layer, the hidden numbers come first
    if not isinstance(output, Tensor) or output.ndim not in (2, 3, 4):
        found = tuple(output.shape) if isinstance(output, Tensor) else type(output).__name__
        raise InputError(
            f"{where}: the layer's output is {found}; it must be (B, D), (B, T, D) or (B, D, H, W)"
        )
    if isinstance(net, LanguageModel) and output.ndim == 3:
        return pool(output.float(), x >= 0, net.pooling)
    positions = {2: (), 3: (1,), 4: (2, 3)}[output.ndim]
    return output.float().mean(positions) if positions else output.float()


def _batch(net: nn.Module, one: Tensor) -> int:
    """Examples at once, by memory: three of the largest outputs of a layer have to fit."""
    largest = [one.numel()]

    def note(module: nn.Module, inputs: tuple, output: Any) -> None:
        if isinstance(output, Tensor):
            largest.append(output.numel())

    leaves = [module for module in net.modules() if not any(module.children())]
    handles = [module.register_forward_hook(note) for module in leaves]
    net(one)
    for handle in handles:
        handle.remove()
    room = GPU_SHARE * torch.cuda.mem_get_info(one.device)[0] if one.is_cuda else CPU_BYTES
    return int(min(max(room // (3 * 4 * max(largest)), 1), MOST))


def _classifier(net: nn.Module, width: int) -> dict[str, np.ndarray]:
    """The head as a linear function of the features, where it is one, and the weights had one."""
    _, head = find_head(net)
    weight = head.weight.flatten(1)
    if weight.shape[1] != width or not weight.any():
        return {}
    bias = torch.zeros(len(weight)) if head.bias is None else head.bias
    return {
        "classifier/weight": weight.float().cpu().numpy(),
        "classifier/bias": bias.float().cpu().numpy(),
    }
