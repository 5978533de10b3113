"""Digests of a user's own files and folders, and that these stay what the jobs were planned with.

Planning is repeated by every job of a cluster. So the digest of each file is kept in
``.snakemake/contents``, with the file's size, times and inode, and only a file that differs in one
of these is read again. :mod:`lit.workflow.audit` trusts none of them. Nothing depends on what is
kept: without the folder, or where it cannot be written, files are read.
"""

import contextlib
import hashlib
import json
import os
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from lit.errors import InputError
from lit.files.provenance import config_digest, file_digest

KEPT = Path(".snakemake/contents")  # where snakemake runs, and only where it has run
# What file managers and Python leave by themselves.
LITTER = {".DS_Store", "Thumbs.db", "desktop.ini", "__pycache__"}
SMALL = 2**20  # bytes; a single file up to this size is read rather than looked up
SETTLED = 2.0  # seconds; times of a file may stay the same when it is written twice within them
Entry = list[int | str]  # size, mtime_ns, ctime_ns, inode, digest


def digest(path: str | Path, trusted: bool = True) -> str:
    """Digest of a file's content; of a folder, of the names and contents of all files below it.

    Links are followed. Kept digests are believed only where ``trusted``.

    Raises:
        InputError: what may not be read.
    """
    path = Path(path)
    try:
        if path.is_dir():
            names, empty = _tree(path)
            found = _each(path, names, trusted)
            return config_digest({name: entry[-1] for name, entry in found.items()}, sorted(empty))
        if path.stat().st_size <= SMALL:
            return file_digest(path)
        return str(_each(path, [""], trusted)[""][-1])
    except OSError as error:
        raise InputError(
            f"{error.filename or path} cannot be read ({error.strerror});"
            " correct its permissions or the path"
        ) from error


@contextlib.contextmanager
def unchanged(path: str | None, planned: str | None) -> Iterator[None]:
    """Read a file or folder inside of this: it has to be the planned one before and afterwards.

    ``planned`` is its digest when the jobs were planned, None where it was not there.

    Raises:
        InputError: its content is another one.
    """
    _compare(path, planned)
    try:
        yield
    finally:  # also where reading failed, as it does of a file that is still being written
        _compare(path, planned)


def check_weights(model: Mapping[str, Any]) -> None:
    """As :func:`unchanged` does, before and after a model's weights are read."""
    if "weights_digest" in model:
        _compare(weights_of(model), model["weights_digest"])


def weights_of(model: Mapping[str, Any]) -> str | None:
    """The user's own file or folder that a model is read from; None where it is a library's."""
    folder = model["kind"] == "transformers"
    path = model.get("name" if folder else "weights")
    there = os.path.isdir if folder else os.path.isfile
    return path if path not in (None, "DEFAULT") and there(path) else None


def _compare(path: str | None, planned: str | None) -> None:
    if path is None or not os.path.exists(path):  # who reads it names what is missing
        return
    if digest(path, trusted=False) != planned:
        how = "was not there" if planned is None else "had another content"
        raise InputError(
            f"{path} {how} when the jobs were planned: it was exchanged, or is still being written."
            " Nothing was made of it; when it is whole, run the same snakemake command again"
        )


def _tree(root: str | Path) -> tuple[list[str], list[str]]:
    """Names of all files below a folder, and of folders that hold nothing: they may be classes."""
    files: list[str] = []
    empty: list[str] = []

    def refuse(error: OSError) -> None:
        raise error

    # Of each folder, the folders that it is in: a link that leads back to one is not followed.
    above = {os.fspath(root): {os.path.realpath(root)}}
    for folder, below, names in os.walk(root, followlinks=True, onerror=refuse):
        around = above.pop(folder)
        reals = {name: os.path.realpath(os.path.join(folder, name)) for name in below}
        below[:] = [n for n, real in reals.items() if real not in around and n not in LITTER]
        above |= {os.path.join(folder, name): around | {reals[name]} for name in below}
        kept = [n for n in names if n not in LITTER and os.path.isfile(os.path.join(folder, n))]
        place = os.path.relpath(folder, root)
        files += [os.path.normpath(os.path.join(place, name)) for name in kept]
        empty += [] if kept or below else [place]
    return sorted(files), empty


def _each(root: Path, names: list[str], trusted: bool) -> dict[str, Entry]:
    """What is known of each file now; what differs from what was kept is kept anew."""
    kept = _read_kept(root) if trusted else {}
    found: dict[str, Entry] = {}
    settled: dict[str, Entry] = {}
    for name in names:
        path = root / name  # of one file, the name is empty
        now = time.time_ns()
        about = path.stat()
        seen: Entry = [about.st_size, about.st_mtime_ns, about.st_ctime_ns, about.st_ino]
        before = kept.get(name)
        found[name] = before if before and before[:-1] == seen else [*seen, file_digest(path)]
        if now - max(about.st_mtime_ns, about.st_ctime_ns) > SETTLED * 1e9:
            settled[name] = found[name]
    if settled != kept:
        _keep(root, settled)
    return found


def _place(root: Path) -> Path:
    path = os.path.abspath(root).encode(errors="surrogateescape")
    return KEPT / f"{hashlib.blake2b(path, digest_size=8).hexdigest()}.json"


def _read_kept(root: Path) -> dict[str, Entry]:
    try:
        kept = json.loads(_place(root).read_text())
        return {name: entry for name, entry in kept.items() if len(entry) == 5}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}


def _keep(root: Path, entries: Mapping[str, Entry]) -> None:
    """Whole or not at all: other jobs read and write there meanwhile, and the last one wins."""
    if not KEPT.parent.is_dir():
        return
    place = _place(root)
    partial = place.with_suffix(f".{os.getpid()}.partial")
    with contextlib.suppress(OSError):
        KEPT.mkdir(exist_ok=True)
        partial.write_text(json.dumps(entries))
        os.replace(partial, place)
    with contextlib.suppress(OSError):
        partial.unlink(missing_ok=True)
