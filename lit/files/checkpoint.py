"""Where a long training goes on after its job was killed, with the very bits it would have had."""

import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from lit.errors import InputError
from lit.files import store
from lit.logs import log

EVERY = float(os.environ.get("LIT_CHECKPOINT_SECONDS", "120"))  # between two savings


class Checkpoint:
    """A file beside a result: a training's finished stages, and how far the present one has come.

    It is believed only if it was made with the same settings, code, versions and device; else
    training begins anew.
    """

    def __init__(self, path: str | Path | None = None, **made_by: Any):
        """Take up the checkpoint at ``path``, if there is one; with None, nothing is saved.

        ``made_by`` are JSON-able attributes that must be the same for training to go on.
        """
        self.path = None if path is None else Path(path)
        self.made_by = made_by
        self.stage = 0
        self.prefix = ""  # of the names of the present stage's arrays
        self.saved_at = time.monotonic()
        self.arrays = self._read()

    def _read(self) -> dict[str, np.ndarray]:
        if self.path is None or not self.path.exists():
            return {}
        try:
            arrays, attributes = store.read(self.path, "checkpoint")
        except InputError as error:
            log.info("%s; training begins anew", error)
            return {}
        return arrays if attributes == self.made_by else {}

    def begin(self) -> dict[str, np.ndarray]:
        """Begin the next stage; what was saved of it, with ``done`` in it where it is finished."""
        self.stage += 1
        self.prefix = f"{self.stage}/"
        own = {n: v for n, v in self.arrays.items() if n.startswith(self.prefix)}
        saved = {name.removeprefix(self.prefix): value for name, value in own.items()}
        if saved:
            log.info("goes on from %s, stage %d", self.path, self.stage)
        return saved

    @property
    def due(self) -> bool:
        """Whether it is time to save."""
        return self.path is not None and time.monotonic() - self.saved_at >= EVERY

    def save(self, arrays: Mapping[str, np.ndarray], done: bool = False) -> None:
        """Save the present stage beside those before it.

        One that is ``done`` waits for the next saving that is due.
        """
        if self.path is None:
            return
        now = dict(arrays) | ({"done": np.array(True)} if done else {})
        before = {n: v for n, v in self.arrays.items() if not n.startswith(self.prefix)}
        self.arrays = before | {self.prefix + name: value for name, value in now.items()}
        if done and not self.due:
            return
        store.write(self.path, "checkpoint", self.arrays, **self.made_by)
        self.saved_at = time.monotonic()

    def remove(self) -> None:
        """Delete it: the result is safe."""
        if self.path is not None:
            self.path.unlink(missing_ok=True)
