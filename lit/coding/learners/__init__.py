"""Learners: how the models that code a stream's blocks are obtained.

A learner is one function in a module of its own name, ``learner(net, stream, start, span, options,
before)``, beside its ``Options``. It sends predictions by expert through ``stream.channel`` and
returns a :class:`lit.coding.channel.Coded`.
"""

import importlib
import keyword
from collections.abc import Callable, Mapping
from typing import Any


def module_name(kind: str) -> str:
    """``lit.coding.learners.restart``; names that are Python's own get an underscore."""
    return (
        f"lit.coding.learners.{kind}_" if keyword.iskeyword(kind) else f"lit.coding.learners.{kind}"
    )


def get_learner(entry: Mapping[str, Any]) -> tuple[Callable, Any]:
    """The function of a learner and its options, from a config's entry. Imported by name, so that
    each has a code digest.

    Raises:
        InputError: an option that the learner does not have.
    """
    from lit.training.options import read_options

    module = importlib.import_module(module_name(entry["kind"]))
    options = read_options(module.Options, {k: v for k, v in entry.items() if k != "kind"})
    return getattr(module, module_name(entry["kind"]).rpartition(".")[2]), options
