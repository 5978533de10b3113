"""Networks by a config's entry, as theta0: random initial weights, and a head of zeros."""

import math
from collections.abc import Mapping
from typing import Any

import torch
from torch import nn

from lit.data.dataset import Form
from lit.data.safe_torchvision import import_torchvision
from lit.errors import InputError, check_known
from lit.files.user_code import import_factory
from lit.networks.language_model import build_language_model
from lit.networks.output_layer import zero_head
from lit.networks.small import Cnn, Mlp, Vision
from lit.networks.transformer import Transformer
from lit.rng import torch_seed

Spec = Mapping[str, Any]
KINDS = ("linear", "mlp", "cnn", "transformer", "torchvision", "timm", "transformers", "python")
OF_TOKENS = ("transformer", "transformers")
SIZES = ("width", "layers", "heads", "dropout")  # options of a transformer
# Classifiers on the way to the output, which these return in training: they are left out.
AUXILIARY = {"googlenet": ("aux1", "aux2"), "inception_v3": ("AuxLogits",)}


def build_theta0(spec: Spec, form: Form, seed: int, where: str = "model") -> nn.Module:
    """The untrained network: random initial weights from the seed, head of zeros.

    Args:
        spec: A config's entry, see config/README.md; its ``weights`` are ignored.
        form: What it takes and gives.
        seed: The initial weights are a function of it alone, drawn on the CPU.
        where: How errors name the model.

    Raises:
        InputError: unknown name, factory that fails, wrong input shape or output width, head that
            cannot be zeroed.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(torch_seed("theta0", seed))
        try:
            net = _construct(spec, form, where)
        except InputError:
            raise
        # factories and libraries raise many kinds; torch a RuntimeError where memory is short
        except Exception as error:
            size = f"for inputs of {form.shape} and {form.classes} classes"
            raise InputError(
                f"{where}: the network of {dict(spec)} cannot be built {size}: {error!r}"
            ) from error
    of_library = spec["kind"] in ("torchvision", "timm")
    hint = "; if it is made for larger images, write input: {size: ...}" if of_library else ""
    zero_head(net, form, where, hint)
    return net


def _construct(spec: Spec, form: Form, where: str) -> nn.Module:
    kind = spec.get("kind")
    check_known(where, "kind of model", str(kind), KINDS)
    if spec.get("head") == "new" and not spec.get("weights"):
        raise InputError(
            f"{where}: head: new leaves out the head of weights, but there are none; leave head out"
        )
    shape, width = form.shape, math.prod(form.outputs)
    if kind == "python":
        factory = build = spec["factory"]
        if isinstance(factory, str):
            build = import_factory(factory, where, spec.get("factory_digest"))
        net = build(shape, form.classes)
        if not isinstance(net, nn.Module):
            found = type(net).__name__
            raise InputError(f"{where}: factory: {factory} returned {found}, not a torch.nn.Module")
        return net
    _check_takes(str(kind), form, where)
    if kind == "transformer":
        return Transformer(form, **{key: spec[key] for key in SIZES if key in spec})
    if kind == "transformers":
        return build_language_model(spec, form, where)
    if kind in ("linear", "mlp"):
        return Mlp(shape, width, list(spec.get("hidden", [])), spec.get("bias", True))
    if len(shape) != 3:
        raise InputError(
            f"{where}: a {kind} model needs images (channels, H, W), but one example is {shape};"
            " take another model, of kind mlp or linear"
        )
    if kind == "cnn":
        return Cnn(shape, width, spec["channels"], spec.get("dense", 128))
    name, models = spec["name"], import_torchvision().models
    stem, at = name.split(".")[0], f"{where}: name"
    if kind == "torchvision":
        check_known(at, "torchvision model", stem, models.list_models(module=models))
        net = _torchvision(name, width, own=spec.get("weights") == "DEFAULT")
    else:
        import timm

        check_known(at, "timm model", stem, timm.list_models())
        net = timm.create_model(name, pretrained=False, num_classes=width)
    return Vision(net, **_preprocessing(spec, where))


def _check_takes(kind: str, form: Form, where: str) -> None:
    """Refuse tokens for networks of numbers, and the other way round."""
    if (kind in OF_TOKENS) == (form.vocabulary is not None):
        return
    takes, has, others = "numbers", "tokens", OF_TOKENS
    if kind in OF_TOKENS:
        takes, has = has, takes
        others = ("cnn", "mlp") if len(form.shape) == 3 else ("mlp", "linear")
    raise InputError(
        f"{where}: a {kind} model takes {takes}, but examples are {has}; take another model, of"
        f" kind {' or '.join(others)}"
    )


def _torchvision(name: str, classes: int, own: bool) -> nn.Module:
    """A network of torchvision; ``own`` for its own weights."""
    # the default, for which these two warn
    more = {"init_weights": True} if name in AUXILIARY else {}
    net = import_torchvision().models.get_model(name, weights=None, num_classes=classes, **more)
    if name.startswith("squeezenet"):
        # a ReLU on its logits: a head of zeros behind it would never learn
        net.classifier[2] = nn.Identity()
    if name in AUXILIARY:
        # removed, not left unbuilt: the random weights of the rest stay as they were
        net.aux_logits = False
        for part in AUXILIARY[name]:
            setattr(net, part, None)
        net.transform_input = own  # as torchvision has it for its own weights
    return net


def best_weights(name: str) -> Any:
    """What torchvision publishes as the best weights of a network of its own."""
    return import_torchvision().models.get_model_weights(name).DEFAULT


def _preprocessing(spec: Spec, where: str) -> dict[str, Any]:
    """Arguments of :class:`Vision`: as written, else of the library's weights; never guessed."""
    if "input" in spec:
        return dict(spec["input"])
    weights, name = spec.get("weights"), spec["name"]
    if weights is None:
        return {}
    if weights != "DEFAULT":
        raise InputError(
            f"{where}: weights from a file need their preprocessing: write input: {{size: 224,"
            " channels: RGB, mean: [..., ..., ...], std: [..., ..., ...]} as they were trained with"
        )
    if spec["kind"] == "torchvision":
        steps = best_weights(name).transforms()
        return {"size": steps.crop_size[0], "mean": steps.mean, "std": steps.std}
    import timm

    about = timm.get_pretrained_cfg(name)
    if about is None:
        raise InputError(
            f"{where}: weights: timm has none for {name!r}; write weights: null or a file"
        )
    config = timm.data.resolve_data_config(pretrained_cfg=about.to_dict())
    channels, *_, size = config["input_size"]
    if channels != 3:
        raise InputError(
            f"{where}: weights: {name} takes {channels} channels, not the three of images"
        )
    return {"size": size, "mean": config["mean"], "std": config["std"]}
