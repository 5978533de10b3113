"""A study proposed for a data set: model, k, n, seeds and control, each with the reason for it."""

import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from lit.analyses.words import percent
from lit.coding.mixture import label_entropy_bits
from lit.data.columns import AMOUNTS
from lit.data.dataset import Dataset
from lit.data.streams import room
from lit.errors import InputError
from lit.measures.controls import FEW, NAMING, SMALLEST
from lit.workflow.check_classes import rare_classes
from lit.workflow.check_controls import (
    CODED,
    different_inputs,
    enough_beyond_a_third,
    fewest_of_a_control,
    power_of_two,
    surely_known,
    too_short,
)
from lit.workflow.check_data import data_warnings

SEEDS = [0, 1, 2, 3, 4]
LEAST = 8  # examples that M is trained on
FEWEST = 96  # examples: fewer are too few to be cut into a stream and a source
# By model: labels that are coded, more where a control asks for them; examples that M is trained
# on. Fewer of a transformer, which is slow on a CPU.
SIZES = {"mlp": (1024, 4096), "cnn": (1024, 1024), "transformer": (256, 256)}
BEYOND = (  # analyses, where there is an arm of shares
    "analyses:",
    "  # By how many bits does M save more than their shares do?",
    "  beyond: {kind: compare, arms: [learned, shares]}",
)
KNOWN_BEFORE = (
    "# Was a column made from the label, or measured after it? Add it here, unless you ask about"
    " that: drop: [COLUMN]."
)
SMALLEST_IMAGE = 12  # pixels of a side, from which on a CNN is of use

COLUMNS = ("became", AMOUNTS, "not vary")  # in notes of a table that init says

# A model's name, its entry, and why it.
Model = tuple[str, dict[str, Any], str]


def study_name(path: Path) -> str:
    """A name of a study, or of a data set, from that of a file or folder."""
    name = re.sub(r"[^A-Za-z0-9]+", "-", path.resolve().name.split(".")[0]).strip("-")[:50]
    return name if name and name.lower() != "published" else "mine"


