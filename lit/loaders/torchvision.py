"""A class of ``torchvision.datasets``: what it gives for each i, as arrays."""

import inspect
import operator
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from lit.errors import InputError, nearest
from lit.folders import read_folder
from lit.images import Remarks, pixels, stack
from lit.loaders.loaded import Loaded

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


def load(spec: Mapping[str, Any], where: str) -> Loaded:
    name = spec["name"]
    make = _class_named(name, where)
    root = spec.get("root") or os.environ.get("LIT_DATA") or "data"
    if name == "ImageFolder":
        return _load_folder(spec, root, where)
    takes = _parameters(make)
    arguments = _arguments(make, takes, spec, where)
    if "root" in takes:
        arguments["root"] = root
    found = _made(make, arguments, "download" in takes, where)
    try:
        _put_in_order(found)
        x, labels, notes = _examples(found, spec, where)
        y, names, more = _classes(found, labels, spec, where)
    except InputError:
        raise
    except Exception as error:
        raise InputError(f"{where}: the files of {name} in root {root!r} cannot be read: {error}") from error
    return Loaded(x, y, names, (*notes, *more))


def _class_named(name: str, where: str) -> Any:
    from lit.vision import import_torchvision

    datasets = import_torchvision().datasets
    if name in UNPICKLED:
        raise InputError(f"{where}: name: to read {name} torchvision unpickles a file; use kind: imagefolder")
    known = [n for n in datasets.__all__ if inspect.isclass(getattr(datasets, n))]
    if name not in known:
        raise InputError(f"{where}: name: torchvision has no data set {name!r}; {nearest(name, known)}")
    for what, those in NO_CLASSES.items():
        if name in those.split():
            raise InputError(f"{where}: name: {name} gives {what}, not images of one class each; take another data set")
    return getattr(datasets, name)


def _load_folder(spec: Mapping[str, Any], root: str, where: str) -> Loaded:
    """A user's own images, read as those of kind imagefolder are."""
    for key in ("split", "options"):
        if spec.get(key):
            raise InputError(f"{where}: {key}: ImageFolder has none; set root: to the folder of the classes' folders")
    if not os.path.isdir(root):
        raise InputError(f"{where}: root: {root} is no folder; set it to the one that holds a folder a class")
    x, found, notes = read_folder(Path(root), spec.get("size"), "white", where)
    hint = f"Changed files in {root} are noticed under kind: imagefolder, not here"
    y = np.array([label for _, label in found.images])
    return Loaded(x, y, found.names, (*found.notes, *notes, hint))


# arguments ----------------------------------------------------------------------------------------


def _parameters(make: Any) -> dict[str, inspect.Parameter]:
    """What a class takes, and what it hands on to the classes that it is made from."""
    found: dict[str, inspect.Parameter] = {}
    for base in make.__mro__:
        if "__init__" in vars(base):
            own = list(inspect.signature(base.__init__).parameters.values())[1:]
            found = {p.name: p for p in own if p.kind is p.POSITIONAL_OR_KEYWORD} | found
            if not any(p.kind is p.VAR_KEYWORD for p in own):
                break
    return found


def _arguments(make: Any, takes: Mapping[str, inspect.Parameter], spec: Mapping[str, Any], where: str) -> dict[str, Any]:
    """What the class is made with, from options and split."""
    name, options, split = spec["name"], dict(spec.get("options", {})), spec.get("split")
    plain = [n for n in takes if n not in (*OURS, *FUNCTIONS)]
    for key in options:
        if key not in plain:
            raise InputError(f"{where}: options: {name} takes no {key!r} from here; {nearest(key, plain)}")
    if spec.get("root") and "root" not in takes:
        raise InputError(f"{where}: root: {name} reads no files; take root out")
    if split is not None:
        _check_split(name, plain, options, split, where)
    if "train" in takes:
        options.setdefault("train", split != "test")
    elif "split" in takes and (split or name not in NO_TRAIN):
        options.setdefault("split", split or "train")
    missing = [n for n in plain if takes[n].default is inspect.Parameter.empty and n not in options]
    if missing:
        known = f", one of {', '.join(make.splits)}" if missing == ["split"] else ""
        raise InputError(f"{where}: options: {name} needs {missing[0]}{known}; write options: {{{missing[0]}: ...}}")
    return options


