"""Features of a frozen backbone: a data set whose inputs are the numbers before the backbone's
head, or inside of it."""

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from lit.data.dataset import Dataset
from lit.data.inputs import scale
from lit.errors import InputError, nearest
from lit.files.checkpoint import Checkpoint
from lit.logs import Progress
from lit.networks.build import build_theta0
from lit.networks.output_layer import find_head
from lit.networks.pretrained import build_classifier
from lit.networks.small import Vision

CPU_BYTES = (
    2**26
)  # of a batch's largest layers; with more, a CPU computes out of its cache no longer
GPU_SHARE = 0.25  # of the free memory
MOST = 1024  # examples in a batch
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
    precision: str = "float32",
    checkpoint: Checkpoint | None = None,
    where: str = "features",
) -> dict[str, np.ndarray]:
    """Features in evaluation mode; where they have positions, such as pixels, their means over
    these.

    Args:
        spec: The backbone's entry.
        data: N examples.
        seed: Seed of a random backbone's weights.
        device: Where to compute.
        trained: Whether the backbone has its weights; else, or where it has none, it is random,
            drawn from the seed.
        layer: Name of the module whose outputs are taken; None takes the inputs of the head.
        precision: ``float32``, or ``float16``: stored so, and on a GPU computed so too.
        checkpoint: Where progress is saved.
        where: How errors name the features.

    Returns:
        ``x`` (N, D); and where the head of a trained backbone says, of these features, which of Z
        classes of its own an example belongs to: ``classifier/weight`` (Z, D) and
        ``classifier/bias`` (Z,) of its logits.

    Raises:
        InputError: no such layer, or outputs that are no features.
    """
    own = trained and bool(spec.get("weights"))
    build = build_classifier if own else build_theta0
    net = build(spec, data.x.shape[1:], data.classes, seed, where).to(device).eval()
    check_inputs(net, data.x, where)
    parts, checkpoint = [], checkpoint or Checkpoint()
    if saved := checkpoint.begin():
        parts.append(saved["x"])
    done, progress = sum(map(len, parts)), Progress(where)
    half = torch.autocast(
        device.type, torch.float16, enabled=precision == "float16" and device.type == "cuda"
    )
    with _seen(net, layer, where) as seen, half:
        size = _batch(net, _inputs(data, 0, 1, device))
        if not seen:
            raise InputError(f"{where}: layer: no input passes {layer!r}; name another module")
        while done < len(data.x):
            seen.clear()  # of a layer that is used twice, the last output is taken
            net(_inputs(data, done, done + size, device))
            parts.append(_means(seen[-1], where).cpu().numpy().astype(precision))
            done += len(parts[-1])
            progress.step(done, len(data.x))
            if checkpoint.due:
                checkpoint.save({"x": np.concatenate(parts)})
    x = np.concatenate(parts)
    if not np.isfinite(x).all():
        raise InputError(
            f"{where}: the backbone gives features that are not finite; take precision: float32 or"
            " other weights"
        )
    return {"x": x} | (_head(net, x.shape[1]) if own and layer is None else {})


def check_inputs(net: nn.Module, x: np.ndarray, where: str) -> None:
    """See that a network which normalises its inputs is given what its mean and standard deviation
    are of.

    Args:
        net: Any network.
        x: (N, ...) inputs as they are stored.
        where: How errors name the two.

    Raises:
        InputError: inputs beyond 0..1.
    """
    if (
        x.dtype == np.uint8
        or not isinstance(net, Vision)
        or (not any(net.mean) and set(net.std) == {1})
    ):
        return
    low, high = float(x.min()), float(x.max())
    if low < -NEARLY or high > 1 + NEARLY:
        raise InputError(
            f"{where}: the network normalises inputs of 0..1 by its mean and std, but x goes from"
            f" {low:.3g} to {high:.3g};"
            " write scale: unit for the data set, or leave scale: out for uint8"
        )


def _inputs(data: Dataset, begin: int, end: int, device: torch.device) -> Tensor:
    return torch.from_numpy(scale(data.x[begin:end])).to(device)


@contextlib.contextmanager
def _seen(net: nn.Module, layer: str | None, where: str) -> Iterator[list[Any]]:
    """What passes the place that features are taken from, in a list that the caller empties."""
    seen: list[Any] = []
    if layer is None:
        _, head = find_head(net, where)
        handle = head.register_forward_pre_hook(lambda module, inputs: seen.append(inputs[0]))
    else:
        modules = dict((net.net if isinstance(net, Vision) else net).named_modules())
        if layer not in modules:
            raise InputError(
                f"{where}: layer: the backbone has no module {layer!r}; {nearest(layer, modules)}"
            )
        handle = modules[layer].register_forward_hook(
            lambda module, inputs, output: seen.append(output)
        )
    try:
        yield seen
    finally:
        handle.remove()


def _means(output: Any, where: str) -> Tensor:
    """(B, D) of outputs (B, D), of images (B, D, H, W), or of sequences (B, T, D)."""
    if not isinstance(output, Tensor) or output.ndim not in (2, 3, 4):
        found = tuple(output.shape) if isinstance(output, Tensor) else type(output).__name__
        raise InputError(
            f"{where}: the layer's output is {found}; it must be (B, D), (B, T, D) or (B, D, H, W)"
        )
    return (
        output.float().mean({2: (), 3: (1,), 4: (2, 3)}[output.ndim])
        if output.ndim > 2
        else output.float()
    )


def _batch(net: nn.Module, one: Tensor) -> int:
    """Examples at once, by memory: three of the largest outputs of a layer have to fit.

    On a CPU, of the network alone.
    """
    largest = [one.numel()]
    leaves = [module for module in net.modules() if not any(module.children())]
    handles = [
        module.register_forward_hook(
            lambda m, i, out: largest.append(out.numel()) if isinstance(out, Tensor) else None
        )
        for module in leaves
    ]
    net(one)
    for handle in handles:
        handle.remove()
    room = GPU_SHARE * torch.cuda.mem_get_info(one.device)[0] if one.is_cuda else CPU_BYTES
    return int(min(max(room // (3 * 4 * max(largest)), 1), MOST))


def _head(net: nn.Module, width: int) -> dict[str, np.ndarray]:
    """The head as a linear function of the features, where it is one, and where the weights came
    with one."""
    _, head = find_head(net)
    weight = head.weight.flatten(1)
    if weight.shape[1] != width or not weight.any():
        return {}
    bias = torch.zeros(len(weight)) if head.bias is None else head.bias
    return {
        "classifier/weight": weight.float().cpu().numpy(),
        "classifier/bias": bias.float().cpu().numpy(),
    }
