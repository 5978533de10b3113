"""Networks with ready weights, from a file or from the library that they are of."""

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

from lit.errors import InputError
from lit.networks.build import AUXILIARY, Spec, build_theta0
from lit.networks.output_layer import find_head
from lit.networks.small import Vision
from lit.networks.weights import check_numbers, read_weights, say_once


def build_pretrained(
    spec: Spec, input_shape: tuple[int, ...], classes: int, seed: int, where: str = "model"
) -> nn.Module:
    """The network with the entry's ``weights``.

    Their head is kept where it has ``classes`` outputs. It starts at zeros where they hold none,
    where the entry says ``head: new``, and where it is the one that the library publishes, for
    other classes.

    Raises:
        InputError: as :func:`build_theta0`; weights that cannot be read or do not fit; a head for
            other classes.
    """
    net = build_theta0(spec, input_shape, classes, seed, where)
    inner = _inner(net)
    weights = _read(spec, inner, where)
    head, file = _head_names(inner), spec["weights"]
    held = _widths(weights, head)
    if not held:
        say_once(f"{where}: weights {file} hold no head ({', '.join(head)}); it starts at zeros")
    elif spec.get("head") == "new" or (held != {classes} and held <= _published(spec)):
        why = (
            "head: new"
            if spec.get("head") == "new"
            else f"the library's {max(held)} classes, not {classes}"
        )
        say_once(f"{where}: the head of weights {file} is left out ({why}); it starts at zeros")
        weights = {name: v for name, v in weights.items() if name not in head}
    elif held != {classes}:
        raise InputError(
            f"{where}: weights {file!r} hold a head ({head[0]}) of {max(held)} classes, but here"
            f" are {classes}; write"
            " head: new beside weights to leave it out, or take weights for these classes"
        )
    return _load(net, weights)


def build_classifier(
    spec: Spec, input_shape: tuple[int, ...], classes: int, seed: int, where: str = "model"
) -> nn.Module:
    """The network with the entry's ``weights`` and the very head that these hold; without one,
    zeros for ``classes``."""
    net = build_theta0(spec, input_shape, classes, seed, where)
    weights = _read(spec, _inner(net), where)
    held = _widths(weights, _head_names(_inner(net)))
    if held and held != {classes}:
        net = build_theta0(spec, input_shape, held.pop(), seed, where)
    return _load(net, weights)


def _inner(net: nn.Module) -> nn.Module:
    """The network that names of weights belong to."""
    return net.net if isinstance(net, Vision) else net


def _head_names(inner: nn.Module) -> list[str]:
    """All names that the head's parameters have in a state dict."""
    own = {id(parameter) for parameter in find_head(inner)[1].parameters()}
    return [name for name, v in inner.state_dict(keep_vars=True).items() if id(v) in own]


def _published(spec: Spec) -> set[int]:
    """Widths of the heads that the library's own weights of this network come with."""
    if spec["kind"] == "torchvision":
        from lit.data.safe_torchvision import import_torchvision

        best = import_torchvision().models.get_model_weights(spec["name"]).DEFAULT
        return {len(best.meta["categories"])}
    if spec["kind"] == "timm":
        from timm.models import get_arch_pretrained_cfgs

        return {config.num_classes for config in get_arch_pretrained_cfgs(spec["name"]).values()}
    return set()


def _read(spec: Spec, inner: nn.Module, where: str) -> dict[str, Tensor]:
    """The weights by the network's names; those of auxiliary classifiers are left out."""
    own, file = inner.state_dict(), spec["weights"]
    weights = (
        _library_weights(spec, where) if file == "DEFAULT" else read_weights(Path(file), own, where)
    )
    needless = [
        name
        for name in weights
        if name.partition(".")[0] in AUXILIARY.get(spec.get("name", ""), ())
    ]
    if needless and spec["kind"] == "torchvision":
        say_once(
            f"{where}: auxiliary classifiers in weights {file} are left out: {needless[0]}, ..."
        )
        weights = {name: v for name, v in weights.items() if name not in needless}
    check_numbers(weights, own, where, file)
    _check_fit(inner, weights, file, where)
    return weights


