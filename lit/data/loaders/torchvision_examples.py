"""What a class of torchvision gives for each i, an image and its class, as arrays."""

import operator
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from PIL import Image

from lit.data.images import Remarks, pixels, stack
from lit.errors import InputError

Notes = tuple[str, ...]
Names = tuple[str, ...] | None


def examples(found: Any, spec: Mapping[str, Any]) -> tuple[np.ndarray, Any, Notes]:
    """x (N, channels, H, W), the labels as the class gives them, and notes on the images."""
    name, size = spec["name"], spec.get("size")
    if not len(found):
        raise InputError(f"{name} holds no examples here; see its files, split and options")
    _check_example(found[0], name)
    x = _own_images(found)
    if x is not None:
        return x if size is None else _resized(x, size), _own_labels(found), ()
    labels: list[Any] = []

    def pictures() -> Iterator[tuple[str, np.ndarray, Remarks]]:
        for i in range(len(found)):
            image, label = found[i]
            labels.append(label)
            yield f"image {i}", *pixels(image, size, "white")

    x, notes = stack(pictures())
    return x, labels, notes


def _check_example(example: Any, name: str) -> None:
    if not isinstance(example, tuple) or len(example) != 2 or not hasattr(example[0], "getbands"):
        raise InputError(f"{name} gives no pairs of an image and its class; take another data set")
    label = example[1]
    if label is None:
        raise InputError(f"{name} has no labels in this split; take another split")
    try:
        operator.index(label)
    except (TypeError, ValueError, RuntimeError) as error:
        raise InputError(
            f"{name} gives {type(label).__name__} where the number of a class belongs;"
            " take another target in options, or another data set"
        ) from error


def _own_images(found: Any) -> np.ndarray | None:
    """The class's own array as x (N, channels, H, W), if that is what it gives one by one."""
    x: Any = getattr(found, "data", None)
    if not hasattr(x, "dtype") or len(x) != len(found):
        return None
    x = np.asarray(x)
    if x.dtype != np.uint8 or x.ndim not in (3, 4):
        return None
    if x.ndim == 3:
        x = x[:, None]
    elif x.shape[-1] == 3:
        x = x.transpose(0, 3, 1, 2)
    for i in _looked_at(found):
        image = np.atleast_3d(np.asarray(found[i][0])).transpose(2, 0, 1)
        if not np.array_equal(x[i], image):
            return None
    return x


def _own_labels(found: Any) -> Any:
    """The class's own labels, if they are those that it gives one by one; else these."""
    fields = ("targets", "labels", "_labels")
    y = np.asarray(next((getattr(found, n) for n in fields if hasattr(found, n)), None))
    if y.shape == (len(found),) and all(y[i] == found[i][1] for i in _looked_at(found)):
        return y
    return [found[i][1] for i in range(len(found))]


def _looked_at(found: Any) -> set[int]:
    """Examples that are looked at in place of all: the first, one in the middle, the last."""
    return {0, len(found) // 2, len(found) - 1}


def _resized(x: np.ndarray, size: int) -> np.ndarray:
    """(N, channels, size, size) uint8, resized as images are."""
    if x.shape[2:] == (size, size):
        return x
    channels = (Image.fromarray(channel) for channel in x.reshape(-1, *x.shape[2:]))
    resized = [c.resize((size, size), Image.Resampling.BILINEAR) for c in channels]
    return np.stack([np.asarray(c) for c in resized]).reshape(*x.shape[:2], size, size)


# classes ------------------------------------------------------------------------------------------


def classes(found: Any, labels: Any, spec: Mapping[str, Any]) -> tuple[np.ndarray, Names, Notes]:
    """Labels 0..C-1, names of the C classes where they are known, and a note if renumbered."""
    if unknown := sum(label is None or label < 0 for label in labels):
        raise InputError(f"{unknown} of {len(labels)} examples have no label; take another split")
    y = np.array([operator.index(label) for label in labels])
    names = _names(found, spec)
    if names is not None and y.max() < len(names):
        known = np.array([i for i, name in enumerate(names) if name != "N/A" or i in y])
        if len(known) == len(names):
            return y, names, ()
        names = tuple(names[i] for i in known)
    else:
        known = np.unique(y)
        if spec.get("classes") is not None or len(known) == known[-1] + 1:
            return y, None, ()
        names = tuple(str(i) for i in known)
    first, last = known[0], known[-1]
    gaps = ", with gaps," if len(known) < last - first + 1 else ""
    note = f"Labels {first}..{last}{gaps} of {spec['name']} are classes 0..{len(known) - 1}"
    return np.searchsorted(known, y), names, (note,)


def _names(found: Any, spec: Mapping[str, Any]) -> Names:
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
