"""Progress and messages of a job: to the terminal and, in the workflow, to the job's log file."""

import contextlib
import errno
import logging
import os
import sys
import time
from collections.abc import Callable, Iterator

from lit.errors import InputError

log = logging.getLogger("lit")
progress = logging.getLogger("lit.progress")  # of its own, so that a notebook can show it alone
EVERY = 10.0  # seconds between two reports
SETTLED = 1.0  # seconds of a loop, before which its pace says little
REMEDIES = {
    errno.ENOSPC: "make room there",
    errno.EDQUOT: "make room there",
    errno.EROFS: "make the folder writable",
    errno.EACCES: "see that you may read and write there",
}


class Progress:
    """Says every few seconds how far a loop has come: steps, loss and time left.

    Loops share the clock, so that many short ones one after the other are not silent.
    """

    _said = time.monotonic()

    def __init__(self, what: str):
        self.what = what
        self.began = time.monotonic()

    @staticmethod
    def begin() -> None:
        """Say nothing in the next few seconds: what ends by then needs no report."""
        Progress._said = time.monotonic()

    def step(self, done: int, total: int, figures: Callable[[], dict[str, float]] = dict) -> None:
        """Report ``done`` of at most ``total`` steps or examples, unless the last report is recent.

        ``figures`` is only called for a report, so that it may wait for a GPU.
        """
        now = time.monotonic()
        if done >= total:  # the end says itself
            return
        if now - Progress._said < EVERY or now - self.began < SETTLED:
            return
        Progress._said = now
        left = (now - self.began) / done * (total - done)
        named = {name.replace("_", " "): value for name, value in figures().items()}
        shown = "".join(f", {name} {value:.4g}" for name, value in named.items())
        progress.info(
            "%s: %d of at most %d%s, at most %.0f s left", self.what, done, total, shown, left
        )


@contextlib.contextmanager
def job(path: str | None = None) -> Iterator[None]:
    """Log to the terminal and to ``path``.

    An InputError, or a full disk, ends the process with its message and exit status 1.
    """
    try:
        handlers: list[logging.Handler] = [logging.StreamHandler(sys.stderr)]
        if path:
            handlers.append(logging.FileHandler(path, mode="w"))
        logging.basicConfig(level=logging.INFO, format="%(message)s", handlers=handlers, force=True)
        logging.captureWarnings(True)
        Progress.begin()
        yield
    except InputError as error:
        log.error("Error: %s", error)
        sys.exit(1)
    except OSError as error:
        if error.errno not in REMEDIES:
            log.exception("Unexpected error")
            raise
        what = f"{error.filename or 'a result'}: {os.strerror(error.errno)}"
        log.error("Error: %s; %s and run the same command again", what, REMEDIES[error.errno])
        sys.exit(1)
    except Exception:
        log.exception("Unexpected error")
        raise