def _check_fit(inner: nn.Module, weights: Mapping[str, Tensor], file: str, where: str) -> None:
    """See that weights are the network's.

    Only the head, whole, may be absent or of another width, and counters of batches.
    """
    own, head = inner.state_dict(keep_vars=True), _head_names(inner)
    tied: dict[int, list[str]] = {}  # names of one parameter
    for name, v in own.items():
        tied.setdefault(id(v), []).append(name)
    shapes, found = _shapes(own, head), _shapes(weights, head)
    several = len(_widths(weights, head)) > 1
    unfit = [
        name
        for name, shape in found.items()
        if shapes.get(name) != shape or (several and name in head)
    ]
    there = {id(own[name]) for name in weights if name in own}
    needless = {name for name in own if name.rpartition(".")[2] == "num_batches_tracked"}
    needless |= set() if any(name in weights for name in head) else {*head}
    missing = [name for name, v in own.items() if id(v) not in there and name not in needless]
    if unfit or missing:
        wrong = _misfit(own, weights, missing, unfit)
        raise InputError(
            f"{where}: weights {file!r} do not fit the network: {wrong}; give the model the options"
            " (such as its widths) that it had when these were saved, or take weights of this one"
        )
    for names in tied.values():
        values = [weights[name] for name in names if name in weights]
        if any(not torch.equal(values[0], other) for other in values[1:]):
            raise InputError(
                f"{where}: weights {file!r} do not fit the network: {' and '.join(names)} are one"
                " parameter in it, and"
                " differ in the file"
            )


def _misfit(
    own: Mapping[str, Tensor], weights: Mapping[str, Tensor], missing: list[str], unfit: list[str]
) -> str:
    """In words which tensors are missing, unknown or of another shape, the first few by name."""
    unknown = [name for name in unfit if name not in own]
    other = [name for name in unfit if name in own]
    said = [
        f"{len(names)} tensor{'s' * (len(names) > 1)} {what} ({', '.join(names[:2])})"
        for names, what in ((missing, "missing"), (unknown, "unknown"))
        if names
    ]
    if other:
        theirs, ours = (tuple(tensors[other[0]].shape) for tensors in (weights, own))
        said.append(f"{len(other)} of another shape: {other[0]} has {theirs}, not {ours}")
    return ", ".join(said)


def _shapes(tensors: Mapping[str, Tensor], head: list[str]) -> dict[str, tuple[int, ...]]:
    """Shapes by name; of the head's, the number of outputs is left open."""
    return {
        name: (v.ndim, *v.shape[1:]) if name in head else tuple(v.shape)
        for name, v in tensors.items()
    }


def _widths(weights: Mapping[str, Tensor], head: list[str]) -> set[int]:
    """How many outputs the head in these weights has; nothing where there is none."""
    return {len(weights[name]) for name in head if name in weights and weights[name].ndim}


def _load(net: nn.Module, weights: Mapping[str, Tensor]) -> nn.Module:
    inner = _inner(net)
    own = inner.state_dict()
    inner.load_state_dict(own | {name: v.to(own[name].dtype) for name, v in weights.items()})
    return net


def _library_weights(spec: Spec, where: str) -> dict[str, Tensor]:
    """The library's own weights.

    No reader runs what a file in its cache holds; each raises many kinds of errors.
    """
    if spec["kind"] == "python":
        raise InputError(
            f"{where}: weights: DEFAULT names a library's own, which a factory has none of; write a"
            " file"
        )
    try:
        if spec["kind"] == "torchvision":
            from lit.data.safe_torchvision import import_torchvision

            best = import_torchvision().models.get_model_weights(spec["name"]).DEFAULT
            return dict(best.get_state_dict(check_hash=True, weights_only=True))
        import timm

        return dict(timm.create_model(spec["name"], pretrained=True).state_dict())
    except Exception as error:
        raise InputError(
            f"{where}: weights: DEFAULT cannot be had from the library ({error})"
        ) from error
