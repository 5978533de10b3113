"""Features of a frozen backbone: the numbers before its head, or inside of it, as a data set."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

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


def extract_features(
    spec: Mapping[str, Any],
    data: Dataset,
    seed: int,
    device: torch.device,
    *,
    layer: str | None = None,
    pooling: str | None = None,
    where: str = "features",
    **more: Any,
) -> dict[str, np.ndarray]:
    """Features of one layer, see :func:`extract_layers`.

    Args:
        layer: Name of the module whose outputs are taken; None takes the inputs of the head.
        pooling: Of language models, in place of the model's own.
    """
    layers = {where: {"layer": layer, "pooling": pooling}}
    return extract_layers(spec, data, seed, device, layers, where=where, **more)[where]


@torch.no_grad()
def extract_layers(
    spec: Mapping[str, Any],
    data: Dataset,
    seed: int,
    device: torch.device,
    layers: Mapping[str, Mapping[str, Any]],
    *,
    trained: bool = True,
    precision: str = "float32",
    checkpoint: Checkpoint | None = None,
    where: str = "features",
) -> dict[str, dict[str, np.ndarray]]:
    """Features of several layers in one pass, in evaluation mode: means over positions, such as
    pixels, where they have any; of language models pooled over tokens.

    Which others it is extracted with changes no bit of a layer.

    Args:
        spec: The backbone's entry.
        data: N examples.
        seed: Seed of a random backbone's weights.
        device: Where to compute.
        layers: ``layer`` and ``pooling`` of each, by how errors name it, see
            :func:`extract_features`.
        trained: Whether the backbone has its weights; else, or without any, it is random.
        precision: ``float32``, or ``float16``: stored so, and on a GPU computed so too.
        checkpoint: Where progress is saved.
        where: How errors name the features.

    Returns:
        For each ``x`` (N, D); where a trained backbone's head is a linear function of these to its
        own Z classes, also its ``classifier/weight`` (Z, D) and ``classifier/bias`` (Z,).

    Raises:
        InputError: no such layer, outputs that are no features, or inputs that hold the labels.
    """
    if spec["kind"] == "patches":
        x = _patches(data, device, where).astype(precision)
        return {name: {"x": x} for name in layers}
    own = trained and bool(spec.get("weights"))
    net = _backbone(spec, data, seed, own, where).to(device).eval()
    checkpoint, progress = checkpoint or Checkpoint(), Progress(where)
    saved = checkpoint.begin()
    half = precision == "float16" and device.type == "cuda"
    taps = {name: Tap(net, **taken, where=name) for name, taken in layers.items()}
    with torch.autocast(device.type, torch.float16, enabled=half):
        size = _batch(net, _inputs(data, 0, 1, device))
        for name, tap in taps.items():
            tap.begin([saved[name]] if saved else [])
        done = next(iter(taps.values())).rows
        while done < len(data.x):
            inputs = _inputs(data, done, done + size, device)
            net(inputs)
            for tap in taps.values():
                tap.take(inputs, precision)
            done += len(inputs)
            progress.step(done, len(data.x))
            if checkpoint.due:
                checkpoint.save({name: tap.x for name, tap in taps.items()})
    return {
        name: {"x": tap.finite()} | (_classifier(net, tap.x.shape[1]) if own and tap.ends else {})
        for name, tap in taps.items()
    }


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


class Tap:
    """Takes the rows of a layer from the batches that pass it.

    Attributes:
        ends: Whether it takes what enters the head.
    """

    def __init__(self, net: nn.Module, layer: str | None, pooling: str | None, where: str):
        """Without ``layer``, what enters the head of ``net``."""
        self.ends, self.where, self.layer = layer is None, where, layer
        self.parts: list[np.ndarray] = []
        self.seen: Any = None
        self.pooling: str | None = None
        if isinstance(net, LanguageModel):
            if net.causal and pooling == "cls":
                raise InputError(
                    f"{where}: pooling: cls takes the first token, which in a causal network sees"
                    " no other; write last or mean"
                )
            self.pooling = pooling or net.pooling  # in one pass there may be several
        if layer is not None:
            modules = dict(inner(net).named_modules())
            check_known(f"{where}: layer", "module of the backbone", layer, modules)
            modules[layer].register_forward_hook(lambda *call: self._note(call[-1]))
        elif self.pooling:
            inner(net).register_forward_hook(lambda *call: self._note(call[-1]))
        else:
            _, head = find_head(net, where)
            head.register_forward_pre_hook(lambda module, inputs: self._note(inputs[0]))

    def _note(self, output: Any) -> None:
        self.seen = output  # of a layer that is used twice, the last one is taken

    def begin(self, parts: list[np.ndarray]) -> None:
        """Go on behind ``parts``, once a first batch has passed."""
        if self.seen is None:
            raise InputError(
                f"{self.where}: layer: no input passes {self.layer!r}; name another module"
            )
        self.parts, self.seen = parts, None

    def take(self, x: Tensor, precision: str) -> None:
        """Take the rows of the batch x that has passed; nothing else of it is kept."""
        self.parts.append(self._rows(x).cpu().numpy().astype(precision))
        self.seen = None

    @property
    def rows(self) -> int:
        """How many rows were taken so far."""
        return sum(map(len, self.parts))

    @property
    def x(self) -> np.ndarray:
        """All rows so far."""
        self.parts = [np.concatenate(self.parts)]
        return self.parts[0]

    def finite(self) -> np.ndarray:
        """All rows, once they are known to be finite."""
        if not np.isfinite(self.x).all():
            raise InputError(
                f"{self.where}: the features are not finite; take precision: float32 or other"
                " weights"
            )
        return self.x

    def _rows(self, x: Tensor) -> Tensor:
        """(B, D) of outputs (B, D), of images (B, D, H, W), or of sequences (B, T, D)."""
        output = self.seen
        if self.pooling and not isinstance(output, Tensor):
            output = output[0]  # of several outputs of a layer, the hidden numbers come first
        if not isinstance(output, Tensor) or output.ndim not in (2, 3, 4):
            found = tuple(output.shape) if isinstance(output, Tensor) else type(output).__name__
            raise InputError(
                f"{self.where}: the layer's output is {found}; it must be (B, D), (B, T, D) or"
                " (B, D, H, W)"
            )
        if self.pooling and output.ndim == 3:
            return pool(output.float(), x >= 0, self.pooling)
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
