"""What each kind of result file holds: its arrays, their shapes, units and meaning.

These tables are held against every file that is read, and results/README.md shows them. A digest
says that a file is as it was written; they say that what was written can be computed with.

Sizes by letter are alike within a file: N examples of a data set, S seeds, n training examples,
m coded examples (stop - start of a block file), k of the whole stream, a examples coded ahead,
B blocks, D features, Z classes of a backbone's own, T tasks of a sequence. ``...`` stands for any
further sizes, * at the end of a name for one name or more, brackets for what may be absent.
"""

import fnmatch
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np

Arrays = Mapping[str, np.ndarray]  # of a file, by name

DATASET = """
x            | N ... | uint8, float32, float16 or int32 | | inputs; uint8 is scaled to 0..1 when
             used; images are (N, channels, H, W); features are (N, D), float16 with
             `precision: float16`; tokens are (N, T) int32, −1 behind the last one
y            | N ... | int64   |       | true labels 0..C−1; transforms are applied later, by seed;
             (N, T) where examples carry several, −1 where there is none
[groups]     | N     | int64   |       | number of each example's group, where they come in groups
row_hash     | N     | int64   |       | hash of each input, for counting exact duplicates
[classifier/weight] | Z D | float32 |  | of features that enter the last layer of a backbone with
             weights, if that is linear in them: with `classifier/bias` its logits for Z classes of
             its own, which LEEP and NCE need
[classifier/bias] | Z | float32 |    | see `classifier/weight`
"""
SOURCE = """
index        | S n   | int64   | rows  | training examples
label        | S n ... | int64 |       | their labels after the transform, as in `y`
bits         | S n   | float64 | bits  | of each training example's labels under M
accuracy     | S     | float64 | share | of the training labels that M gets right
[knowable]   | S     | float64 | share | of them that a network can know by heart: of equal inputs
             with different labels one
scale        | S     | float64 |       | inverse temperature that multiplies the logits
state/*      | S ... | any     |       | parameters and buffers of the S models
classes      |       | int64   |       | C
[heads]      | T 2   | int64   |       | of a sequence: outputs begin..end of each task; `state/*`
             has those of all tasks
[carried/*]  | S ... | any     |       | of a sequence: what its algorithm is given at the next task
             (Fisher information, anchors, reservoir, ...)
[moments/*]  | S ... | any     |       | of a sequence with `keep_moments`: the optimiser's moments
             and step count at the end of the task
"""
BLOCK = """
index        | S m   | int64   | rows  | coded examples in coding order
[group]      | S m   | int64   |       | their groups, where examples come in groups
label        | S m ... | int64 |       | their labels after the transform; where examples carry
             several, T of these, −1 where there is none, and so in `bits/*`, `ahead/*`,
             `logits/*` and `right/*`
bits/start   | S m ... | float64 | bits | of each label under the untouched start state
bits/*       | S m ... | float64 | bits | of each label under each expert: `bits/model` under the
             learner's model (in the stream's first block the start state), `bits/gentle` under the
             gentle expert (from M only), `bits/model-2`, ... under those of a grid; of `readout`
             `bits/architecture.<kernel>.<ridge>` and `bits/generic.<kernel>.<ridge>`, with
             `.start` behind where M's prediction is the prior
blocks       | B 2   | int64   | examples | (start, stop) of each block
classes      |       | int64   |       | C
flops        | S     | float64 | operations | floating-point, of training and scoring
[ahead/*]    | S a ... | float64 | bits  | `ahead/model`: of each label under the model of the block
             before, from the end of the file's first block to the end of the block after the file;
             not for `replay`
[logits/*]   | S m ... C | float16 | | log-probabilities of all classes under each expert, less
             their mean, −20..20: what the product of experts is made of; not with more than 128
             classes
[right/*]    | S m ... | uint8 |       | `right/start`: 1 where the untouched start state's
             likeliest class is the label
[after/*]    | ...   | any     |       | for chains: all that the next block's job goes on from
             (weights, optimiser moments, averages, temperature)
"""
CODELENGTHS = """
bits/network | S k   | float64 | bits  | of each example: on-line mixture of the uniform code and of
             all experts of trained networks; of a recorded run as it was recorded, and only
             `blocks`, `classes` and what is marked * may be beside it
[bits/architecture] | S k | float64 | bits | the same with the architecture learnt in closed form:
             the headline, but for next tokens
[bits/shortest] | S k | float64 | bits | the same with generic learners too
[index]      | S k   | int64   | rows  | * the stream in coding order
[group]      | S k   | int64   |       | its examples' groups, where they come in groups
[label]      | S k ... | int64 |       | its labels after the transform, as in blocks
[repeated]   | S k   | uint8   |       | 1 where the input is, exactly, one of M's training set too,
             and groups do not show that it is another's
[labels]     | S k   | int64   |       | * how many labels each example carries, where not one; its
             bits are then the sum over these
bits/*       | S k   | float64 | bits  | of each label under each expert of a trained network:
             `bits/start`, the first learner's `bits/model` (the plain code), `bits/previous`,
             `bits/gentle`, ..., further learners' as `bits/<learner>.<expert>`; the uniform expert
             costs log₂ C each
[least/*]    | S k   | float64 | bits  | by code, of all labels up to each, under the one expert
             (the uniform code and the product among them) that was best so far
blocks       | B 2   | int64   | examples | (start, stop) of each block
classes      |       | int64   |       | C
[flops]      | S     | float64 | operations | floating-point, by seed
[right/*]    | S k   | uint8   |       | `right/start`: 1 where the untouched start state's
             likeliest class is the label, of several how many are; * `right/network`: where the
             recorded one's is
"""


