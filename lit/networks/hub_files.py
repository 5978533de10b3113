"""Folders of Hugging Face models, on disk or from the hub: the package, the folder, its config.

Nothing else in them is opened but weights as safetensors, and the tokenizer's file, to compare it
with that of the data: no code, nothing pickled, no adapters.
"""

import contextlib
import functools
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from lit.data.safe_torchvision import import_torchvision
from lit.errors import InputError
from lit.extras import import_extra

CONFIG, WEIGHTS = "config.json", "model*.safetensors"  # whole, or in parts
TOKENIZER = "tokenizer.json"


def import_transformers(where: str) -> Any:
    """The package transformers.

    Raises:
        InputError: it is not installed.
    """
    import_torchvision()  # before transformers, which imports it
    said = f"{where}: models of kind transformers need the package transformers"
    return import_extra("transformers", "text", said)


@contextlib.contextmanager
def quiet(transformers: Any) -> Iterator[None]:
    """Without the library's progress bars and reports: what matters of them is an error here."""
    said = transformers.logging
    level, bars = said.get_verbosity(), said.is_progress_bar_enabled()
    said.set_verbosity_error()
    said.disable_progress_bar()
    try:
        yield
    finally:
        said.set_verbosity(level)
        if bars:
            said.enable_progress_bar()


def folder_of(spec: Mapping[str, Any], where: str) -> Path:
    """The folder of a model's entry: a user's own, or one of the hub at a revision.

    Raises:
        InputError: there is none.
    """
    name, revision = spec["name"], spec.get("revision")
    if os.path.isdir(name):
        if revision:
            raise InputError(
                f"{where}: revision belongs to models of the hub, but {name!r} is a folder here;"
                " take it out"
            )
        return Path(name)
    if not revision:
        raise InputError(
            f"{where}: name: there is no folder {name!r} (looked in {Path.cwd()}); of a model of"
            " the Hugging Face hub, write revision: too, the commit that you mean"
        )
    return _of_hub(name, revision, where)


@functools.cache
def _of_hub(name: str, revision: str, where: str) -> Path:
    """The folder that the hub's cache keeps of a model, downloaded where it is not there."""
    from huggingface_hub import snapshot_download

    try:
        found = snapshot_download(
            name, revision=revision, allow_patterns=[CONFIG, WEIGHTS, TOKENIZER]
        )
    except Exception as error:  # of networks, of the hub, and of its cache
        raise InputError(
            f"{where}: revision {revision} of {name!r} is neither in the cache of the hub nor can"
            f" it be downloaded ({first_line(error)}); correct name and revision, or download"
            f" {CONFIG} and {WEIGHTS} into a folder and write name: with that folder"
        ) from error
    return Path(found)


def first_line(error: Exception) -> str:
    """The beginning of what a library says, which is often a page."""
    return str(error).strip().partition("\n")[0] or type(error).__name__


def read_config(transformers: Any, folder: Path, where: str) -> Any:
    """What a folder says of its network; attention is the library's own, whatever it says of that.

    Raises:
        InputError: it says nothing, or asks for what is not done here.
    """
    if not (folder / CONFIG).is_file():
        raise InputError(
            f"{where}: {folder} has no {CONFIG}; name the folder that save_pretrained wrote"
        )
    try:
        config = transformers.AutoConfig.from_pretrained(
            folder, local_files_only=True, trust_remote_code=False
        )
    except Exception as error:  # unknown networks, damaged files, code of its own
        raise InputError(
            f"{where}: {folder / CONFIG} describes no network of transformers"
            f" {transformers.__version__} ({first_line(error)}); take a model of the library's"
            " own, code that comes with models is not run"
        ) from error
    if getattr(config, "quantization_config", None):
        raise InputError(
            f"{where}: {folder} holds quantised weights; take the model as it was before"
        )
    if config.is_encoder_decoder:
        raise InputError(
            f"{where}: {folder} is an encoder with a decoder ({config.model_type}); take an"
            " encoder, or a causal model"
        )
    config._attn_implementation = None  # a config may name code that would be downloaded
    config.use_cache = False
    return config
