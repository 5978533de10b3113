"""A folder of images, one folder a class: which files it holds, and what in it is none of them."""

import os
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lit.errors import InputError
from lit.images import Remarks, read_image, stack

READ = {
    *(".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".bmp", ".webp", ".tif", ".tiff"),
    *(".ppm", ".pgm", ".pbm", ".pnm"),
}
NOT_READ = {  # images, films and arrays that a user may miss
    *(".gif", ".apng", ".heic", ".heif", ".avif", ".jp2", ".jxl", ".tga", ".ico", ".svg", ".psd"),
    *(".exr", ".hdr", ".pfm", ".dng", ".raw", ".cr2", ".nef", ".arw", ".eps", ".pdf", ".dcm", ".nii"),
    *(".fits", ".npy", ".npz", ".mat", ".mp4", ".avi", ".mov"),
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
    b"gif8": "it is a GIF image: convert it to PNG",
    b"%!ps": "it is PostScript: convert it to PNG",
    b"%pdf": "it is a PDF file: convert it to PNG",
    b"": "it is empty",
}
FTYP = {b"avif": "AVIF", b"avis": "AVIF"}  # others of this family are HEIC


@dataclass(frozen=True)
class Scan:
    """What a folder holds.

    Attributes:
        images: Each image's file, and the number of its class.
        names: Names of the classes.
        notes: What was left out, a sentence each.
    """

    images: list[tuple[Path, int]]
    names: tuple[str, ...]
    notes: tuple[str, ...]


def read_folder(root: Path, size: int | None, background: str, where: str) -> tuple[np.ndarray, Scan, tuple[str, ...]]:
    """x (N, 3, H, W) of a folder's images, what the folder holds, and what was done to the images.

    Raises:
        InputError: the folder is not laid out by class, or an image cannot be read.
    """
    found = scan(root, where)

    def pictures() -> Iterator[tuple[str, np.ndarray, Remarks]]:
        for path, _ in found.images:
            try:
                array, remarks = read_image(path, size, background)
            except Exception as error:
                raise InputError(
                    f"{where}: {path} cannot be read as an image ({_why(path, error)}); replace or remove it"
                ) from error
            yield str(path.relative_to(root)), array, remarks

    x, notes = stack(pictures(), where)
    return x, found, notes


def scan(root: Path, where: str) -> Scan:
    """Images by class, those in subfolders of a class included; the order is that of names.

    Raises:
        InputError: no classes, a class without images, or folders that can hardly be meant as classes.
    """
    aside: dict[str, list[Path]] = defaultdict(list)  # what is left out, by why
    entries = _entries(root, aside, where)
    folders = [path for path in entries if path.is_dir()]
    aside["loose"] = [path for path in entries if not path.is_dir()]
    _check_layout(root, folders, aside["loose"], where)
    images = []
    for number, folder in enumerate(folders):
        files = list(_files(folder, (os.path.realpath(root),), aside, where))
        chosen = [path for path in files if _suffix(path) in READ]
        aside["others"] += [path for path in files if _suffix(path) not in READ]
        if not chosen:
            raise InputError(
                f"{where}: class folder {folder} holds no image that can be read:"
                f" {_by_suffix(files) or 'it is empty'}; convert images to .png or .jpg, or remove the folder"
            )
        images += [(path, number) for path in chosen]
    notes = (*_left_out(root, aside), *_doubts(root, folders, [path for path, _ in images]))
    return Scan(images, tuple(folder.name for folder in folders), notes)


def _entries(folder: Path, aside: dict[str, list[Path]], where: str) -> list[Path]:
    """What a folder holds in the order of names, less what is hidden."""
    try:
        found = sorted(folder.iterdir())
    except OSError as error:
        raise InputError(f"{where}: {folder} cannot be read ({error.strerror}); correct its permissions") from error
    aside["hidden"] += [path for path in found if _is_hidden(path)]
    return [path for path in found if not _is_hidden(path)]


def _is_hidden(path: Path) -> bool:
    return path.name.startswith(".") or path.name.lower() in HIDDEN


def _files(folder: Path, above: tuple[str, ...], aside: dict[str, list[Path]], where: str) -> Iterator[Path]:
    """Files of a class, in subfolders too; links are followed unless they lead back."""
    real = os.path.realpath(folder)
    if real in above:
        aside["loops"].append(folder)
        return
    for path in _entries(folder, aside, where):
        if path.is_dir() and _suffix(path) not in READ:
            yield from _files(path, (*above, real), aside, where)
        else:
            yield path


def _check_layout(root: Path, folders: list[Path], loose: list[Path], where: str) -> None:
    names = [folder.name for folder in folders]
    if not folders:
        pictures = [path for path in loose if _suffix(path) in READ]
        parent = f", or path: {root.absolute().parent} if {root.absolute().name} is a class" if pictures else ""
        raise InputError(
            f"{where}: {root} holds no images by class: {_by_suffix(loose) or 'it is empty'} and no folders;"
            f" expected one folder a class, <path>/<class>/*.jpg or .png{parent}"
        )
    splits = [name for name in names if name.lower() in SPLITS]
    if len(splits) == len(names) or len(splits) > 1:
        raise InputError(
            f"{where}: {root} holds folders {_listed(splits)}, which would become the classes;"
            f" write path: {root / splits[0]}, or rename them if they are the classes"
        )
    if len(folders) == 1:
        inside = sorted(path.name for path in folders[0].iterdir() if path.is_dir())
        hint = f" It holds folders {_listed(inside)}: write path: {folders[0]} if these are the classes" if inside else ""
        raise InputError(f"{where}: {root} holds one class, {names[0]}; at least 2 are needed.{hint}")
    alike: dict[str, str] = {}
    for name in names:
        if not _is_text(name):
            raise InputError(f"{where}: {root}: the name of class folder {name!r} is no UTF-8 text; rename it")
        first = alike.setdefault(_plain(name), name)
        if first != name:
            raise InputError(
                f"{where}: {root}: class folders {first!a} and {name!a} differ in blanks or in"
                " how letters are encoded; merge or rename them"
            )


def _is_text(name: str) -> bool:
    return not any(unicodedata.category(letter) == "Cs" for letter in name)


def _plain(name: str) -> str:
    """A name as one reads it: without letters that are not seen, or differences in their encoding."""
    seen = "".join(letter for letter in name if unicodedata.category(letter) not in ("Cf", "Cc"))
    return " ".join(unicodedata.normalize("NFC", seen).split())


def _left_out(root: Path, aside: dict[str, list[Path]]) -> list[str]:
    loose, others = aside["loose"], aside["others"]
    images = [path for path in loose if _suffix(path) in READ | NOT_READ]
    missed = [path for path in others if _suffix(path) in NOT_READ]
    rest = [path for path in others if path not in set(missed)]
    said = {
        "Warning: {n} images in no class's folder were left out: {them}": images,
        "Warning: {n} files ({kinds}) that may be images are of types that are not read and were left out: {them};"
        " convert them to .png": missed,
        "{n} files beside the classes' folders were left out: {them}": [p for p in loose if p not in set(images)],
        "{n} other files ({kinds}) were left out: {them}": rest,
        "{n} hidden files or folders were left out: {them}": aside["hidden"],
        "{n} links that lead back to a folder above them were not followed: {them}": aside["loops"],
    }
    return [
        text.format(n=len(paths), kinds=_by_suffix(paths), them=_listed([str(p.relative_to(root)) for p in paths]))
        for text, paths in said.items()
        if paths
    ]


def _doubts(root: Path, folders: list[Path], images: list[Path]) -> Iterator[str]:
    """What is read as it is but may not be meant so."""
    names = [folder.name for folder in folders]
    if all(name.isdecimal() for name in names) and names != sorted(names, key=int):
        yield f"Warning: classes are numbered in the order of their folders' names as text: {_listed(names)}"
    for name, count in Counter(name.casefold() for name in names).items():
        if count > 1:
            same = [other for other in names if other.casefold() == name]
            yield f"Warning: class folders {_listed(same)} differ in upper case alone"
    deep = [path for path in images if len(path.relative_to(root).parts) > 2]
    if deep:
        yield f"{len(deep)} images lie in subfolders of their class, such as {deep[0].relative_to(root)}"
    below = [{path.relative_to(root).parts[1] for path in deep if path.relative_to(root).parts[0] == n} for n in names]
    if len(below[0]) > 1 and all(inside == below[0] for inside in below):
        yield (
            f"Warning: all class folders hold the same subfolders, {_listed(sorted(below[0]))};"
            " if these are the classes, put them directly into the folder"
        )
    first: dict[tuple[int, int], Path] = {}
    twice = []
    for path in images:
        status = os.stat(path) if path.is_file() else None
        if status and first.setdefault((status.st_dev, status.st_ino), path) != path:
            twice.append(path)
    if twice:
        yield f"Warning: {len(twice)} images are links to others of these: {_listed([str(p.relative_to(root)) for p in twice])}"


def _suffix(path: Path) -> str:
    return path.suffix.lower()


def _by_suffix(paths: list[Path]) -> str:
    """How many files there are of each suffix: 12 .gif, 1 without suffix."""
    counts = Counter(_suffix(path) or "without suffix" for path in paths)
    return ", ".join(f"{count} {suffix}" for suffix, count in counts.most_common())


def _listed(names: list[str], most: int = 5) -> str:
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
        return f"it is an image of type {FTYP.get(start[8:12], 'HEIC')}: convert it to PNG"
    for known, what in FIRST_BYTES.items():
        if start.lower().startswith(known) and (known or not start):
            return what
    return str(error)
