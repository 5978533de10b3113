"""Networks by a config's entry, with an output head of zeros.

A head of zeros gives every class the same probability, so an untrained network codes a label in
exactly log2 C bits. The same holds for the head that replaces a pretrained one of another width.
"""

import itertools
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lit.errors import InputError, nearest
from lit.rng import torch_seed
from lit.user_code import import_factory

Spec = Mapping[str, Any]
KINDS = ("linear", "mlp", "cnn", "torchvision", "timm", "python")


class Mlp(nn.Module):
    """Layers of ReLU units on the flattened input; ``hidden=[]`` is a linear model, with or without a bias."""

    def __init__(self, input_shape: tuple[int, ...], classes: int, hidden: list[int], bias: bool = True):
        super().__init__()
        widths = [int(torch.Size(input_shape).numel()), *hidden, classes]
        self.layers = nn.ModuleList(nn.Linear(a, b, bias=bias) for a, b in itertools.pairwise(widths))

    def forward(self, x: Tensor) -> Tensor:
        x = x.flatten(1)
        for layer in self.layers[:-1]:
            x = layer(x).relu()
        return self.layers[-1](x)

    def forward_stack(self, state: Mapping[str, Tensor], x: Tensor) -> Tensor:
        """Logits (J, B, C) of J such networks with stacked weights (J, ...) on inputs (J, B, ...)."""
        x = x.flatten(2)
        for i in range(len(self.layers)):
            x = x if i == 0 else x.relu()
            weight, bias = state[f"layers.{i}.weight"].transpose(1, 2), state.get(f"layers.{i}.bias")
            x = torch.bmm(x, weight) if bias is None else torch.baddbmm(bias[:, None], x, weight)
        return x


class Cnn(nn.Module):
    """3x3 convolutions with group normalisation (no batch statistics), each halving the image; then a dense layer."""

    def __init__(self, input_shape: tuple[int, ...], classes: int, channels: list[int], dense: int = 128):
        super().__init__()
        stages: list[nn.Module] = []
        before, height, width = input_shape
        for after in channels:
            groups = max(g for g in (1, 2, 4, 8) if after % g == 0)
            stages.append(nn.Conv2d(before, after, 3, padding=1))
            if min(height, width) >= 2:  # pooling before the norm and the unit halves the time of a stage
                stages.append(nn.MaxPool2d(2))
                height, width = height // 2, width // 2
            stages += [nn.GroupNorm(groups, after), nn.ReLU()]
            before = after
        self.features = nn.Sequential(*stages)
        self.dense = nn.Linear(before * height * width, dense)
        self.head = nn.Linear(dense, classes)

    def forward(self, x: Tensor) -> Tensor:
        x = self.features(x.contiguous(memory_format=torch.channels_last))
        return self.head(self.dense(x.flatten(1)).relu())


class Vision(nn.Module):
    """An ImageNet-style network behind the public preprocessing that it was made for.

    Grey images are repeated to three channels; ``size`` resizes (bilinear), ``channels`` orders, ``mean`` and ``std``
    normalise, both in that order. Without any of them, images are taken as they are.
    """

    def __init__(
        self,
        net: nn.Module,
        size: int | None = None,
        channels: str = "RGB",
        mean: Sequence[float] = (0.0, 0.0, 0.0),
        std: Sequence[float] = (1.0, 1.0, 1.0),
    ):
        super().__init__()
        self.net, self.size, self.reverse, self.mean, self.std = net, size, channels == "BGR", list(mean), list(std)

    def forward(self, x: Tensor) -> Tensor:
        if x.shape[1] == 1:
            x = x.expand(-1, 3, -1, -1)
        if self.size is not None and x.shape[-2:] != (self.size, self.size):
            x = F.interpolate(x, size=(self.size, self.size), mode="bilinear", antialias=True)
        if self.reverse:
            x = x.flip(1)
        mean, std = (x.new_tensor(v)[:, None, None] for v in (self.mean, self.std))
        x = ((x - mean) / std).contiguous(memory_format=torch.channels_last)  # trains 1.6 times as fast on a CPU
        return self.net(x)


