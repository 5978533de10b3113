"""What a user's folder holds: files in the order of their names, and which of them are left out."""

import os
from collections import Counter, defaultdict
from collections.abc import Container, Iterator, Sequence
from pathlib import Path

from lit.errors import InputError

HIDDEN = {"__macosx", "__pycache__", "thumbs.db", "desktop.ini", "@eadir", "$recycle.bin"}
# What is left out: hidden, loops (links that lead back), and what a loader adds by names of its own
# (loose: of images in no class's folder; others: of types that it does not read).
Aside = defaultdict[str, list[Path]]


def shown_in(folder: Path, aside: Aside) -> list[Path]:
    """What a folder holds in the order of names, less what is hidden."""
    try:
        found = sorted(folder.iterdir())
    except OSError as error:
        raise InputError(
            f"{folder} cannot be read ({error.strerror}); correct its permissions"
        ) from error
    shown: list[Path] = []
    for path in found:
        hidden = path.name.startswith(".") or path.name.lower() in HIDDEN
        (aside["hidden"] if hidden else shown).append(path)
    return shown


def files_below(
    folder: Path, above: tuple[str, ...], aside: Aside, whole: Container[str] = ()
) -> Iterator[Path]:
    """Files of a folder, in subfolders too; links are followed unless they lead back.

    Args:
        folder: Where to look.
        above: Real paths of the folders that it is in.
        aside: Gets what is left out.
        whole: Suffixes of what is not looked into, even where it is a folder.
    """
    real = os.path.realpath(folder)
    if real in above:
        aside["loops"].append(folder)
        return
    for path in shown_in(folder, aside):
        if path.is_dir() and suffix(path) not in whole:
            yield from files_below(path, (*above, real), aside, whole)
        else:
            yield path


def left_out(groups: dict[str, list[Path]], root: Path) -> Iterator[str]:
    """Sentences that count and name what is left out, by how each begins."""
    for text, paths in groups.items():
        if paths:
            yield f"{text}: {by_suffix(paths)} ({named(paths, root)})"


def suffix(path: Path) -> str:
    """What a file's name ends with, in lower case."""
    return path.suffix.lower()


def by_suffix(paths: list[Path]) -> str:
    """How many files there are of each suffix: 12 .gif, 1 without suffix."""
    counts = Counter(suffix(path) or "without suffix" for path in paths)
    return ", ".join(f"{count} {which}" for which, count in counts.most_common())


def named(paths: list[Path], root: Path) -> str:
    """The first paths, as they are called from ``root``."""
    return listed([str(path.relative_to(root)) for path in paths])


def listed(names: Sequence[str]) -> str:
    """The first names, and how many more there are."""
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