def sizes(data: Dataset, model: str) -> tuple[int, list[int]]:
    """k and the n of a data set and a model, that fit beside each other.

    k is at most a third of the examples, as seeds that code the same ones say little of others;
    up to that it is as large as a control asks for.

    Raises:
        InputError: too few examples.
    """
    count = len(data.y)
    if count < FEWEST:
        raise InputError(
            f"there are {count} examples, which are too few to code some and train on others; a"
            f" study takes {FEWEST} or more"
        )
    longest, largest = SIZES[model]
    k = min(max(longest, fewest_of_a_control(data)), count // CODED)
    largest = min(largest, power_of_two(min(room(data, None, SEEDS)[1], count - k)))
    return k, sorted({max(largest // part, LEAST) for part in (16, 4, 1)})


def choose_model(data: Dataset) -> Model:
    """A small network for such inputs."""
    shape = data.x.shape[1:]
    if data.vocabulary:
        entry = {"kind": "transformer", "width": 64, "layers": 1}
        return "transformer", entry, "It reads tokens. On a CPU it is slow: k and n are small."
    if len(shape) == 3 and min(shape[1:]) >= SMALLEST_IMAGE:
        return "cnn", {"kind": "cnn", "channels": [16, 32]}, "It sees images as such."
    return "mlp", {"kind": "mlp", "hidden": [128]}, "One hidden layer takes inputs of any kind."


def control_size(k: int, n: list[int], data: Dataset, model: Mapping[str, Any]) -> int:
    """n of the control: that between the others, or fewer, where M would not know as many by heart,
    or too few inputs differ.

    A category is one column, in however many inputs: most rows of a table may share it, and differ
    in the others alone. So of few columns FEW are proposed where as many inputs would do for more.
    """
    most = n[len(n) // 2]
    most = min(most, surely_known(model, math.prod(data.x.shape[1:])) or most)
    columns = {name.partition("=")[0] for name in data.columns or ()}
    if columns:
        most = min(most, max(surely_known(model, len(columns)) or most, FEW))
    return min(most, power_of_two(different_inputs(data, SEEDS, k)))


def propose(
    names: tuple[str, str],
    entry: Mapping[str, Any],
    data: Dataset,
    command: str,
    reasons: Sequence[str] = (),
) -> str:
    """The text of a study file.

    Args:
        names: The study's and its data set's.
        entry: The data set's.
        data: The data set.
        command: That which writes it, for its first line.
        reasons: Of what the entry leaves out or fills in, a line each.

    Raises:
        InputError: see :func:`sizes`.
    """
    study, name = names
    model, network, why = choose_model(data)
    k, n = sizes(data, model)
    first = max(1, min(32, k // 16))
    stream = {"k": k} if first == 32 else {"k": k, "first_block": first}
    lines = [
        f"# Proposed by {command}: {describe(data)}.",
        "# Change what you like; config/README.md explains every option.",
        f"study: {flow(study)}",
        f"question: {flow(_question(name, entry))}",
        "# Five seeds tell only large differences. To add some later, append a group: [5, 6, 7].",
        f"seeds: {flow([SEEDS])}",
        "# k labels are coded: at most a third, as seeds that code the same say little of others.",
        f"stream: {flow(stream)}",
        "# K(M_n), what M's own labels cost, takes long and is left out; true computes it.",
        "train_set_information: false",
        *(f"# {' '.join(reason.split())}" for reason in reasons),
        *([KNOWN_BEFORE] if entry["kind"] == "table" else []),
        f"datasets: {flow({name: dict(entry)})}",
        f"# {why}",
        f"models: {flow({model: network})}",
        "arms:",
        *(f"  {line}" for line in _arms(data, {"target": name, "model": model}, network, k, n)),
        *(BEYOND if by_shares(k, data) > NAMING else ()),
    ]
    return "\n".join(lines) + "\n"


def _question(name: str, entry: Mapping[str, Any]) -> str:
    """What the study asks, with the column of labels where there is one."""
    about = f"about {entry['label']} " if entry.get("label", "next") != "next" else ""
    return f"How many bits does a network learn {about}from {name}?"


def _arms(
    data: Dataset, same: Mapping[str, Any], network: Mapping[str, Any], k: int, n: list[int]
) -> list[str]:
    """Lines of the arms, which have ``same`` in common: the question's, and what shows more."""
    control: dict[str, Any] = {"n": control_size(k, n, data, network), "labels": {"random": 1.0}}
    if data.bins is not None or data.next_tokens:
        control["stop"] = "early"  # of many bins no M gets each right
    lines = [
        "# What does training M on n examples save?",
        f"- {flow({'name': 'learned', **same, 'n': n})}",
    ]
    shares = by_shares(k, data)
    if shares > NAMING:
        shuffled = {"n": n[-1], "source_labels": {"shuffled": 1.0}}
        lines += [
            "# Classes are unequal. An M of other examples' labels knows how frequent each is.",
            f"- {flow({'name': 'shares', **same, **shuffled})}",
        ]
    elif shares <= NAMING:
        lines.append(f"# No arm of classes' shares: to know them saves {shares:.1f} bits at most.")
    return [
        *lines,
        "# M of random labels: whatever it has by heart, its L_IT has to be near 0.",
        *(["# Of bins it has few by heart, so this shows less."] if data.bins is not None else []),
        *(f"# {line}" for line in weak_control(k, data)),
        f"- {flow({'name': 'control', **same, **control})}",
    ]


def by_shares(k: int, data: Dataset) -> float:
    """Bits that knowing the classes' shares can save of k labels; NaN of several labels an example.

    One who takes all classes for equally likely, and never counts, pays as many more.
    """
    if data.y.ndim > 1 or data.classes < 2:
        return math.nan
    return k * (math.log2(data.classes) - _entropy(data))


def _entropy(data: Dataset) -> float:
    """Bits a label whose classes' shares are known."""
    return float(label_entropy_bits(data.y[None], data.classes)[0]) / len(data.y)


def doubts(data: Dataset, entry: Mapping[str, Any]) -> list[str]:
    """What to know of the columns of a table and of classes that hardly occur, and what may be
    wrong with a data set by itself, see :func:`lit.workflow.check_data.data_warnings`."""
    notes = data.notes if entry["kind"] == "table" else ()
    columns = [note for note in notes if any(said in note for said in COLUMNS)]
    return [
        *(f"inputs: {note}." for note in columns),
        *(f"labels: {rare}." for rare in [rare_classes(data)] if rare),
        *(f"Warning: {said}." for said in data_warnings(data, entry)),
    ]


def weak_control(k: int, data: Dataset) -> list[str]:
    """What to know of a control whose stream is too short; nothing of another."""
    bits = too_short(k, data)
    if not bits:
        return []
    more = f"a longer stream takes {CODED * fewest_of_a_control(data):,} examples"
    more = enough_beyond_a_third(data) or more
    return [
        f"It can be relied on from k log2 C = {SMALLEST:,.0f} bits on, and here {bits}: within"
        f" {NAMING} bits of 0",
        "it shows little; an L_IT of far more than that needs no better control."
        f" {more[0].upper() if more[0] == 'a' else more[0]}{more[1:]}.",
    ]


def flow(value: Any) -> str:
    """A value as YAML, on one line."""
    text = yaml.safe_dump(
        value, default_flow_style=True, sort_keys=False, allow_unicode=True, width=10**6
    )
    return text.removesuffix("...\n").strip()


def describe(data: Dataset) -> str:
    """A data set in a sentence: how many examples, of what, with which labels."""
    shape = " x ".join(map(str, data.x.shape[1:]))
    of = {1: "inputs", 3: "(images)"}.get(data.x.ndim - 1, "numbers")
    if data.vocabulary:
        of = f"tokens ({data.vocabulary:,} different ones)"
    found = f"{len(data.y):,} examples of {shape} {of}"
    if data.next_tokens:
        return f"{found}, each token told from those before it"
    if data.bins is not None:
        return f"{found}, a real-valued target in {data.bins.count} bins"
    if data.y.ndim > 1:
        return f"{found}, {data.classes:,} classes, several labels each"
    largest = int(np.bincount(data.y, minlength=data.classes).max())
    share = percent(largest / len(data.y))
    if share == percent(1) and largest < len(data.y):
        share = f"all but {len(data.y) - largest:,}"
    return f"{found}, {data.classes:,} classes, the largest with {share} of them"
