"""Networks with ready weights, from a file or from the library that they are of."""

import dataclasses
import math
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

from lit.data.dataset import Form
from lit.errors import InputError
from lit.networks.build import AUXILIARY, Spec, best_weights, build_theta0
from lit.networks.language_model import LanguageModel
from lit.networks.language_weights import load_weights
from lit.networks.output_layer import find_head
from lit.networks.small import inner
from lit.networks.weights import check_numbers, read_weights, say_once


def build_pretrained(spec: Spec, form: Form, seed: int, where: str = "model") -> nn.Module:
    """The network with the entry's ``weights``, and their head where it is as wide as here.

    The head starts at zeros where they hold none, where the entry says ``head: new``, and where
    theirs is the one that the library publishes, for other classes.

    Raises:
        InputError: as :func:`build_theta0`; weights that cannot be read or do not fit.
    """
    net = build_theta0(spec, form, seed, where)
    if isinstance(net, LanguageModel):
        load_weights(net, spec, where)
        return net
    weights, head, held = _read(spec, inner(net), where)
    file, new = spec["weights"], spec.get("head") == "new"
    classes = math.prod(form.outputs)
    if not held:
        say_once(f"{where}: weights {file} hold no head ({', '.join(head)}); it starts at zeros")
    elif new or (held != {classes} and held <= _published(spec)):
        why = "head: new" if new else f"the library's {max(held)} classes, not {classes}"
        say_once(f"{where}: the head of weights {file} is left out ({why}); it starts at zeros")
        weights = {name: v for name, v in weights.items() if name not in head}
    elif held != {classes}:
        raise InputError(
            f"{where}: weights {file!r} hold a head ({head[0]}) of {max(held)} classes, but here"
            f" are {classes}; write head: new to leave it out, or take weights for these classes"
        )
    inner(net).load_state_dict(weights, strict=False)  # what may be absent was looked at
    return net


def build_classifier(spec: Spec, form: Form, seed: int, where: str = "model") -> nn.Module:
    """The network with the entry's ``weights`` and the very head that these hold; without one,
    zeros as wide as here."""
    if spec["kind"] == "transformers":  # whose output layer is ours
        return build_pretrained(spec, form, seed, where)
    net = build_theta0(spec, form, seed, where)
    weights, _, held = _read(spec, inner(net), where)
    if held and held != {math.prod(form.outputs)}:
        own = dataclasses.replace(form, classes=held.pop(), labels=None)
        net = build_theta0(spec, own, seed, where)
    inner(net).load_state_dict(weights, strict=False)
    return net


def _published(spec: Spec) -> set[int]:
    """Widths of the heads that the library's own weights of this network come with."""
    if spec["kind"] == "torchvision":
        return {len(best_weights(spec["name"]).meta["categories"])}
    if spec["kind"] == "timm":
        from timm.models import get_arch_pretrained_cfgs

        return {config.num_classes for config in get_arch_pretrained_cfgs(spec["name"]).values()}
    return set()


def _read(spec: Spec, net: nn.Module, where: str) -> tuple[dict[str, Tensor], list[str], set[int]]:
    """The weights by the network's names; all names of its head; widths of the head in the weights.

    Auxiliary classifiers are left out. Where the weights hold no head, there are no widths.
    """
    own, file = net.state_dict(keep_vars=True), spec["weights"]
    if file == "DEFAULT":
        weights = _library_weights(spec, where)
    else:
        weights = read_weights(Path(file), own, where)
    parts = AUXILIARY.get(spec["name"], ()) if spec["kind"] == "torchvision" else ()
    if needless := [name for name in weights if name.partition(".")[0] in parts]:
        said = f"auxiliary classifiers in weights {file} are left out: {needless[0]}, ..."
        say_once(f"{where}: {said}")
        weights = {name: v for name, v in weights.items() if name not in needless}
    check_numbers(weights, own, where, file)
    of_head = {id(parameter) for parameter in find_head(net)[1].parameters()}
    head = [name for name, v in own.items() if id(v) in of_head]
    held = {len(weights[name]) for name in head if name in weights and weights[name].ndim}
    if wrong := _misfit(own, weights, head, held):
        raise InputError(
            f"{where}: weights {file!r} do not fit the network: {wrong}; give the model the options"
            " (such as its widths) that it had when these were saved, or take weights of this one"
        )
    return weights, head, held


def _misfit(
    own: Mapping[str, Tensor], weights: Mapping[str, Tensor], head: list[str], held: set[int]
) -> str | None:
    """Why weights are not the network's, the first few by name; or None.

    Only the head, whole, may be absent or of another width, and counters of batches.
    """
    present = [name for name in own if name in weights]

    def fits(name: str) -> bool:
        theirs, ours = weights[name].shape, own[name].shape
        if name not in head:
            return theirs == ours
        return len(held) <= 1 and len(theirs) == len(ours) and theirs[1:] == ours[1:]

    there = {id(own[name]) for name in present}  # a tied one under any of its names
    optional = set(head) if weights.keys().isdisjoint(head) else set()
    absent = [name for name, v in own.items() if id(v) not in there and name not in optional]
    missing = [name for name in absent if name.rpartition(".")[2] != "num_batches_tracked"]
    unknown = [name for name in weights if name not in own]
    other = [name for name in present if not fits(name)]
    said = [
        f"{len(names)} tensor{'s' * (len(names) > 1)} {what} ({', '.join(names[:2])})"
        for names, what in ((missing, "missing"), (unknown, "unknown"))
        if names
    ]
    if other:
        theirs, ours = (tuple(tensors[other[0]].shape) for tensors in (weights, own))
        said.append(f"{len(other)} of another shape: {other[0]} has {theirs}, not {ours}")
    if said:
        return ", ".join(said)
    first: dict[int, str] = {}  # name of each parameter
    for name in present:
        one = first.setdefault(id(own[name]), name)
        if not torch.equal(weights[one], weights[name]):
            return f"{one} and {name} are one parameter in it, and differ in the file"
    return None


def _library_weights(spec: Spec, where: str) -> dict[str, Tensor]:
    """The library's own weights; no reader runs what a file in its cache holds."""
    if spec["kind"] == "python":
        raise InputError(f"{where}: weights: DEFAULT names a library's own; write a file")
    try:
        if spec["kind"] == "torchvision":
            best = best_weights(spec["name"])
            return dict(best.get_state_dict(check_hash=True, weights_only=True))
        import timm

        return dict(timm.create_model(spec["name"], pretrained=True).state_dict())
    except Exception as error:  # each reader raises many kinds
        raise InputError(f"{where}: weights: DEFAULT cannot be loaded ({error})") from error