def as_spec(model: str | Spec | Callable[..., nn.Module]) -> Spec:
    """A config's entry from a kind's name, an entry, or a factory ``build(input_shape, classes)``."""
    if isinstance(model, str):
        return {"kind": model, "hidden": [128]} if model == "mlp" else {"kind": model}
    return model if isinstance(model, Mapping) else {"kind": "python", "factory": model}


def build_theta0(spec: Spec, input_shape: tuple[int, ...], classes: int, seed: int, where: str = "model") -> nn.Module:
    """The untrained network: random initial weights from the seed, head of zeros.

    Args:
        spec: A config's entry, see config/README.md; its ``weights`` are ignored.
        input_shape: Shape of one example, such as (1, 28, 28).
        classes: Width of the output.
        seed: The initial weights are a function of it alone, drawn on the CPU.
        where: How errors name the model.

    Raises:
        InputError: unknown name, factory that fails, wrong input shape or output width, head that cannot be zeroed.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(torch_seed("theta0", seed))
        try:
            net = _construct(spec, tuple(input_shape), classes, where)
        except InputError:
            raise
        except Exception as error:  # the libraries raise many kinds; torch a RuntimeError where memory does not suffice
            raise InputError(f"{where}: the network of {dict(spec)} cannot be built: {error}") from error
    _zero_head(net, input_shape, classes, where)
    return net


def build_pretrained(spec: Spec, input_shape: tuple[int, ...], classes: int, seed: int, where: str = "model") -> nn.Module:
    """The network with the entry's ``weights``; their head is kept if it has ``classes`` outputs, else it is zeros."""
    return _load(build_theta0(spec, input_shape, classes, seed, where), spec, _read_weights(spec, where), where)


def build_classifier(spec: Spec, input_shape: tuple[int, ...], classes: int, seed: int, where: str = "model") -> nn.Module:
    """The network with the entry's ``weights`` and the very head that these hold; without one, zeros for ``classes``."""
    weights = _read_weights(spec, where)
    name, _ = find_head(_inner(build_theta0(spec, input_shape, classes, seed, where)), where)
    width = len(weights.get(f"{name}.weight", range(classes)))
    return _load(build_theta0(spec, input_shape, width, seed, where), spec, weights, where)


def _inner(net: nn.Module) -> nn.Module:
    """The network that names of weights belong to."""
    return net.net if isinstance(net, Vision) else net


def _load(net: nn.Module, spec: Spec, weights: Mapping[str, Tensor], where: str) -> nn.Module:
    inner = _inner(net)
    head_name, _ = find_head(inner, where)
    own = inner.state_dict()
    fits = {k: v for k, v in weights.items() if k in own and own[k].shape == v.shape}
    unfit = [k for k in weights if k not in fits and not k.startswith(head_name + ".")]
    needless = (f"{head_name}.weight", f"{head_name}.bias", "num_batches_tracked")  # a backbone may come without a head
    missing = [k for k in own if k not in weights and not k.endswith(needless)]
    if unfit or missing:
        raise InputError(
            f"{where}: weights {spec['weights']!r} do not fit the network:"
            f" {len(missing)} tensors missing ({missing[:2]}), {len(unfit)} unknown or of another shape ({unfit[:2]})"
        )
    try:
        inner.load_state_dict(own | fits)
    except RuntimeError as error:  # tensors that hold no plain numbers, such as quantised ones
        raise InputError(f"{where}: weights {spec['weights']!r} do not fit the network: {error}") from error
    return net


