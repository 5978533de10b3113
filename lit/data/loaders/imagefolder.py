"""A folder of images, one folder a class: which files it holds, and what in it is none of them."""

import itertools
import os
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from lit.data.classes import visible
from lit.data.dataset import WARNING
from lit.data.folders import (
    Aside,
    by_suffix,
    files_below,
    left_out,
    listed,
    named,
    shown_in,
    suffix,
)
from lit.data.images import Remarks, read_image, stack
from lit.data.raw import RawData, errors_of, existing_path
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


def load(spec: Mapping[str, Any], where: str) -> RawData:
    """Read a folder of images, one folder a class."""
    root = existing_path(spec, where, "folder")
    with errors_of(where):
        return read_folder(root, spec.get("size"), spec.get("background", "white"))


def read_folder(root: Path, size: int | None, background: str) -> RawData:
    """Images (N, 3, H, W) by class, those in subfolders of a class included, in the order of names.

    Raises:
        InputError: the folder is not laid out by class, or an image cannot be read.
    """
    aside: Aside = defaultdict(list)
    images = _find_images(root, aside)

    def pictures() -> Iterator[tuple[str, np.ndarray, Remarks]]:
        for path in itertools.chain(*images.values()):
            try:
                array, remarks = read_image(path, size, background)
            except Exception as error:
                raise InputError(
                    f"{path} cannot be read as an image ({_why(path, error)});"
                    " replace or remove it, or convert it to a PNG of 8 or 16 bits"
                ) from error
            yield str(path.relative_to(root)), array, remarks

    doubts = tuple(_doubts(root, images))
    x, notes = stack(pictures())
    y = np.repeat(np.arange(len(images)), [len(paths) for paths in images.values()])
    return RawData(x, y, tuple(images), (*_left_out(root, aside), *doubts, *notes))


def _find_images(root: Path, aside: Aside) -> dict[str, list[Path]]:
    """The files of each class, by its name.

    Raises:
        InputError: no classes, a class without images, or folders hardly meant as classes.
    """
    entries = shown_in(root, aside)
    folders = [path for path in entries if path.is_dir()]
    aside["loose"].extend(path for path in entries if not path.is_dir())
    _check_layout(root, folders, aside["loose"])
    _check_names(root, [folder.name for folder in folders])
    images = {}
    for folder in folders:
        files = list(files_below(folder, (os.path.realpath(root),), aside, READ))
        images[folder.name] = [path for path in files if suffix(path) in READ]
        aside["others"].extend(path for path in files if suffix(path) not in READ)
        if not images[folder.name]:
            holds = by_suffix(files) or "it is empty"
            raise InputError(
                f"class folder {folder} holds no image that can be read: {holds};"
                " convert images to .png or .jpg, or remove the folder"
            )
    return images


def _check_layout(root: Path, folders: list[Path], loose: list[Path]) -> None:
    """Classes there are, at least two of them, and not the parts of a split."""
    names = [folder.name for folder in folders]
    if not folders:
        parent, here = root.absolute().parent, root.absolute().name
        is_class = any(suffix(path) in READ for path in loose)
        raise InputError(
            f"{root} holds no images by class: {by_suffix(loose) or 'it is empty'} and no folders;"
            " expected <path>/<class>/*.jpg or .png"
            + (f", or path: {parent} if {here} is a class" if is_class else "")
        )
    splits = [name for name in names if name.lower() in SPLITS]
    if len(splits) == len(names) or len(splits) > 1:
        raise InputError(
            f"{root} holds folders {listed(splits)}, which would become the classes;"
            f" write path: {root / splits[-1]}, or rename them if they are the classes"
        )
    if len(folders) == 1:
        inside = [p.name for p in shown_in(folders[0], defaultdict(list)) if p.is_dir()]
        deeper = f" Are {listed(inside)} the classes? Write path: {folders[0]}" if inside else ""
        raise InputError(f"{root} holds one class, {names[0]}; at least 2 are needed.{deeper}")


def _check_names(root: Path, names: list[str]) -> None:
    """Names are text, and differ to the eye."""
    first: dict[str, str] = {}
    for name in names:
        if any(unicodedata.category(letter) == "Cs" for letter in name):
            raise InputError(f"{root}: class folder {name!a} is not named in UTF-8; rename it")
        other = first.setdefault(_plain(name), name)
        if other != name:
            raise InputError(
                f"{root}: class folders {other!a} and {name!a} differ in blanks or in how"
                " letters are encoded; merge or rename them"
            )


def _plain(name: str) -> str:
    """A name as one sees it: without invisible letters, and in one encoding."""
    return " ".join(visible(name).split())


def _left_out(root: Path, aside: Aside) -> Iterator[str]:
    """Sentences that count and name what is left out; warnings where it may be missed."""

    def of(name: str, wanted: bool) -> list[Path]:
        return [path for path in aside[name] if (suffix(path) in READ | NOT_READ) == wanted]

    groups = {
        f"{WARNING}left out, in no class's folder": of("loose", True),
        f"{WARNING}left out, of types that are not read": of("others", True),
        "Left out beside the classes' folders": of("loose", False),
        "Left out, no images": of("others", False),
        "Left out, hidden": aside["hidden"],
        "Left out, links that lead back to a folder above": aside["loops"],
    }
    return left_out(groups, root)


def _doubts(root: Path, images: Mapping[str, list[Path]]) -> Iterator[str]:
    """What is read as it is but may not be meant so."""
    names = list(images)
    if all(name.isdecimal() for name in names) and names != sorted(names, key=int):
        yield f"{WARNING}classes are in the order of their names as text: {listed(names)}"
    paths = list(itertools.chain(*images.values()))
    deep = [path.relative_to(root) for path in paths if path.parent.parent != root]
    if deep:
        yield f"Images in subfolders of their class: {len(deep)}, such as {deep[0]}"
    below = defaultdict(set)
    for path in deep:
        below[path.parts[0]].add(path.parts[1])
    inside = below[names[0]]
    if len(inside) > 1 and all(below[name] == inside for name in names):
        yield (
            f"{WARNING}all class folders hold subfolders {listed(sorted(inside))};"
            " if these are the classes, put them directly into the folder"
        )
    first: dict[tuple[int, int], Path] = {}
    files = [(path.stat(), path) for path in paths if path.is_file()]
    twice = [path for s, path in files if first.setdefault((s.st_dev, s.st_ino), path) != path]
    if twice:
        yield f"{WARNING}images that are links to others: {len(twice)} ({named(twice, root)})"


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
