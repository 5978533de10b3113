"""A folder of images, one folder a class: which files it holds, and what in it is none of them."""

import os
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from lit.data.dataset import WARNING
from lit.data.images import Remarks, read_image, stack
from lit.data.raw import RawData, existing_path
from lit.errors import InputError

KIND = {"reads": "folder"}
PACKAGES = ("numpy", "pillow")
READ = {
    *(".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".bmp", ".webp", ".tif", ".tiff"),
    *(".ppm", ".pgm", ".pbm", ".pnm"),
}
NOT_READ = {  # images, films and arrays that a user may miss
    *(".gif", ".apng", ".heic", ".heif", ".avif", ".jp2", ".jxl", ".tga", ".ico", ".svg", ".psd"),
    *(".exr", ".hdr", ".pfm", ".dng", ".raw", ".cr2", ".nef", ".arw", ".eps", ".pdf", ".dcm"),
    *(".nii", ".fits", ".npy", ".npz", ".mat", ".mp4", ".avi", ".mov"),
}
HIDDEN = {"__macosx", "__pycache__", "thumbs.db", "desktop.ini", "@eadir", "$recycle.bin"}
SPLITS = {
    *("train", "training", "test", "testing", "val", "valid", "validation", "dev", "eval"),
    "holdout",
}
FIRST_BYTES = {  # of files that are called images and are something else
    b"version https://git-lfs": "it is a Git LFS pointer: run git lfs pull",
    b"<!doctype html": "it is a web page",
    b"<html": "it is a web page",
    b"gif8": "it is a GIF image",
    b"%!ps": "it is PostScript",
    b"%pdf": "it is a PDF file",
}
FTYP = {b"avif": "AVIF", b"avis": "AVIF"}  # others of this family are HEIC


@dataclass(frozen=True)
class Aside:
    """What is left out: hidden, links in a loop, in no class, in a class and no image."""

    hidden: list[Path] = field(default_factory=list)
    loops: list[Path] = field(default_factory=list)
    loose: list[Path] = field(default_factory=list)
    others: list[Path] = field(default_factory=list)


def load(spec: Mapping[str, Any], where: str) -> RawData:
    """Read a folder of images, one folder a class."""
    root = existing_path(spec, where, "folder")
    return read_folder(root, spec.get("size"), spec.get("background", "white"), where)


def read_folder(root: Path, size: int | None, background: str, where: str) -> RawData:
    """Images (N, 3, H, W) by class, those in subfolders of a class included, in the order of names.

    Raises:
        InputError: the folder is not laid out by class, or an image cannot be read.
    """
    aside = Aside()
    images = _find_images(root, aside, where)

    def pictures() -> Iterator[tuple[str, np.ndarray, Remarks]]:
        for path in (path for paths in images.values() for path in paths):
            try:
                array, remarks = read_image(path, size, background)
            except Exception as error:
                raise InputError(
                    f"{where}: {path} cannot be read as an image ({_why(path, error)});"
                    " replace or remove it, or convert it to a PNG of 8 or 16 bits"
                ) from error
            yield str(path.relative_to(root)), array, remarks

    doubts = tuple(_doubts(root, images))
    x, notes = stack(pictures(), where)
    y = np.repeat(np.arange(len(images)), [len(paths) for paths in images.values()])
    return RawData(x, y, tuple(images), (*_left_out(root, aside), *doubts, *notes))


def _find_images(root: Path, aside: Aside, where: str) -> dict[str, list[Path]]:
    """The files of each class, by its name.

    Raises:
        InputError: no classes, a class without images, or folders hardly meant as classes.
    """
    entries = _entries(root, aside, where)
    folders = [path for path in entries if path.is_dir()]
    aside.loose.extend(path for path in entries if not path.is_dir())
    _check_layout(root, folders, aside.loose, where)
    _check_names(root, [folder.name for folder in folders], where)
    images = {}
    for folder in folders:
        files = list(_files(folder, (os.path.realpath(root),), aside, where))
        images[folder.name] = [path for path in files if _suffix(path) in READ]
        aside.others.extend(path for path in files if _suffix(path) not in READ)
        if not images[folder.name]:
            holds = _by_suffix(files) or "it is empty"
            raise InputError(
                f"{where}: class folder {folder} holds no image that can be read: {holds};"
                " convert images to .png or .jpg, or remove the folder"
            )
    return images


def _entries(folder: Path, aside: Aside, where: str) -> list[Path]:
    """What a folder holds in the order of names, less what is hidden."""
    try:
        found = sorted(folder.iterdir())
    except OSError as error:
        why = error.strerror
        raise InputError(
            f"{where}: {folder} cannot be read ({why}); correct its permissions"
        ) from error
    aside.hidden.extend(path for path in found if _is_hidden(path))
    return [path for path in found if not _is_hidden(path)]


def _is_hidden(path: Path) -> bool:
    return path.name.startswith(".") or path.name.lower() in HIDDEN


def _files(folder: Path, above: tuple[str, ...], aside: Aside, where: str) -> Iterator[Path]:
    """Files of a class, in subfolders too; links are followed unless they lead back."""
    real = os.path.realpath(folder)
    if real in above:
        aside.loops.append(folder)
        return
    for path in _entries(folder, aside, where):
        if path.is_dir() and _suffix(path) not in READ:
            yield from _files(path, (*above, real), aside, where)
        else:
            yield path


def _check_layout(root: Path, folders: list[Path], loose: list[Path], where: str) -> None:
    """Classes there are, at least two of them, and not the parts of a split."""
    names = [folder.name for folder in folders]
    if not folders:
        holds = _by_suffix(loose) or "it is empty"
        here = root.absolute()
        may_be_class = any(_suffix(path) in READ for path in loose)
        parent = f", or path: {here.parent} if {here.name} is a class" if may_be_class else ""
        raise InputError(
            f"{where}: {root} holds no images by class: {holds} and no folders; expected one"
            f" folder a class, <path>/<class>/*.jpg or .png{parent}"
        )
    splits = [name for name in names if name.lower() in SPLITS]
    if len(splits) == len(names) or len(splits) > 1:
        raise InputError(
            f"{where}: {root} holds folders {_listed(splits)}, which would become the classes;"
            f" write path: {root / splits[-1]}, or rename them if they are the classes"
        )
    if len(folders) == 1:
        inside = [p.name for p in _entries(folders[0], Aside(), where) if p.is_dir()]
        deeper = f" Are {_listed(inside)} the classes? Write path: {folders[0]}" if inside else ""
        raise InputError(
            f"{where}: {root} holds one class, {names[0]}; at least 2 are needed.{deeper}"
        )


def _check_names(root: Path, names: list[str], where: str) -> None:
    """Names are text, and differ to the eye."""
    first: dict[str, str] = {}
    for name in names:
        if any(unicodedata.category(letter) == "Cs" for letter in name):
            raise InputError(
                f"{where}: {root}: class folder {name!a} is not named in UTF-8; rename it"
            )
        other = first.setdefault(_plain(name), name)
        if other != name:
            raise InputError(
                f"{where}: {root}: class folders {other!a} and {name!a} differ in blanks or in how"
                " letters are encoded; merge or rename them"
            )


def _plain(name: str) -> str:
    """A name as one sees it: without invisible letters, and in one encoding."""
    seen = (letter for letter in name if unicodedata.category(letter) not in ("Cf", "Cc"))
    return " ".join(unicodedata.normalize("NFC", "".join(seen)).split())


def _left_out(root: Path, aside: Aside) -> Iterator[str]:
    """Sentences that count and name what is left out; warnings where it may be missed."""
    wanted = READ | NOT_READ
    loose, others = aside.loose, aside.others
    groups = {
        f"{WARNING}left out, in no class's folder": [p for p in loose if _suffix(p) in wanted],
        f"{WARNING}left out, of types that are not read": [
            p for p in others if _suffix(p) in wanted
        ],
        "Left out beside the classes' folders": [p for p in loose if _suffix(p) not in wanted],
        "Left out, no images": [p for p in others if _suffix(p) not in wanted],
        "Left out, hidden": aside.hidden,
        "Left out, links that lead back to a folder above": aside.loops,
    }
    for text, paths in groups.items():
        if paths:
            yield f"{text}: {_by_suffix(paths)} ({_named(paths, root)})"


def _doubts(root: Path, images: Mapping[str, list[Path]]) -> Iterator[str]:
    """What is read as it is but may not be meant so."""
    names = list(images)
    if all(name.isdecimal() for name in names) and names != sorted(names, key=int):
        yield f"{WARNING}classes are in the order of their names as text: {_listed(names)}"
    for low, count in Counter(name.casefold() for name in names).items():
        if count > 1:
            same = [name for name in names if name.casefold() == low]
            yield f"{WARNING}class folders {_listed(same)} differ in upper case alone"
    paths = [path for each in images.values() for path in each]
    deep = [path.relative_to(root) for path in paths if path.parent.parent != root]
    if deep:
        yield f"Images in subfolders of their class: {len(deep)}, such as {deep[0]}"
    below: dict[str, set[str]] = {name: set() for name in names}
    for path in deep:
        below[path.parts[0]].add(path.parts[1])
    inside = below[names[0]]
    if len(inside) > 1 and all(others == inside for others in below.values()):
        yield (
            f"{WARNING}all class folders hold subfolders {_listed(sorted(inside))};"
            " if these are the classes, put them directly into the folder"
        )
    first: dict[tuple[int, int], Path] = {}
    there = (path for path in paths if path.is_file())
    twice = [path for path in there if first.setdefault(_file(path), path) != path]
    if twice:
        yield f"{WARNING}images that are links to others: {len(twice)} ({_named(twice, root)})"


def _file(path: Path) -> tuple[int, int]:
    """What is one for all links to a file."""
    status = path.stat()
    return status.st_dev, status.st_ino


def _suffix(path: Path) -> str:
    return path.suffix.lower()


def _by_suffix(paths: list[Path]) -> str:
    """How many files there are of each suffix: 12 .gif, 1 without suffix."""
    counts = Counter(_suffix(path) or "without suffix" for path in paths)
    return ", ".join(f"{count} {suffix}" for suffix, count in counts.most_common())


def _named(paths: list[Path], root: Path) -> str:
    return _listed([str(path.relative_to(root)) for path in paths])


def _listed(names: Sequence[str], most: int = 5) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def _why(path: Path, error: Exception) -> str:
    """What a file is that is no image, as far as its first bytes tell; else Pillow's own words."""
    try:
        with path.open("rb") as file:
            start = file.read(32)
    except OSError:
        return str(error)
    if start[4:8] == b"ftyp":
        return f"it is of type {FTYP.get(start[8:12], 'HEIC')}"
    if not start:
        return "it is empty"
    known = (what for first, what in FIRST_BYTES.items() if start.lower().startswith(first))
    return next(known, str(error))
