"""A class of ``torchvision.datasets``: which one, made with what, from which files.

What it gives, as arrays: :mod:`lit.data.loaders.torchvision_examples`.
"""

import dataclasses
import inspect
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lit.data.loaders.imagefolder import read_folder
from lit.data.loaders.torchvision_examples import classes, examples
from lit.data.raw import RawData, errors_of, words
from lit.errors import InputError, nearest

KIND: dict[str, str] = {}
PACKAGES = ("numpy", "torchvision", "pillow")
UNPICKLED = ("LSUN", "LSUNClass")  # torchvision keeps their keys in a pickle that nothing checks
NO_TRAIN = ("OxfordIIITPet", "Places365")  # whose default split has another name
NO_CLASSES = {  # what data sets give instead of an image and its class
    "captions": "CocoCaptions SBU Flickr8k Flickr30k",
    "boxes": "CocoDetection VOCDetection WIDERFace Kitti",
    "masks": "VOCSegmentation SBDataset Cityscapes",
    "pairs of images": "LFWPairs PhotoTour",
    "videos": "MovingMNIST Kinetics HMDB51 UCF101",
    "optical flow": "KittiFlow Sintel FlyingChairs FlyingThings3D HD1K",
    "disparities": "Kitti2012Stereo Kitti2015Stereo CarlaStereo Middlebury2014Stereo CREStereo"
    " FallingThingsStereo SceneFlowStereo SintelStereo InStereo2k ETH3DStereo",
    "what functions make of files": "VisionDataset DatasetFolder",
}
OURS = ("root", "download")  # arguments that are not taken from options
FUNCTIONS = ("transform", "target_transform", "transforms", "loader", "is_valid_file")

Parameters = dict[str, inspect.Parameter]


def load(spec: Mapping[str, Any], where: str) -> RawData:
    """Read a data set of torchvision's from its own files."""
    name = spec["name"]
    root = spec.get("root") or os.environ.get("LIT_DATA") or "data"
    with errors_of(where):
        make = _class_named(name)
        if name == "ImageFolder":
            return _load_folder(spec, root)
        takes = _parameters(make)
        arguments = _arguments(make, takes, spec)
        if "root" in takes:
            arguments["root"] = root
        found = _made(make, arguments, "download" in takes)
    with errors_of(where, f"the files of {name} in root {root!r} cannot be read; get them anew"):
        _put_in_order(found)
        x, labels, notes = examples(found, spec)
        y, names, more = classes(found, labels, spec)
        return RawData(x, y, names, (*notes, *more))


def _class_named(name: str) -> Any:
    from lit.data.safe_torchvision import import_torchvision

    datasets = import_torchvision().datasets
    if name in UNPICKLED:
        raise InputError(f"name: torchvision unpickles a file of {name}; use kind: imagefolder")
    known = [n for n in datasets.__all__ if inspect.isclass(getattr(datasets, n))]
    if name not in known:
        raise InputError(f"name: torchvision has no data set {name!r}; {nearest(name, known)}")
    for what, those in NO_CLASSES.items():
        if name in those.split():
            raise InputError(f"name: {name} gives {what}, not images of one class each")
    return getattr(datasets, name)


def _load_folder(spec: Mapping[str, Any], root: str) -> RawData:
    """A user's own images, read as those of kind imagefolder are."""
    for key in ("split", "options"):
        if spec.get(key):
            raise InputError(f"{key}: ImageFolder has none; take {key} out")
    if not os.path.isdir(root):
        raise InputError(f"root: {root} is no folder; name the one that holds a folder a class")
    found = read_folder(Path(root), spec.get("size"), "white")
    hint = f"Changed files in {root} are noticed under kind: imagefolder, not here"
    return dataclasses.replace(found, notes=(*found.notes, hint))


# arguments ----------------------------------------------------------------------------------------


def _parameters(make: Any) -> Parameters:
    """What a class takes, and what it hands on to the classes that it is made from."""
    found: Parameters = {}
    for base in make.__mro__:
        if "__init__" in vars(base):
            own = list(inspect.signature(base.__init__).parameters.values())[1:]
            found = {p.name: p for p in own if p.kind is p.POSITIONAL_OR_KEYWORD} | found
            if not any(p.kind is p.VAR_KEYWORD for p in own):
                break
    return found


