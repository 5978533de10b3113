"""What holds while a notebook's call computes: threads as in the workflow, and progress shown."""

import contextlib
import logging
import operator
import sys
from collections.abc import Iterator
from typing import Any

import torch

from lit import logs
from lit.errors import InputError


@contextlib.contextmanager
def computing(threads: Any, where: str) -> Iterator[None]:
    """Compute with so many threads, and say on stderr every ten seconds how far it is.

    Afterwards threads and logging are as they were. Several threads mostly wait for each other in
    networks as small as most are here; one is what the workflow's jobs have, too.

    Raises:
        InputError: ``threads`` is no integer from 1 on.
    """
    try:
        count = operator.index(threads)
    except TypeError:
        count = 0
    if count < 1 or isinstance(threads, bool):
        raise InputError(f"{where}: threads is {threads!r}; write an integer of at least 1")
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        with _shown():
            yield
    finally:
        torch.set_num_threads(before)


@contextlib.contextmanager
def _shown() -> Iterator[None]:
    """Progress on stderr, unless the caller's own logging has it already."""
    logs.Progress.begin()
    if logs.progress.isEnabledFor(logging.INFO):
        yield
        return
    handler, level = logging.StreamHandler(sys.stderr), logs.progress.level
    logs.progress.addHandler(handler)
    logs.progress.setLevel(logging.INFO)
    logs.progress.propagate = False
    try:
        yield
    finally:
        logs.progress.removeHandler(handler)
        logs.progress.setLevel(level)
        logs.progress.propagate = True
