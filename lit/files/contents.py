"""What a user's own files hold: digests of files and folders by content, and that they stay as they were planned with.

Planning is repeated by every job of a cluster. So the digest of each file is kept in ``.snakemake/contents``, with the
file's size, times and inode, and only a file that differs in one of these is read again. :mod:`lit.workflow.audit` trusts none
of them. Nothing depends on what is kept: without the folder, or where it cannot be written, files are read.
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

KEPT = Path(
    ".snakemake/contents"
)  # below the folder that snakemake runs in, and only where it has run
LITTER = {
    ".DS_Store",
    "Thumbs.db",
    "desktop.ini",
    "__pycache__",
}  # what file managers and Python leave by themselves
SMALL = 2**20  # bytes; a single file up to this size is read rather than looked up
SETTLED = 2.0  # seconds; of a file that was just written, times may stay as they are when it is written again
Entry = list[int | str]  # size, mtime_ns, ctime_ns, inode, digest


def digest(path: str | Path, trusted: bool = True) -> str:
    """Digest of a file's content; of a folder, of its files' names and contents, those of folders below it as well.

    Args:
        path: File or folder; links are followed.
        trusted: Whether digests that were kept are taken for files whose size, times and inode are the same.

    Raises:
        InputError: what may not be read.
    """
    try:
        if not os.path.isdir(path):
            return _of_file(Path(path), trusted)
        names, empty = _tree(path)
        found = _each(Path(path), names, trusted)
        return config_digest({name: entry[-1] for name, entry in found.items()}, sorted(empty))
    except OSError as error:
        where, why = error.filename or path, error.strerror
        raise InputError(
            f"{where} cannot be read ({why}); correct its permissions or the path"
        ) from error


@contextlib.contextmanager
def unchanged(path: str | None, planned: str | None) -> Iterator[None]:
    """Read a file or folder inside of this: it has to be the planned one before, and still afterwards.

    Args:
        path: What is read; None where there is nothing to compare.
        planned: Its digest when the jobs were planned; None where it was not there.

    Raises:
        InputError: its content is another one.
    """
    _compare(path, planned)
    try:
        yield
    except Exception:
        _compare(
            path, planned
        )  # a file that is being written cannot be read: say that, not how reading failed
        raise
    _compare(path, planned)


def _compare(path: str | None, planned: str | None) -> None:
    if path is None or not os.path.exists(path):  # who reads it names what is missing
        return
    if digest(path, trusted=False) != planned:
        how = "was not there" if planned is None else "had another content"
        raise InputError(
            f"{path} {how} when the jobs were planned: it was exchanged meanwhile, or is still being written. Nothing"
            " was made of it; when it is whole, run the same snakemake command again, which plans with what it holds then"
        )


def check_weights(model: Mapping[str, Any]) -> None:
    """Before and after a model's weights are read: their file, where they are one, is the planned one.

    Raises:
        InputError: as :func:`unchanged`.
    """
    if "weights_digest" in model:
        _compare(model["weights"], model["weights_digest"])


def _of_file(path: Path, trusted: bool) -> str:
    if path.stat().st_size <= SMALL:
        return file_digest(path)
    return str(_each(path, [""], trusted)[""][-1])


def _tree(root: str | Path) -> tuple[list[str], list[str]]:
    """Names of all files below a folder, and of the folders that hold nothing, which may be classes."""
    files: list[str] = []
    empty: list[str] = []

    def refuse(error: OSError) -> None:
        raise error

    above = {
        os.fspath(root): {os.path.realpath(root)}
    }  # of each folder, what it lies in: a link in a circle ends there
    for folder, below, names in os.walk(root, followlinks=True, onerror=refuse):
        around = above.pop(folder)
        inside = {os.path.join(folder, name): name for name in below}
        reals = {path: os.path.realpath(path) for path in inside}
        below[:] = [
            name
            for path, name in inside.items()
            if reals[path] not in around and name not in LITTER
        ]
        above |= {path: around | {real} for path, real in reals.items() if real not in around}
        kept = [
            name
            for name in names
            if name not in LITTER and os.path.isfile(os.path.join(folder, name))
        ]
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
        path = root / name if name else root
        now, about = time.time_ns(), path.stat()
        seen: Entry = [about.st_size, about.st_mtime_ns, about.st_ctime_ns, about.st_ino]
        before = kept.get(name)
        found[name] = before if before and before[:-1] == seen else [*seen, file_digest(path)]
        if now - max(about.st_mtime_ns, about.st_ctime_ns) > SETTLED * 1e9:
            settled[name] = found[name]
    if settled != kept:
        _keep(root, settled)
    return found


def _place(root: Path) -> Path:
    name = hashlib.blake2b(
        os.path.abspath(root).encode(errors="surrogateescape"), digest_size=8
    ).hexdigest()
    return KEPT / f"{name}.json"


def _read_kept(root: Path) -> dict[str, Entry]:
    try:
        kept = json.loads(_place(root).read_text())
        return {name: entry for name, entry in kept.items() if len(entry) == 5}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}


def _keep(root: Path, entries: Mapping[str, Entry]) -> None:
    """Whole or not at all: other jobs read and write there at the same time, and the last one wins."""
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