def _arguments(make: Any, takes: Parameters, spec: Mapping[str, Any]) -> dict[str, Any]:
    """What the class is made with, from options and split."""
    name, split = spec["name"], spec.get("split")
    options = dict(spec.get("options", {}))
    plain = [n for n in takes if n not in (*OURS, *FUNCTIONS)]
    for key in options:
        if key not in plain:
            raise InputError(f"options: {name} takes no {key!r} from here; {nearest(key, plain)}")
    if spec.get("root") and "root" not in takes:
        raise InputError(f"root: {name} reads no files; take root out")
    if split is not None:
        _check_split(name, plain, options, split)
    if "train" in takes:
        options.setdefault("train", split != "test")
    elif "split" in takes and (split or name not in NO_TRAIN):
        options.setdefault("split", split or "train")
    missing = [n for n in plain if takes[n].default is inspect.Parameter.empty and n not in options]
    if missing:
        known = f", one of {', '.join(make.splits)}" if missing == ["split"] else ""
        raise InputError(
            f"options: {name} needs {missing[0]}{known}; write options: {{{missing[0]}: ...}}"
        )
    return options


def _check_split(name: str, plain: list[str], options: Mapping[str, Any], split: str) -> None:
    """The split that the user wrote is one of the class, and options do not speak against it."""
    if "train" not in plain and "split" not in plain:
        own = f"; its options are {', '.join(plain)}" if plain else ""
        raise InputError(f"split: {name} has no splits; take split: {split} out{own}")
    if "train" in plain and split not in ("train", "test"):
        other = next((n for n in ("split", "what") if n in plain), None)
        hint = f"; write options: {{{other}: {split}}}" if other else ""
        raise InputError(f"split: {name} has train and test, not {split!r}{hint}")
    same = ("train", "what") if "train" in plain else ("split",)
    for key in options.keys() & set(same):
        raise InputError(f"split: {split}, but options have {key}: {options[key]}; take one out")


def _made(make: Any, arguments: Mapping[str, Any], downloads: bool) -> Any:
    """The class's object, whose files are downloaded where they are absent and can be."""
    failed = f"torchvision could not provide {make.__name__}"
    at = f" in root {arguments['root']!r}" if "root" in arguments else ""
    remedy = "Put its files there, or set root (or LIT_DATA) to where they are"
    try:
        return make(**arguments, **({"download": False} if downloads else {}))
    except (RuntimeError, OSError) as error:
        missing = error
    except Exception as error:
        raise InputError(f"{failed}: {_words(error)}") from error
    if not downloads:
        raise InputError(f"{failed}{at}: {_words(missing)}. {remedy}") from missing
    try:
        return make(**arguments, download=True)
    except Exception as error:
        why = f"its files are there, but: {_words(error)}. Get them anew"
        if _words(error) != _words(missing):
            why = (
                f"{_words(missing)}. It could not be downloaded either: {_words(error)}. {remedy},"
                " or run where a network is"
            )
        raise InputError(f"{failed}{at}: {why}") from error


def _words(error: Exception) -> str:
    """An error's words, without advice that is not for users of a config."""
    return words(error).split(" You can use download=True")[0].rstrip(".")


def _put_in_order(found: Any) -> None:
    """Sort by name what torchvision takes in the order of the file system, which may be any."""
    kind = type(found).__name__
    if kind == "INaturalist":
        found.index.sort()
    elif kind == "SUN397":
        pairs = sorted(zip(found._image_files, found._labels, strict=True))
        found._image_files, found._labels = map(list, zip(*pairs, strict=True))
    elif kind == "Omniglot":
        names = sorted(found._characters)
        number = {i: names.index(name) for i, name in enumerate(found._characters)}
        images = ((number[i], image) for image, i in found._flat_character_images)
        found._flat_character_images = [(image, i) for i, image in sorted(images)]
        found._characters = names
