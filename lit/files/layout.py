"""What a result file of each kind has to hold: names, shapes, and numbers that make sense. No torch.

A digest shows that a file is as it was written; this, that what was written can be computed with.
"""

from collections.abc import Mapping

import numpy as np

# Sizes by letter, alike within a file: N examples of a data set, S seeds, m coded examples, n training examples,
# a examples scored ahead, B blocks, Z classes of a backbone's own, D features, T tasks of a sequence. A trailing ...
# stands for any further sizes, a trailing * for one name or more.
FORMS = {
    "dataset": {"x": "N ...", "y": "N", "row_hash": "N"},
    "source": {
        "index": "S n",
        "label": "S n",
        "bits": "S n",
        "accuracy": "S",
        "scale": "S",
        "state/*": "S ...",
        "classes": "",
    },
    "block": {
        "index": "S m",
        "label": "S m",
        "bits/model": "S m",
        "bits/*": "S m",
        "blocks": "B 2",
        "classes": "",
        "flops": "S",
    },
}
FORMS["codelengths"] = FORMS["block"] | {"bits/mixture": "S m"}
OPTIONAL = {
    "dataset": {"classifier/weight": "Z D", "classifier/bias": "Z"},
    "source": {"heads": "T 2", "carried/*": "S ...", "moments/*": "S ..."},
    "block": {"ahead/*": "S a", "right/*": "S m"},
    "codelengths": {"right/*": "S m"},
}
INTEGERS = ("y", "row_hash", "index", "label", "blocks", "classes", "heads", "right/start")


def complaint(kind: str, arrays: Mapping[str, np.ndarray]) -> str:
    """What is wrong with the arrays of a file of this kind, or nothing."""
    sizes: dict[str, int] = {"2": 2}
    optional = OPTIONAL.get(kind, {})
    for pattern, form in (FORMS.get(kind, {}) | optional).items():
        names = [
            name
            for name in arrays
            if name == pattern or (pattern[-1] == "*" and name.startswith(pattern[:-1]))
        ]
        if not names and pattern not in optional:
            return f"{pattern} is missing"
        for name in names:
            wrong = _shape(arrays[name], form.split(), sizes) or _values(name, arrays[name])
            if wrong:
                return f"{name} {wrong}"
    return _together(arrays) if kind in FORMS else ""


def _shape(array: np.ndarray, form: list[str], sizes: dict[str, int]) -> str:
    open_end = form[-1:] == ["..."]
    fixed = form[:-1] if open_end else form
    shape = array.shape[: len(fixed)] if open_end else array.shape
    if len(shape) != len(fixed) or any(
        sizes.setdefault(letter, size) != size for letter, size in zip(fixed, shape, strict=True)
    ):
        return f"has shape {array.shape}, where ({', '.join(form)}) with {sizes} belongs"
    return ""


def _values(name: str, array: np.ndarray) -> str:
    if name in INTEGERS:
        return "" if array.dtype.kind in "iu" else f"has type {array.dtype}, where integers belong"
    if name.partition("/")[0] in ("bits", "ahead", "flops"):
        if array.dtype.kind != "f" or not np.isfinite(array).all():
            return "holds bits that are not finite (training may have diverged: a smaller lr helps)"
        if array.size and array.min() < -1e-9:
            return f"holds {array.min():.3g}, where nothing negative belongs"
    return ""


def _together(arrays: Mapping[str, np.ndarray]) -> str:
    """What no array shows alone: labels are classes, and blocks follow each other and cover what is coded."""
    if "classes" in arrays:
        classes, label = int(arrays["classes"]), arrays["label"]
        if classes < 2 or (label.size and not 0 <= label.min() <= label.max() < classes):
            return f"label holds what is none of {classes} classes"
    if "index" in arrays and arrays["index"].size and arrays["index"].min() < 0:
        return "index holds negative rows"
    weight = arrays.get("classifier/weight")
    if weight is not None and weight.shape[1:] != arrays["x"].shape[1:]:
        return (
            f"classifier/weight has shape {weight.shape}, which is none of features of shape"
            f" {arrays['x'].shape}"
        )
    if "blocks" in arrays:
        blocks = arrays["blocks"]
        if (
            not len(blocks)
            or (blocks[1:, 0] != blocks[:-1, 1]).any()
            or (blocks[:, 0] >= blocks[:, 1]).any()
        ):
            return f"blocks {blocks.tolist()} do not follow each other"
        if blocks[-1, 1] - blocks[0, 0] != arrays["index"].shape[1]:
            return f"blocks {blocks[0, 0]} to {blocks[-1, 1]} are not the {arrays['index'].shape[1]} examples of index"
    return ""