def _check_split(name: str, plain: list[str], options: Mapping[str, Any], split: str, where: str) -> None:
    """The split that the user wrote is one of the class, and options do not speak against it."""
    if "train" not in plain and "split" not in plain:
        own = f"; its options are {', '.join(plain)}" if plain else ""
        raise InputError(f"{where}: split: {name} has no splits; take split: {split} out{own}")
    if "train" in plain and split not in ("train", "test"):
        other = next((f"; write options: {{{n}: {split}}}" for n in ("split", "what") if n in plain), "")
        raise InputError(f"{where}: split: {name} has train and test, not {split!r}{other}")
    twice = [n for n in (("train", "what") if "train" in plain else ("split",)) if n in options]
    if twice:
        raise InputError(f"{where}: split: {split}, but options have {twice[0]}: {options[twice[0]]}; take one of the two out")


def _made(make: Any, arguments: Mapping[str, Any], downloads: bool, where: str) -> Any:
    """The class's object, whose files are downloaded where they are absent and can be."""
    failed = f"{where}: torchvision could not provide {make.__name__}"
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
        if _words(error) == _words(missing):
            raise InputError(f"{failed}{at}: its files are there, but: {_words(error)}. Get them anew") from error
        raise InputError(
            f"{failed}{at}: {_words(missing)}. It could not be downloaded either: {_words(error)}."
            f" {remedy}, or run where a network is"
        ) from error


def _words(error: Exception) -> str:
    """An error's words on one line, without advice that is not for users of a config."""
    words = " ".join(str(error).split()) or type(error).__name__
    return words.split(" You can use download=True")[0].rstrip(".")


# examples -----------------------------------------------------------------------------------------


def _put_in_order(found: Any) -> None:
    """Sort by name what torchvision takes in the order of the file system, which differs by machine."""
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


def _examples(found: Any, spec: Mapping[str, Any], where: str) -> tuple[np.ndarray, Any, tuple[str, ...]]:
    """x (N, channels, H, W), the labels as the class gives them, and notes on the images."""
    if not len(found):
        raise InputError(f"{where}: {spec['name']} holds no examples here; see its files, split and options")
    _check_example(found[0], spec["name"], where)
    size = spec.get("size")
    x = _own_images(found)
    if x is not None:
        return x if size is None else _resized(x, size), _own_labels(found), ()
    labels: list[Any] = []

    def pictures() -> Iterator[tuple[str, np.ndarray, Remarks]]:
        for i in range(len(found)):
            image, label = found[i]
            labels.append(label)
            yield f"image {i}", *pixels(image, size, "white")

    x, notes = stack(pictures(), where)
    return x, labels, notes


def _check_example(example: Any, name: str, where: str) -> None:
    if not isinstance(example, tuple) or len(example) != 2 or not hasattr(example[0], "getbands"):
        raise InputError(f"{where}: {name} gives no pairs of an image and its class; take another data set")
    label = example[1]
    if label is None:
        raise InputError(f"{where}: {name} has no labels in this split; take another split")
    try:
        operator.index(label)
    except (TypeError, ValueError, RuntimeError) as error:
        raise InputError(
            f"{where}: {name} gives {type(label).__name__} where the number of a class belongs;"
            " take another target in options, or another data set"
        ) from error


