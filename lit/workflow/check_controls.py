"""Whether a study's controls, arms with random labels, can show what they are for."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lit.analyses.words import counted
from lit.data.dataset import Dataset
from lit.data.overlap import row_hashes
from lit.data.streams import pool, sides
from lit.errors import InputError
from lit.logs import log
from lit.measures.controls import FEW, MEMORISED, NAMING, SMALLEST
from lit.study import label_transforms
from lit.workflow.check_copies import LARGEST

# Random labels that a small MLP knows by heart, times the root of its inputs: all of 128 in 18
# columns, 96 to 98 % of 256. Of few inputs, times these: of 3 to 6 columns of ten tables it knew
# 0.99 of 32 in 24 of 29 choices of columns, and of 64 in 13 of 27.
BY_HEART, OF_FEW = 32, 11
WIDEST = 128  # units, of an MLP of which that holds
CODED = 3  # times k examples: seeds that code the same ones say little of others


def too_short(k: int, data: Dataset) -> str:
    """Of k examples whose labels are too few for a control: how many bits they have; else nothing.

    The price of naming the right expert is then more than a control may save.
    """
    bits = k * _bits_each(data)
    return f"k log2 C = {bits:,.0f} bits" if bits < SMALLEST else ""


def fewest_of_a_control(data: Dataset) -> int:
    """The smallest k whose labels are enough for a control."""
    return math.ceil(SMALLEST / _bits_each(data))


def _bits_each(data: Dataset) -> float:
    """What the uniform code takes for an example's labels."""
    labels = 1.0 if data.y.ndim == 1 else float((data.y >= 0).sum(axis=1).mean())
    return labels * math.log2(data.classes)


def warn_of_short(rows: list[Mapping[str, Any]], data: Mapping[str, Dataset]) -> None:
    """Warn of controls whose streams are too short, each length once."""
    found: dict[tuple[str, str], dict[str, None]] = {}
    for row in rows:
        control = label_transforms.are_random(row["labels"]) and row["n"] != 0
        target = data[row["target"]]
        if control and (bits := too_short(row["k"], target)):
            found.setdefault((bits, _remedy(target)), {})[row["arm"]] = None
    for (bits, remedy), arms in found.items():
        log.warning(
            f"Warning: {', '.join(arms)}: {bits} are too short for a control, since finding out"
            f" that M is of no help costs up to {NAMING}; {remedy}read up to {NAMING} bits from 0"
            " as nothing (an L_IT of far more than that needs no better control)"
        )


def warn_of_true_source(rows: list[Mapping[str, Any]]) -> None:
    """Warn of arms that code random labels from an M trained on others: they are no controls."""
    found = {
        row["arm"]: None
        for row in rows
        if label_transforms.are_random(row["labels"])
        and row["n"]
        and not label_transforms.are_random(row["source_labels"])
    }
    if found:
        log.warning(
            f"Warning: {', '.join(found)}: random labels are coded, but M is trained on others"
            " (where source is another data set, labels are the target's alone); a control's M has"
            " to know random labels by heart: write source_labels: {random: 1.0}"
        )


def different_inputs(
    data: Dataset, seeds: Sequence[int], coded: int, inputs: np.ndarray | None = None
) -> int:
    """How many examples with inputs that differ a source of random labels has, beside ``coded``
    ones: of the seed that has the fewest.

    ``inputs`` are those that count, the data set's own by default.
    """
    hashes = row_hashes(data.x if inputs is None else inputs)
    fewest = len(hashes)
    for seed in seeds:
        order, _, _ = pool(data.y, data.classes, {"random": 1.0}, seed, data.groups)
        back = min(len(order) - coded, sides(order, seed, data.groups)[1])
        fewest = min(fewest, len(np.unique(hashes[order[len(order) - back :]])))
    return fewest


