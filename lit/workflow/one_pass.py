"""All layers of a backbone in one pass, though each is a data set with a job and a file of its own.

A job that made all files would make all again for one layer more, and then whatever is computed
from them. So the job that comes first extracts the layers of the others too, and leaves each as
the file that it has to be, beside its place; the others wait, and put it there.
"""

import contextlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from filelock import FileLock

from lit.errors import InputError
from lit.files import store
from lit.logs import log

AHEAD = ".ahead"  # suffix of a file that waits for its job


@contextlib.contextmanager
def one_at_a_time(path: Path) -> Iterator[None]:
    """Wait until no other job holds ``path``. One that is killed holds it no longer.

    Where a file system has no locks, nothing is waited for: a layer is then extracted twice.
    """
    with contextlib.ExitStack() as held:
        lock = FileLock(path, fallback_to_soft=False)
        try:
            held.enter_context(lock.acquire(blocking=False))
        except TimeoutError:
            log.info("waits for a job that passes the data through the same backbone")
            held.enter_context(lock.acquire())
        except OSError as error:
            log.info("%s: no locks here (%s)", path, error)
        yield


def take_up(path: Path, made_by: Mapping[str, Any]) -> bool:
    """Put a file in its place that an earlier job left, if it is made as this one has to be."""
    ahead = path.with_suffix(AHEAD)
    there = _is_made(ahead, made_by)
    if there:
        os.replace(ahead, path)
        log.info("%s: was extracted with another layer", path)
    return there


def is_missing(path: Path, made_by: Mapping[str, Any]) -> bool:
    """Whether a layer is neither in its place nor waits for its job."""
    lasting = {key: made_by[key] for key in ("settings", "code", "inputs")}
    return not (_is_made(path, lasting) or _is_made(path.with_suffix(AHEAD), made_by))


def _is_made(path: Path, made_by: Mapping[str, Any]) -> bool:
    try:
        said = store.attributes(path)
    except InputError:  # missing or damaged
        return False
    return all(said.get(key) == value for key, value in made_by.items())
