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
REMEDIES = {
    errno.ENOSPC: "make room there",
    errno.EDQUOT: "make room there",
    errno.EROFS: "make the folder writable",
    errno.EACCES: "see that you may read and write there",
}


class Progress:
    """Says every few seconds how far a loop has come: steps, loss and time left."""

    def __init__(self, what: str, every: float = 10.0):
        self.what, self.every = what, every
        self.began = self.said = time.monotonic()

    def step(self, done: int, total: int, figures: Callable[[], dict[str, float]] = dict) -> None:
        """Report ``done`` of at most ``total`` (steps, examples), if the last report is long enough ago.

        ``figures`` is only called for a report, so that it may wait for a GPU.
        """
        now = time.monotonic()
        if now - self.said < self.every:
            return
        self.said = now
        left = (now - self.began) / done * (total - done)
        shown = "".join(
            f", {name.replace('_', ' ')} {value:.4g}" for name, value in figures().items()
        )
        log.info("%s: %d of at most %d%s, at most %.0f s left", self.what, done, total, shown, left)


@contextlib.contextmanager
def job(path: str | None = None) -> Iterator[None]:
    """Log to the terminal and to ``path``; turn an InputError, or a full disk, into its message and exit status 1."""
    try:
        handlers: list[logging.Handler] = [logging.StreamHandler(sys.stderr)]
        if path:
            handlers.append(logging.FileHandler(path, mode="w"))
        logging.basicConfig(level=logging.INFO, format="%(message)s", handlers=handlers, force=True)
        logging.captureWarnings(True)
        yield
    except InputError as error:
        log.error("Error: %s", error)
        sys.exit(1)
    except OSError as error:
        if error.errno not in REMEDIES:
            log.exception("Unexpected error")
            raise
        why, remedy = os.strerror(error.errno), REMEDIES[error.errno]
        log.error(
            "Error: %s: %s; %s and run the same command again",
            error.filename or "a result",
            why,
            remedy,
        )
        sys.exit(1)
    except Exception:
        log.exception("Unexpected error")
        raise