def _construct(spec: Spec, input_shape: tuple[int, ...], classes: int, where: str) -> nn.Module:
    kind = spec.get("kind")
    if kind not in KINDS:
        raise InputError(f"{where}: no kind of model is called {kind!r}; {nearest(str(kind), KINDS)}")
    if kind in ("linear", "mlp"):
        return Mlp(input_shape, classes, list(spec.get("hidden", [])), spec.get("bias", True))
    if kind in ("cnn", "torchvision", "timm") and len(input_shape) != 3:
        raise InputError(f"{where}: a {kind} model needs images (channels, H, W), but one example is {input_shape}")
    if kind == "cnn":
        return Cnn(input_shape, classes, list(spec.get("channels", [32, 64])), spec.get("dense", 128))
    if kind == "python":
        return _call_factory(spec["factory"], input_shape, classes, where, spec.get("factory_digest"))
    name = _known_name(kind, spec["name"], where)
    if kind == "torchvision":
        from lit.vision import import_torchvision

        net = import_torchvision().models.get_model(name, weights=None, num_classes=classes)
        if name.startswith("squeezenet"):
            net.classifier[2] = nn.Identity()  # a ReLU on its logits: a head of zeros behind it would never learn
    else:
        import timm

        net = timm.create_model(name, pretrained=False, num_classes=classes)
    return Vision(net, **_preprocessing(spec, where))


def _known_name(kind: str, name: str, where: str) -> str:
    from lit.vision import import_torchvision

    vision = import_torchvision()
    if kind == "torchvision":
        known = vision.models.list_models(module=vision.models)
    else:
        import timm

        known = timm.list_models()
    if name.split(".")[0] not in known:
        raise InputError(f"{where}: name: {kind} has no model {name!r}; {nearest(name, known)}")
    return name


def _preprocessing(spec: Spec, where: str) -> dict[str, Any]:
    """Arguments of :class:`Vision`: as written, else those of the library's own weights; never guessed."""
    if "input" in spec:
        return dict(spec["input"])
    weights = spec.get("weights")
    if weights is None:
        return {}
    if weights != "DEFAULT":
        raise InputError(
            f"{where}: weights from a file need their preprocessing: write input: {{size: 224, channels: RGB,"
            " mean: [..., ..., ...], std: [..., ..., ...]} as the weights were trained with"
        )
    from lit.vision import import_torchvision

    if spec["kind"] == "torchvision":
        steps = import_torchvision().models.get_model_weights(spec["name"]).DEFAULT.transforms()
        return {"size": steps.crop_size[0], "mean": steps.mean, "std": steps.std}
    import timm

    about = timm.get_pretrained_cfg(spec["name"])
    if about is None:
        raise InputError(f"{where}: weights: timm has no weights for {spec['name']!r}; write weights: null or a file")
    config = timm.data.resolve_data_config(pretrained_cfg=about.to_dict())
    if config["input_size"][0] != 3:
        raise InputError(f"{where}: weights: {spec['name']} takes {config['input_size'][0]} channels, not the three of images")
    return {"size": config["input_size"][-1], "mean": list(config["mean"]), "std": list(config["std"])}


def _read_weights(spec: Spec, where: str) -> dict[str, Tensor]:
    """Tensors by name. No reader runs what a file holds; each raises many kinds of errors, all of one meaning."""
    path, own = Path(spec["weights"]), spec["weights"] == "DEFAULT"
    if own and spec["kind"] == "python":
        raise InputError(f"{where}: weights: DEFAULT names a library's own, which a factory has none of; write a file")
    if not own and not os.path.isfile(path):
        raise InputError(f"{where}: weights: {path} does not exist (looked in {Path.cwd()})")
    try:
        found = _library_weights(spec) if own else _weights_file(path)
    except Exception as error:
        if own:
            raise InputError(f"{where}: weights: {path} cannot be had from the library ({error})") from error
        # PyTorch's own advice, on the lines after the first, is to load the file without protection.
        reason = str(error).partition("\n")[0].partition(". ")[0]
        raise InputError(
            f"{where}: weights: {path} is not a plain state dict or safetensors file ({reason}); write one with"
            " torch.save(net.state_dict(), path)"
        ) from error
    if broken := [k for k, v in found.items() if v.is_floating_point() and not v.isfinite().all()]:
        raise InputError(f"{where}: weights: {path} has NaN or infinity in {broken[0]}; take other weights")
    return found


