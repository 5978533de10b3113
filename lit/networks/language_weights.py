"""Weights of language models of Hugging Face transformers: safetensors, into their networks."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from lit.errors import InputError
from lit.networks.foreign_files import foreign
from lit.networks.hub_files import (
    WEIGHTS,
    first_line,
    folder_of,
    import_transformers,
    quiet,
    read_config,
)
from lit.networks.language_model import ADAPTER, LanguageModel, give_own_head, seen_labels, try_out
from lit.networks.output_layer import find_head, head_keys
from lit.networks.weights import check_numbers

OTHERS = (".safetensors", ".bin", ".pt", ".pth", ".ckpt", ".h5", ".msgpack", ".gguf", ".onnx")


def load_weights(model: LanguageModel, spec: Mapping[str, Any], where: str) -> None:
    """Put an entry's weights into its network, the output layer's where they are of it and kept.

    Raises:
        InputError: weights that are not there, or do not fit.
    """
    transformers = import_transformers(where)
    folder = folder_of(spec, where)
    net: Any = model.net
    tensors = _read_tensors(folder, where)
    with quiet(transformers):
        try:
            loaded, about = type(net).from_pretrained(
                None,
                config=read_config(transformers, folder, where),
                state_dict=tensors,
                dtype=torch.float32,
                output_loading_info=True,
            )
        except Exception as error:  # shapes that differ, and whatever conversions raise
            raise InputError(
                f"{where}: the weights in {folder} do not fit its config.json: {error}"
            ) from error
    heads = {key.removeprefix("net.") for key in head_keys(model)}
    taken = [name for name in net.state_dict() if ADAPTER not in name]
    if spec.get("head") == "new":
        taken = [name for name in taken if name not in heads]
    if model.next:
        if not try_out(loaded)[1]:  # with random weights it may have been too little to be told
            raise seen_labels(where)
        give_own_head(loaded, len(find_head(model)[1].weight))
    _check_missing(about["missing_keys"] & {_plain(name) for name in taken}, heads, folder, where)
    own, theirs = net.state_dict(), loaded.state_dict()
    for name in taken:
        own[name].copy_(theirs[_plain(name)])


def _plain(name: str) -> str:
    """A tensor's name before LoRA was put around its layer."""
    return name.replace(".base_layer.", ".")


def _check_missing(missing: set[str], heads: set[str], folder: Path, where: str) -> None:
    if not missing:
        return
    said = f"{where}: the weights in {folder} lack {min(missing)}"
    if missing <= heads:
        raise InputError(f"{said}, the output layer; write head: new, so that it starts at zeros")
    raise InputError(
        f"{said}{f' and {len(missing) - 1} more' * (len(missing) > 1)}; they are of another network"
        " than config.json describes, or a file of them is missing: download the folder again"
    )


def _read_tensors(folder: Path, where: str) -> dict[str, Tensor]:
    """The weights of a folder, by the names that they have there.

    Raises:
        InputError: there are none as safetensors, or they are damaged.
    """
    from safetensors.torch import load_file

    files = sorted(folder.glob(WEIGHTS))
    if not files:
        others = sorted(path.name for path in folder.iterdir() if path.suffix in OTHERS)
        found = f", but {', '.join(others[:5])}" if others else ""
        raise InputError(
            f"{where}: {folder} has no weights as safetensors ({WEIGHTS}){found}. Pickled weights"
            " are not read, since that can run code: take a revision that has safetensors, or load"
            " the model where you trust it and write it anew by save_pretrained(folder)"
        )
    tensors: dict[str, Tensor] = {}
    for path in files:
        at = f"{where}: weights: {path}"
        if wrong := foreign(path):
            raise InputError(f"{at} is not a safetensors file but {'; '.join(wrong)}")
        try:
            part = load_file(path)
        except Exception as error:  # the reader's own kinds
            raise InputError(
                f"{at} cannot be read ({first_line(error)}); copy or download it again"
            ) from error
        if again := tensors.keys() & part.keys():
            raise InputError(
                f"{at} holds {min(again)}, as another file there does; leave one set of weights"
            )
        tensors |= part
    check_numbers(tensors, {}, where, str(folder))
    return tensors
