"""Weights from files and libraries: tensors by the names of the network that they are for.

Nothing in a file is executed. A file is known by its content, whatever it is called, and refused by
what it is. Wrappings that training loops leave are taken off where there is one way to do it.
"""

import functools
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from lit.errors import InputError
from lit.logs import log
from lit.networks.foreign_files import foreign, is_safetensors
from lit.networks.output_layer import type_name

# Parts of names that torch.compile, FSDP and activation checkpointing put in.
WRAPPERS = re.compile(r"\b(_orig_mod|_fsdp_wrapped_module|_checkpoint_wrapped_module)\.")
AVERAGED = "n_averaged"  # the counter of torch's AveragedModel
# In what readers say of files that are cut short.
SHORT = ("EOF", "truncated", "incomplete metadata", "invalid header length")
DEPTH = 5  # of dictionaries in dictionaries
NUMBERS = (torch.float64, torch.float32, torch.float16, torch.bfloat16)


def read_weights(path: Path, own: Mapping[str, Tensor], where: str) -> dict[str, Tensor]:
    """Tensors of a file by the network's names.

    Args:
        path: A PyTorch state dict, also inside a checkpoint, or a safetensors file.
        own: The network's own tensors by name.
        where: How errors name the model.

    Raises:
        InputError: a file that is not there, holds something else, or holds several networks.
    """
    at = f"{where}: weights: {path}"
    if path.is_dir():
        inside = ", ".join(sorted(p.name for p in path.iterdir())[:5]) or "it is empty"
        raise InputError(f"{at} is a folder; name a file in it ({inside})")
    if not path.is_file():
        raise InputError(f"{at} does not exist (looked in {Path.cwd()})")
    unlike = f"{at} is not a plain state dict or safetensors file"
    if found := foreign(path):
        raise InputError(f"{unlike} but {'; '.join(found)}")
    try:
        content = _open(path)
        found_dicts = dict(_state_dicts(content, "", set()))
        if not found_dicts:
            raise ValueError(f"it holds no tensors, but {_summary(content)}")
    except Exception as error:  # each reader raises many kinds, all of one meaning
        raise InputError(
            f"{unlike} ({_reason(path, error)}); write one with torch.save(net.state_dict(), path)"
        ) from error
    return _choose(found_dicts, own, at)


def check_numbers(
    weights: Mapping[str, Tensor], own: Mapping[str, Tensor], where: str, source: str
) -> None:
    """Raise InputError where tensors hold NaN, infinity, or what the network cannot take."""
    for name, value in weights.items():
        like = own.get(name, torch.empty(0) if value.is_floating_point() else value)
        if kind := _unusable(value, like.dtype):
            raise InputError(
                f"{where}: weights {source!r} do not fit the network: {name} is {kind}, where the"
                f" network has {type_name(like)}; take float32, float16 or bfloat16, as they were"
                " before they were rounded or packed"
            )
        if not value.to(like.dtype).isfinite().all():
            raise InputError(
                f"{where}: weights: {source} has NaN or infinity in {name}; take other weights"
            )


def _unusable(value: Tensor, wanted: torch.dtype) -> str | None:
    """What kind of tensor this is, where it cannot become one of the type that is wanted."""
    if value.is_quantized:
        return "quantised"
    if value.layout != torch.strided:
        return "sparse"
    if value.is_meta:
        return "without numbers (meta)"
    if value.dtype == wanted:
        return None
    if wanted.is_floating_point:
        plain = value.dtype in NUMBERS
    elif value.dtype in NUMBERS:  # as some converters write counters
        plain = bool(value.isfinite().all() and (value == value.round()).all())
    else:
        plain = not value.is_floating_point() and not value.is_complex()
    return None if plain else type_name(value)


def _open(path: Path) -> Any:
    with path.open("rb") as file:  # of a path, torch would believe the name
        if not is_safetensors(file.read(9)):
            file.seek(0)
            return torch.load(file, map_location="cpu", weights_only=True)
    from safetensors.torch import load_file

    return load_file(path)


def _reason(path: Path, error: Exception) -> str:
    """Why a file cannot be read, without PyTorch's advice to load it without protection."""
    text = str(error)
    try:
        with path.open("rb") as file:
            names = torch.serialization.get_unsafe_globals_in_checkpoint(file)
    except Exception:  # files of torch before 1.6, and safetensors
        names = []
    names = names or re.findall(r"GLOBAL ([\w.]+)", text)
    if names:
        network = any(name.startswith("torch.nn.modules.") for name in names)
        what = "a whole network" if network else "objects beside tensors"
        return f"it holds {what}: {', '.join(sorted(names)[:3])}"
    if isinstance(error, EOFError) or any(mark in text for mark in SHORT):
        return f"it is cut short, {path.stat().st_size} bytes; copy or download it again"
    return text.partition("\n")[0].partition(". ")[0] or type(error).__name__


def _summary(content: Any) -> str:
    if isinstance(content, Mapping):
        return ", ".join(map(str, list(content)[:5])) or "an empty dictionary"
    return f"a {type(content).__name__} without names"


def _state_dicts(content: Any, at: str, seen: set[int]) -> Iterator[tuple[str, dict[str, Tensor]]]:
    """Every dictionary of named tensors in a file, with the keys that lead to it."""
    if not isinstance(content, Mapping) or id(content) in seen or at.count(".") >= DEPTH:
        return
    seen.add(id(content))
    named = {name: v for name, v in content.items() if isinstance(name, str)}
    if tensors := {name: v for name, v in named.items() if isinstance(v, Tensor)}:
        yield at, tensors
    for name, value in content.items():
        yield from _state_dicts(value, f"{at}.{name}" if at else str(name), seen)


def _choose(
    found: Mapping[str, dict[str, Tensor]], own: Mapping[str, Tensor], file: str
) -> dict[str, Tensor]:
    """The one dictionary with names of the network, else the largest, to be refused by its own."""
    plain = {at: _plain(tensors, own) for at, tensors in found.items()}
    fitting = [at for at, tensors in plain.items() if not own.keys().isdisjoint(tensors)]
    if len(fitting) > 1:
        names = " and ".join(repr(at or "the outermost names") for at in fitting)
        raise InputError(
            f"{file} holds several sets of weights for the network, {names}; load it with"
            " torch.load(path, weights_only=True), and save the one that you mean alone"
        )
    at = fitting[0] if fitting else max(plain, key=lambda at: len(plain[at]))
    if fitting and at:
        say_once(f"{file}: {at!r} of it is taken")
    return plain[at]


def _plain(tensors: dict[str, Tensor], own: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Tensors under names without what wrappers put into them, or before them all."""
    names = {name: name if name in own else WRAPPERS.sub("", name) for name in tensors}
    if own.keys().isdisjoint(names.values()):
        names.pop(AVERAGED, None)
    while names and own.keys().isdisjoint(names.values()):
        prefixes = {name.partition(".")[0] for name in names.values()}
        if len(prefixes) > 1 or not all("." in name for name in names.values()):
            return tensors
        names = {name: short.partition(".")[2] for name, short in names.items()}
    if len(set(names.values())) < len(names):
        return tensors
    return {short: tensors[name] for name, short in names.items()}


@functools.cache
def say_once(message: str) -> None:
    """Log what would be the same for every seed."""
    log.info("%s", message)
