"""Whether a study's controls, arms with random labels, can show what they are for."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lit.analyses.words import counted
from lit.data.dataset import Dataset
from lit.data.overlap import row_hashes
from lit.data.streams import pool
from lit.data.unknowable import unknowable
from lit.logs import log
from lit.measures.controls import FEW, KNOWABLE, MEMORISED, NAMING, SMALLEST, say_short
from lit.study import label_transforms
from lit.workflow.check_copies import LARGEST

DRAWS = 100  # seeds, over which what can be known of a control is foretold
# Random labels that a small MLP knows by heart, times the root of its inputs: all of 64 in 4
# columns, 85 % of 256; all of 128 in 18, 96 to 98 % of 256.
BY_HEART = 32
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
            " as nothing (a much larger L_IT is not touched by that)"
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


def known_shares(data: Dataset, n: int, seeds: Sequence[int]) -> np.ndarray:
    """(n,) share of the random labels of 1, 2, ..., n examples that M can know at most.

    It is the mean over the study's own seeds and labels, as M's train accuracy is judged by its
    mean. 1 where the inputs are too many to be read here.
    """
    lost = _lost(data, n, seeds)
    return 1 - lost / np.arange(1, len(lost) + 1)


def sizes_of_a_control(
    data: Dataset, n: int, seeds: Sequence[int], share: float = MEMORISED
) -> np.ndarray:
    """(n,) whether M can know this share of the random labels of 1, 2, ..., n examples by heart.

    What can be known has to be enough by the study's seeds, and by many others
    with a standard error to spare: so it seldom is too little where a study's seeds are changed.
    """
    lost = _lost(data, n, range(DRAWS))
    error = np.sqrt(lost / len(seeds))  # labels are lost one by one, as in a Poisson process
    enough = lost + error <= (1 - share) * np.arange(1, len(lost) + 1)
    return enough & (known_shares(data, n, seeds) >= share)


def _lost(data: Dataset, n: int, seeds: Sequence[int]) -> np.ndarray:
    """(n,) how many random labels of a source's first 1, 2, ..., n cannot be known: mean of seeds.

    Labels and examples are those of :func:`lit.data.streams.ends`, which M is trained on.
    """
    lost = np.zeros(min(n, len(data.y)))
    if data.x.nbytes > LARGEST:
        return lost
    hashes = row_hashes(data.x)
    _, place, counts = np.unique(hashes, return_inverse=True, return_counts=True)
    again = counts[place] > 1
    for seed in seeds if again.any() else []:
        order, labels, _ = pool(data.y, data.classes, {"random": 1.0}, seed, data.groups)
        order, labels = order[::-1][:n], labels[::-1][:n]
        at = np.flatnonzero(again[order])
        lost[at] += unknowable(hashes[order[at]], labels[at])
    return lost.cumsum() / len(seeds)


def warn_of_unknowable(
    rows: list[Mapping[str, Any]],
    data: Mapping[str, Dataset],
    seeds: Sequence[int],
    origins: Mapping[str, str],
) -> None:
    """Warn of sources of random labels of which M can know too few, as their inputs repeat.

    Of what is made from another data set (``origins``), whose inputs are not there yet, the inputs
    of that one count.
    """
    found: dict[str, dict[int, dict[str, None]]] = {}
    for row in rows:
        name = origins[row["source_dataset"]]
        random = label_transforms.are_random(row["source_labels"]) and row["n"]
        if random and data[name].y.ndim == 1:
            found.setdefault(name, {}).setdefault(row["n"], {})[row["arm"]] = None
    for name, sizes in found.items():
        shares = known_shares(data[name], max(sizes), seeds)
        weak = {n: arms for n, arms in sizes.items() if shares[n - 1] < KNOWABLE}
        enough = sizes_of_a_control(data[name], max(weak), seeds, KNOWABLE) if weak else shares
        for n, arms in weak.items():
            log.warning(
                f"Warning: {', '.join(arms)}: of n = {n:,} random labels at most"
                f" {say_short(shares[n - 1])} can be known by heart, as equal inputs"
                f" of {name!r} have different ones, and a control needs {KNOWABLE};"
                f" {_remedy_of_unknowable(enough[:n])}"
            )


def surely_known(model: Mapping[str, Any], inputs: int) -> int | None:
    """How many random labels of that many inputs a model knows by heart, whatever the data.

    None of models of which that is not known. A linear one separates as many as it has weights a
    class (Cover 1965, for two classes).
    """
    if _is_linear(model):
        return inputs + 1
    if model["kind"] == "mlp" and max(model["hidden"]) <= WIDEST:
        return power_of_two(int(BY_HEART * math.sqrt(inputs)))
    return None


def seldom_known(model: Mapping[str, Any], inputs: int) -> float:
    """How many it seldom knows: an MLP of 128 units knew 0.90 to 0.95 of twice as many labels of
    diamonds, digits and a survey, and 0.99 of 5,000 images of MNIST."""
    if surely_known(model, inputs) is None:
        return math.inf
    if _is_linear(model):
        return 2 * (inputs + 1)
    return max(2 * BY_HEART * math.sqrt(inputs), 8 * inputs)


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


def _remedy_of_unknowable(enough: np.ndarray) -> str:
    """What helps a control whose labels can be known where ``enough`` says so, by their number."""
    most = int(np.flatnonzero(enough)[-1]) + 1  # of one label it is
    differ = "take inputs that differ, such as rows of more columns"
    if most >= FEW:
        return f"write n at most {most:,}, or {differ}"
    return f"as fewer than {FEW} say little, a smaller n is no help: {differ}"


def _remedy(data: Dataset) -> str:
    """The k that is enough, if seeds can still code different examples then."""
    fewest = fewest_of_a_control(data)
    if fewest > len(data.y) // CODED:
        return (
            f"a longer stream takes {CODED * fewest:,} examples, of which there are"
            f" {len(data.y):,}: "
        )
    return f"raise k to {fewest:,} or more ({SMALLEST:,.0f} bits), or "
