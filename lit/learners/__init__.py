"""Learners: how the models that code a stream's blocks are obtained.

A learner is one function in a module of its own name, ``learner(net, task, start, span, training)``,
that returns bits by expert; :mod:`lit.learners.restart` says in which form.
"""

import importlib
from collections.abc import Callable


def get_learner(kind: str) -> Callable:
    """The function of a learner's name. Imported by name, so that each learner has a code digest of its own."""
    return getattr(importlib.import_module(f"lit.learners.{kind}"), kind)