def _ends(found: Any) -> set[int]:
    """Examples that are looked at, for all."""
    return {0, len(found) // 2, len(found) - 1}


def _own_images(found: Any) -> np.ndarray | None:
    """The class's own array as x (N, channels, H, W), if that is what it gives one by one."""
    x: Any = getattr(found, "data", None)
    if not hasattr(x, "dtype") or len(x) != len(found):
        return None
    x = np.asarray(x)
    if x.dtype != np.uint8 or x.ndim not in (3, 4):
        return None
    x = x[:, None] if x.ndim == 3 else x.transpose(0, 3, 1, 2) if x.shape[-1] == 3 else x
    given = {i: np.atleast_3d(np.asarray(found[i][0])).transpose(2, 0, 1) for i in _ends(found)}
    return x if all(np.array_equal(x[i], image) for i, image in given.items()) else None


def _own_labels(found: Any) -> Any:
    """The class's own labels, if they are those that it gives one by one; else these."""
    y = next((getattr(found, n) for n in ("targets", "labels", "_labels") if hasattr(found, n)), None)
    y = np.asarray(y)
    if y.shape == (len(found),) and all(y[i] == found[i][1] for i in _ends(found)):
        return y
    return [found[i][1] for i in range(len(found))]


def _resized(x: np.ndarray, size: int) -> np.ndarray:
    """(N, channels, size, size) uint8, resized as images are."""
    from PIL import Image

    if x.shape[2:] == (size, size):
        return x
    resized = np.empty((*x.shape[:2], size, size), np.uint8)
    for i, channels in enumerate(x):
        for j, channel in enumerate(channels):
            image = Image.fromarray(np.ascontiguousarray(channel))
            resized[i, j] = image.resize((size, size), Image.Resampling.BILINEAR)
    return resized


# classes ------------------------------------------------------------------------------------------


def _classes(
    found: Any, labels: Any, spec: Mapping[str, Any], where: str
) -> tuple[np.ndarray, tuple[str, ...] | None, tuple[str, ...]]:
    """Labels 0..C-1, the names of the C classes where they are known, and a note where labels were renumbered."""
    if any(label is None for label in labels):
        raise InputError(f"{where}: {sum(label is None for label in labels)} examples of {spec['name']} have no label")
    y = np.array([operator.index(label) for label in labels])
    if y.min() < 0:
        raise InputError(
            f"{where}: {(y < 0).sum()} of {len(y)} examples of {spec['name']} have no label ({y.min()}); take another split"
        )
    names = _names(found, spec)
    if names is None or y.max() >= len(names):
        names, known = None, np.unique(y)
        if spec.get("classes") is not None or len(known) == known[-1] + 1:
            return y, None, ()
    else:
        known = np.array([i for i, name in enumerate(names) if name != "N/A" or i in y])
        if len(known) == len(names):
            return y, names, ()
    names = tuple(names[i] if names else str(i) for i in known)
    note = f"Labels {_listed(known)} of {spec['name']} are classes 0..{len(known) - 1}"
    return np.searchsorted(known, y), names, (note,)


def _listed(numbers: np.ndarray) -> str:
    first, last = numbers[0], numbers[-1]
    gaps = len(numbers) < last - first + 1
    return f"{first}..{last}" + (", with gaps," if gaps else "")


def _names(found: Any, spec: Mapping[str, Any]) -> tuple[str, ...] | None:
    """What the class calls its classes 0, 1, ...; names that occur twice get their number."""
    if {"target_type", "target_types"} & spec.get("options", {}).keys():
        return None  # the names may be those of another target
    lists = ("classes", "categories", "_characters", "all_categories")
    names = next((list(getattr(found, n)) for n in lists if hasattr(found, n)), None)
    numbers = getattr(found, "class_to_idx", {})
    if names is None and sorted(numbers.values()) == list(range(len(numbers))):
        names = sorted(numbers, key=numbers.__getitem__)
    if not names:
        return None
    texts = [", ".join(name) if isinstance(name, tuple | list) else str(name) for name in names]
    return tuple(f"{t} ({i})" if texts.count(t) > 1 else t for i, t in enumerate(texts))
