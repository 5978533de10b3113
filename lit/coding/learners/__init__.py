"""Learners: how the models that code a stream's blocks are obtained.

A learner is one function in a module of its own name, beside its ``Options`` and ``KIND``, see
:class:`lit.study.kinds.Learner`:

    restart(net, stream, start, span, options, before) -> Coded

``net`` is the architecture, ``stream`` the streams of S seeds, ``start`` their S start states,
theta0 or M. It codes the blocks of ``span``, sending predictions by expert through
``stream.channel``; the stream's first block is coded by the start state itself, unless it learns
within blocks. Of a chain, ``before`` is what the job before left in ``Coded.after``, None at the
front of the stream; others do not look at it. A user's own is named by ``module:function`` and is
given its options as a mapping.
"""

import dataclasses
import importlib
import keyword
from collections.abc import Callable, Mapping
from typing import Any

from lit.files.user_code import import_own


def module_name(kind: str) -> str:
    """``lit.coding.learners.restart``; names that are Python's own get an underscore."""
    return f"lit.coding.learners.{kind}{'_' if keyword.iskeyword(kind) else ''}"


def get_learner(entry: Mapping[str, Any], where: str = "learners") -> tuple[Callable, Any]:
    """The function of a learner and its options, from a config's entry.

    It is imported by name, so that each learner has a code digest.

    Raises:
        InputError: an option that the learner does not have, or a factory that cannot be imported.
    """
    if entry["kind"] == "python":
        return import_own(entry, where), dict(entry.get("options", {}))
    from lit.training.options import read_options

    name = module_name(entry["kind"])
    module = importlib.import_module(name)
    options = read_options(module.Options, {k: v for k, v in entry.items() if k != "kind"})
    return getattr(module, name.rpartition(".")[2]), options


def all_options(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Every option of a learner's entry, the defaults among them."""
    if entry["kind"] == "python":
        return {"factory": entry["factory"], **entry.get("options", {})}
    return dataclasses.asdict(get_learner(entry)[1])
