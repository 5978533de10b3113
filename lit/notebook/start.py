"""What a stream is coded from, as a notebook says it: theta0, M, or ready weights."""

import warnings
from collections.abc import Mapping
from typing import Any

from torch import nn

from lit.errors import InputError
from lit.measures.information_transfer import THETA0
from lit.notebook.arguments import Model, read_model
from lit.notebook.source import Source, describe


def read_start(start: Any, where: str) -> Source | None:
    """M, or None for theta0 and for weights that are yet to be read."""
    if isinstance(start, Source):
        return start
    if start is None or (isinstance(start, str) and start in (THETA0, "weights")):
        return None
    found = repr(start) if isinstance(start, str) else f"of type {type(start).__name__}"
    networks = isinstance(start, nn.Module) or (
        isinstance(start, list | tuple) and any(isinstance(one, nn.Module) for one in start)
    )
    own = "lit.as_source(networks, x_src, y_src, model=build), with what they were trained on"
    others = "what train_source returned, None for theta0, or 'weights' for those of the model's"
    raise InputError(f"{where}: start is {found}; write {own if networks else f'{others} entry'}")


def model_of(model: Model | None, m: Source | None, where: str) -> Mapping[str, Any]:
    """The model's entry: as written, else M's, else an mlp."""
    if model is not None or m is None:
        return read_model("mlp" if model is None else model, where)
    if m.model is None:
        raise InputError(f"{where}: M does not say which network it is; write model=...")
    return m.model


def check_weights(spec: Mapping[str, Any], start: Any, where: str) -> None:
    """Weights are M's; theta0 has none."""
    if start == "weights" and not spec.get("weights"):
        raise InputError(
            f"{where}: start is 'weights', but model has none: {describe(spec)}; write weights into"
            " its entry"
        )
    if start is None and spec.get("weights"):
        warnings.warn(
            f"{where}: start=None codes from theta0, where the weights {spec['weights']!r} of model"
            " are not used; write start='weights' for the ready network as M, or start='theta0' if"
            " this is meant",
            stacklevel=3,
        )
