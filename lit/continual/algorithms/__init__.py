"""Continual learning: a network that is trained on one task after another.

An algorithm is one function in a module of its own name, beside its ``Options``,

    ewc(net, start, lesson, carried, options) -> (state, carried)

It trains S models, one a seed, on a task from the state ``start`` after the task before, and hands
on what it wants to be given at the next one: tensors (S, ...) by name, empty at first. A user's own
is named by ``module:function`` and is given its options as a mapping. What all of them have in
common is in :mod:`lit.continual.lesson`; what a user's own needs of it can be imported from here.
"""

import importlib
from collections.abc import Callable, Mapping
from typing import Any

from lit.continual.lesson import Carried, Lesson, Options, begin, train
from lit.files.user_code import import_own
from lit.training.options import read_options
from lit.training.stack import Hooks

__all__ = ["Carried", "Hooks", "Lesson", "Options", "begin", "get_algorithm", "train"]


def get_algorithm(entry: Mapping[str, Any], where: str = "algorithms") -> tuple[Callable, Any]:
    """The function of an algorithm and its options, from a config's entry.

    Raises:
        InputError: an option that it does not have, or a factory that cannot be imported.
    """
    if entry["kind"] == "python":
        return import_own(entry, where), dict(entry.get("options", {}))
    module = importlib.import_module(f"lit.continual.algorithms.{entry['kind']}")
    options = {name: value for name, value in entry.items() if name != "kind"}
    return getattr(module, entry["kind"]), read_options(module.Options, options)