class Array(NamedTuple):
    """A row of a table: an array, or several that are named alike."""

    name: str
    shape: list[str]
    type: str
    unit: str
    meaning: str

    @property
    def needed(self) -> bool:
        return not self.name.startswith("[")

    def is_called(self, name: str) -> bool:
        return fnmatch.fnmatchcase(name, self.name.strip("[]"))


def _rows(table: str) -> list[Array]:
    """The rows of a table; a line that begins with blanks goes on with the meaning."""
    cells = [row.split("|") for row in table.strip().replace("\n  ", " ").splitlines()]
    texts = [[" ".join(cell.split()) for cell in row] for row in cells]
    return [Array(name, shape.split(), *others) for name, shape, *others in texts]


KINDS = {
    "dataset": _rows(DATASET),
    "source": _rows(SOURCE),
    "block": _rows(BLOCK),
    "codelengths": _rows(CODELENGTHS),
}


def describe(kind: str) -> str:
    """The table of a kind in Markdown, as results/README.md has it."""
    lines = ["| array | shape, type | unit | meaning |", "| --- | --- | --- | --- |"]
    for row in KINDS[kind]:
        sizes = ", ".join(row.shape) + ("," if len(row.shape) == 1 else "")
        name = f"`{row.name.strip('[]')}`" + ("" if row.needed else " (may be absent)")
        lines.append(f"| {name} | ({sizes}) {row.type} | {row.unit} | {row.meaning} |")
    return "\n".join(lines).replace("(...,)", "(...)")


def complaint(kind: str, arrays: Mapping[str, np.ndarray]) -> str:
    """What is wrong with the arrays of a file of this kind, or nothing."""
    sizes: dict[str, int] = {"2": 2}
    for row in KINDS.get(kind, ()):
        names = [name for name in arrays if row.is_called(name)]
        if not names and row.needed:
            return f"{row.name} is missing"
        for name in names:
            wrong = _shape(arrays[name], row.shape, sizes) or _values(arrays[name], row)
            if wrong:
                return f"{name} {wrong}"
    return next(_together(arrays), "") if kind in KINDS else ""


def _shape(array: np.ndarray, form: list[str], sizes: dict[str, int]) -> str:
    """Compare a shape with one in letters; the size of a letter that is new is put into sizes."""
    letters = [letter for letter in form if letter != "..."]
    shape, behind = array.shape, 0
    if "..." in form:
        behind = len(form) - 1 - form.index("...")
        shape = (*shape[: len(letters) - behind], *shape[len(shape) - behind :])
    if len(shape) == len(letters):
        pairs = zip(letters, shape, strict=True)
        if all(sizes.setdefault(letter, size) == size for letter, size in pairs):
            return ""
    return f"has shape {array.shape}, where ({', '.join(form)}) with {sizes} belongs"


def _values(array: np.ndarray, row: Array) -> str:
    if row.type in ("int64", "uint8") and array.dtype.kind not in "iu":
        return f"has type {array.dtype}, where integers belong"
    if row.unit in ("bits", "operations"):
        if array.dtype.kind != "f" or not np.isfinite(array).all():
            return "holds bits that are not finite (training may have diverged: a smaller lr helps)"
        if array.size and array.min() < -1e-9:
            return f"holds {array.min():.3g}, where nothing negative belongs"
    return ""


def _together(arrays: Mapping[str, np.ndarray]) -> Iterator[str]:
    """What no array shows alone: labels are classes, and blocks follow each other."""
    if "classes" in arrays:
        classes = int(arrays["classes"])
        label = arrays.get("label", np.zeros(0))
        least = -1 if label.ndim == 3 else 0
        if classes < 2 or (label.size and not least <= label.min() <= label.max() < classes):
            yield f"label holds what is none of {classes} classes"
    if {"label", "index", "bits/start"} <= set(arrays) and "labels" not in arrays:
        yield from _labels_apart(arrays)
    if "index" in arrays and arrays["index"].size and arrays["index"].min() < 0:
        yield "index holds negative rows"
    weight = arrays.get("classifier/weight")
    if weight is not None and weight.shape[1:] != arrays["x"].shape[1:]:
        x = arrays["x"].shape
        yield f"classifier/weight has shape {weight.shape}, which is none of features of shape {x}"
    if "blocks" in arrays:
        starts, stops = arrays["blocks"].T
        coded = next(arrays[name].shape[1] for name in arrays if name.startswith("bits/"))
        if not len(starts) or (starts[1:] != stops[:-1]).any() or (starts >= stops).any():
            yield f"blocks {arrays['blocks'].tolist()} do not follow each other"
        elif stops[-1] - starts[0] != coded:
            yield f"blocks {starts[0]} to {stops[-1]} are not the {coded} examples of the bits"


def _labels_apart(arrays: Arrays) -> Iterator[str]:
    """Arrays of a block that are not of one label an example, or of T, as its labels are."""
    sizes = arrays["label"].shape[2:]
    if len(sizes) > 1:
        yield f"label has shape {arrays['label'].shape}, of no labels of examples"
    for name, array in arrays.items():
        kind = name.partition("/")[0]
        if kind in ("bits", "ahead", "right") and array.shape[2:] != sizes:
            yield f"{name} has shape {array.shape}, where labels have {arrays['label'].shape}"
        if kind == "logits" and array.shape[2:-1] != sizes:
            yield f"{name} has shape {array.shape}, where labels have {arrays['label'].shape}"