def _library_weights(spec: Spec) -> dict[str, Tensor]:
    if spec["kind"] == "torchvision":
        from lit.vision import import_torchvision

        best = import_torchvision().models.get_model_weights(spec["name"]).DEFAULT
        return dict(best.get_state_dict(check_hash=True, weights_only=True))
    import timm

    return dict(timm.create_model(spec["name"], pretrained=True).state_dict())


def _weights_file(path: Path) -> dict[str, Tensor]:
    if path.suffix == ".safetensors":
        from safetensors.torch import load_file

        return load_file(path)
    state = torch.load(path, map_location="cpu", weights_only=True)
    tensors = {k: v for k, v in state.items() if isinstance(v, Tensor)}
    if not tensors:
        raise ValueError(f"it holds no tensors, but {', '.join(map(str, list(state)[:5]))}")
    return tensors


def _call_factory(
    factory: str | Callable, input_shape: tuple[int, ...], classes: int, where: str, planned: str | None = None
) -> nn.Module:
    build = import_factory(factory, where, planned) if isinstance(factory, str) else factory
    try:
        net = build(input_shape, classes)
    except Exception as error:  # the user's own code: whatever it raises, say whose it is
        raise InputError(f"{where}: factory: {factory}{(input_shape, classes)} failed: {error!r}") from error
    if not isinstance(net, nn.Module):
        raise InputError(f"{where}: factory: {factory} returned {type(net).__name__}, not a torch.nn.Module")
    return net


def find_head(net: nn.Module, where: str = "model") -> tuple[str, nn.Linear | nn.Conv2d]:
    """Name and module of the output layer: the last linear (or 1x1 convolution) layer."""
    heads = [(n, m) for n, m in net.named_modules() if isinstance(m, nn.Linear | nn.Conv2d)]
    if not heads:
        raise InputError(f"{where}: the network has no linear or 1x1 convolution layer to serve as its head")
    return heads[-1]


def head_keys(net: nn.Module, where: str = "model") -> list[str]:
    """Names of the head's parameters."""
    name, head = find_head(net, where)
    return [f"{name}.{key}" for key, _ in head.named_parameters()]


def _zero_head(net: nn.Module, input_shape: tuple[int, ...], classes: int, where: str) -> None:
    """Give every class the same probability, and see that the network can learn from there."""
    if any(isinstance(p, nn.UninitializedParameter) for p in net.parameters()):
        raise InputError(f"{where}: the network has lazy layers; write their sizes, such as nn.Linear(64, classes)")
    _, head = find_head(net, where)
    with torch.no_grad():
        for parameter in head.parameters():
            parameter.zero_()
    training = net.training
    try:
        with torch.enable_grad():
            logits = net.eval()(torch.rand(2, *input_shape, generator=torch.Generator().manual_seed(0)))
            slopes = _slopes(logits, head)
    except Exception as error:  # shape errors come as many types
        raise InputError(f"{where}: the network does not accept inputs of shape (2, *{tuple(input_shape)}): {error}") from error
    finally:
        net.train(training)
    if tuple(logits.shape) != (2, classes):
        raise InputError(f"{where}: the network returns shape {tuple(logits.shape)} for 2 examples; it must be (2, {classes})")
    if logits.abs().max() > 0:
        raise InputError(
            f"{where}: the network does not start at equal probabilities:"
            " its last linear layer must be the output, so that zeroing it gives logits of 0"
        )
    if not any(slope.any() for slope in slopes):
        raise InputError(
            f"{where}: the network cannot learn from equal probabilities: its last linear layer gets no gradient where it is"
            " zero, or is frozen; let its outputs be the logits, with no ReLU behind them"
        )


def _slopes(logits: Tensor, head: nn.Module) -> list[Tensor]:
    """How a logit depends on each of the head's parameters."""
    weights = [parameter for parameter in head.parameters() if parameter.requires_grad]
    if not weights or not logits.requires_grad or logits.ndim != 2:
        return []
    return [slope for slope in torch.autograd.grad(logits[:, 0].sum(), weights, allow_unused=True) if slope is not None]