def check_different(
    rows: list[Mapping[str, Any]],
    data: Mapping[str, Dataset],
    seeds: Sequence[int],
    origins: Mapping[str, str],
) -> None:
    """Refuse sources of random labels with more examples than there are different inputs.

    Of what is made from another data set (``origins``), whose inputs are not there yet, the inputs
    of that one count.

    Raises:
        InputError: naming the arm and the n that is enough.
    """
    known: dict[tuple[str, int], int] = {}
    for row in rows:
        name = row["source_dataset"]
        one, inputs = data[name], data[origins[name]].x
        random = label_transforms.are_random(row["source_labels"]) and row["n"]
        if not random or inputs.nbytes > LARGEST:
            continue
        beside = row["k"] if origins[row["target"]] == origins[name] else 0
        if (name, beside) not in known:
            known[name, beside] = different_inputs(one, seeds, beside, inputs)
        if row["n"] > (most := known[name, beside]):
            few = most < FEW
            more = f"; fewer than {FEW} say little, so take rows of more columns, or no control"
            raise InputError(
                f"arm {row['arm']!r}: n = {row['n']:,} random labels are those of inputs that"
                f" differ, as of equal ones M can know one label, and {name!r} has {most:,} such"
                f" beside what is coded; write n at most {most:,}{more * few}"
            )


def surely_known(model: Mapping[str, Any], inputs: int) -> int | None:
    """How many random labels of that many inputs a model knows by heart, whatever the data.

    None of models of which that is not known. A linear one separates as many as it has weights a
    class (Cover 1965, for two classes).
    """
    if _is_linear(model):
        return inputs + 1
    if model["kind"] == "mlp" and max(model["hidden"]) <= WIDEST:
        return power_of_two(min(int(BY_HEART * math.sqrt(inputs)), OF_FEW * inputs))
    return None


def seldom_known(model: Mapping[str, Any], inputs: int) -> float:
    """How many it seldom knows: an MLP of 128 units knew 0.90 to 0.95 of twice as many labels of
    diamonds, digits and a survey, 0.80 of 128 in four columns, and 0.99 of 5,000 images of MNIST.
    """
    if surely_known(model, inputs) is None:
        return math.inf
    if _is_linear(model):
        return 2 * (inputs + 1)
    return max(2 * min(BY_HEART * math.sqrt(inputs), OF_FEW * inputs), 8 * inputs)


def _is_linear(model: Mapping[str, Any]) -> bool:
    return model["kind"] == "linear" or (model["kind"] == "mlp" and not model.get("hidden"))


def power_of_two(most: int) -> int:
    """The largest one that is no more than that."""
    return 1 << (most.bit_length() - 1)


def warn_of_seldom_known(
    rows: list[Mapping[str, Any]],
    data: Mapping[str, Dataset],
    models: Mapping[str, Mapping[str, Any]],
) -> None:
    """Warn of sources of random labels that are more than such a network knows by heart."""
    found: dict[tuple[str, int, int], dict[str, None]] = {}
    for row in rows:
        n, model = row["n"], row["model"]
        random = label_transforms.are_random(row["source_labels"]) and row["stop"] == "memorise"
        if not random or n is None:  # ready weights have no n
            continue
        inputs = math.prod(data[row["source_dataset"]].x.shape[1:])
        if n > seldom_known(models[model], inputs):
            found.setdefault((model, inputs, n), {})[row["arm"]] = None
    for (model, inputs, n), arms in found.items():
        most = surely_known(models[model], inputs) or 0
        wider = "an mlp" if _is_linear(models[model]) else "a wider network"
        smaller = f"write n at most {most:,}, or {wider}" if most >= FEW else f"take {wider}"
        log.warning(
            f"Warning: {', '.join(arms)}: n = {n:,} random labels of {counted(inputs, 'input')} are"
            f" more than {model!r} is likely to know by heart, and a control has to know"
            f" {MEMORISED} of them; {smaller}"
        )


def _remedy(data: Dataset) -> str:
    """The k that is enough, if seeds can still code different examples then."""
    fewest = fewest_of_a_control(data)
    if fewest <= len(data.y) // CODED:
        return f"raise k to {fewest:,} or more ({SMALLEST:,.0f} bits), or "
    if said := enough_beyond_a_third(data):
        return f"{said}; or "
    return (
        f"a longer stream takes {CODED * fewest:,} examples, of which there are {len(data.y):,}: "
    )


def enough_beyond_a_third(data: Dataset) -> str:
    """The k that is enough for a control, where it is over a third of the examples and no more than
    half; of groups a third is for the stream."""
    fewest = fewest_of_a_control(data)
    if fewest > len(data.y) // 2 or data.groups is not None:
        return ""
    return (
        f"k = {fewest:,} is enough, though over a third of the {len(data.y):,} examples, so that"
        " seeds share more and intervals are wider"
    )
