"""Arguments of a notebook's calls, checked by the rules that a config is checked by.

Each function raises InputError for what it cannot take: what was found, and what to write instead.
"""

import operator
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import nn

from lit.coding.learners import all_options, get_learner
from lit.errors import InputError, check_known
from lit.networks.build import KINDS
from lit.study.codes import SHORTEST, headline
from lit.study.kinds import DEFAULT_LEARNER, Learner, are_generic, kinds_of
from lit.study.learners import joined
from lit.study.schema import validate
from lit.study.schema_text import SCHEMA
from lit.training.device import choose_device

Model = str | Mapping[str, Any] | Callable[..., nn.Module]
CHANNELS = [32, 64]  # of a cnn whose channels are left out
LARGEST_SEED = 2**31 - 1
RELABEL = ("random", "shuffled", "noise")  # transforms of labels that leave C as it is
# The study that parts are checked in.
STUDY = {
    "study": "notebook",
    "seeds": [0],
    "stream": {"k": 1},
    "datasets": {"x": {"kind": "sklearn", "name": "digits"}},
    "models": {"model": {"kind": "linear"}},
    "arms": [{"name": "a", "target": "x", "model": "model", "n": 0}],
}


def read_model(model: Model, where: str) -> dict[str, Any]:
    """The model's entry; a network instead of what builds one is refused."""
    if what := _made_network(model):
        raise InputError(
            f"{where}: model is {what}: write a function build(input_shape, classes) that returns"
            " it; a trained network becomes M by lit.as_source(network, x_src, y_src, model=build)"
        )
    entry: dict[str, Any]
    if isinstance(model, str):
        check_known(where, "kind of model", model, KINDS)
        entry = {"kind": model, "hidden": [128]} if model == "mlp" else {"kind": model}
    elif isinstance(model, Mapping):
        entry = _plain(model)
    elif callable(model):
        entry = {"kind": "python", "factory": model}
    else:
        kind = type(model).__name__
        raise InputError(
            f"{where}: model is of type {kind}; write a kind's name such as 'mlp', an entry such as"
            " {'kind': 'mlp', 'hidden': [64]}, or a function build(input_shape, classes) that"
            " returns a torch network"
        )
    if entry.get("kind") == "cnn":
        entry = {"channels": CHANNELS} | entry
    _check({"models": {"model": _named(entry)}}, where)
    return entry


def _made_network(model: Any) -> str:
    """What is wrong with a network where a function that builds one belongs; else nothing."""
    if isinstance(model, nn.Module):
        return f"a network, {type(model).__name__}, but every seed needs a new one"
    # A class of one's own may take (input_shape, classes); torch's take other numbers.
    if isinstance(model, type) and model.__module__.startswith("torch."):
        return f"torch's {model.__name__}, which does not say for which inputs"
    return ""


def _named(entry: dict[str, Any]) -> dict[str, Any]:
    """An entry as a config could have it: with a name in place of a function."""
    return entry | {"factory": "module:factory"} if callable(entry.get("factory")) else entry


def check_choice(key: str, value: Any, known: tuple[str, ...], where: str) -> None:
    """Raise InputError where the value of an argument is none of those that are known."""
    if value not in known:
        raise InputError(f"{where}: {key} is {value!r}; write {' or '.join(known)}")


def read_bins(bins: Mapping[str, Any], where: str) -> dict[str, Any]:
    """How a real-valued target is cut into bins, as a config's data set says it."""
    if not isinstance(bins, Mapping):
        kind = type(bins).__name__
        raise InputError(f"{where}: bins is of type {kind}; write a mapping, {{'width': ...}}")
    said = _plain(bins)
    _check({"datasets": {"x": {"kind": "sklearn", "name": "diabetes", "bins": said}}}, where)
    return said


def check_entry(entry: Mapping[str, Any], where: str) -> None:
    """Raise InputError where a data set's entry is not as a config has it."""
    _check({"datasets": {"x": _plain(entry)}}, where)


def read_relabel(relabel: Any, where: str) -> dict[str, float] | None:
    """What becomes of the labels: one of ``RELABEL``, of a share of them."""
    if relabel is None:
        return None
    kinds = " or ".join(f"{{{kind!r}: 1.0}}" for kind in RELABEL)
    if not isinstance(relabel, Mapping) or len(relabel) != 1 or not {*relabel} <= {*RELABEL}:
        raise InputError(f"{where}: relabel is {relabel!r}; write {kinds}, or a smaller share")
    ((kind, share),) = _plain(relabel).items()
    if isinstance(share, bool) or not isinstance(share, int | float) or not 0 <= share <= 1:
        raise InputError(f"{where}: relabel: {kind} is {share!r}; write a share of 0 to 1")
    return {kind: share}


def read_learners(
    learner: Any, default: Sequence[str], next_tokens: bool, where: str
) -> dict[str, dict[str, Any]]:
    """Entries with all options of a learner, or of each of several, by name; of the default where
    none is named."""
    learner = default if learner is None else learner
    several = learner if isinstance(learner, list | tuple) else [learner]
    if not several:
        raise InputError(f"{where}: learner is empty; write one, such as 'replay'")
    found: dict[str, dict[str, Any]] = {}
    for one in several:
        entry = _read_learner(one, where)
        alike = sum(other["kind"] == entry["kind"] for other in found.values())
        found[f"{entry['kind']}-{alike + 1}" if alike else entry["kind"]] = entry
    _refuse_generic(found, next_tokens, where)
    return found


def _refuse_generic(
    learners: Mapping[str, Mapping[str, Any]], next_tokens: bool, where: str
) -> None:
    """Refuse generic learners alone where the headline has none of their experts."""
    if are_generic(learners.values()) and headline(next_tokens) != SHORTEST:
        raise InputError(
            f"{where}: learner {joined(list(learners))!r} has experts of the code {SHORTEST} alone;"
            f" write learner={list(dict.fromkeys([*DEFAULT_LEARNER, *learners]))}"
        )


def refuse_options(options: Mapping[str, Any], where: str) -> None:
    """Refuse what is no argument of ``code_stream``, such as a learner's option."""
    for name, value in options.items():
        if name in all_options({"kind": "replay"}):
            raise InputError(
                f"{where}: {name} is an option of a learner; write learner={{'kind': 'replay',"
                f" {name!r}: {value!r}}}, or of another kind"
            )
        raise InputError(f"{where} has no argument {name}; help(lit.{where}) lists all")


def _read_learner(learner: Any, where: str) -> dict[str, Any]:
    known = [*kinds_of(Learner), "python"]
    if not isinstance(learner, str | Mapping):
        raise InputError(
            f"{where}: learner is of type {type(learner).__name__}; write one of"
            f" {', '.join(known)}, an entry such as {{'kind': 'replay', 'lr': 1e-3}}, or a list"
        )
    entry = {"kind": learner} if isinstance(learner, str) else _plain(learner)
    check_known(where, "learner", str(entry.get("kind")), known)
    _check({"learners": {"learner": _named(entry)}}, where)
    if entry["kind"] == "python":
        get_learner(entry, where)
        return entry
    return {"kind": entry["kind"]} | all_options(entry)


def check_training(training: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Options of M's training."""
    options = _plain(dict(training))
    _check({"training": options}, where)
    return options


def read_count(name: str, count: Any, most: int, where: str) -> int:
    """How many of ``most`` examples are trained on (n) or coded (k); all of them where it is left
    out. Of groups, none of which is on both sides, fewer than all examples are either."""
    if count is None:
        return most
    if isinstance(count, bool) or not isinstance(count, int | np.integer) or count < 1:
        raise InputError(f"{where}: {name} is {count!r}; write how many examples, 1 or more")
    if count > most:
        can = "trained on" if name == "n" else "coded"
        less = ", less the k that you code of the same x" if name == "n" else ""
        raise InputError(
            f"{where}: {name} is {count:,}, but {most:,} examples of x can be {can}; write {most}"
            f" at most{less}, or leave it out"
        )
    return int(count)


def check_schedule(asked: Any, most: int, first_block: Any, growth: Any, where: str) -> int:
    """How many of ``most`` examples are coded.

    Refuses what is no schedule, and warns where theta0 never gets to learn.
    """
    k = read_count("k", asked, most, where)
    _check({"stream": _plain({"k": k, "first_block": first_block, "growth": growth})}, where)
    if k <= first_block:
        warnings.warn(
            f"{where}: the stream of {k} examples is one block, since first_block is {first_block}:"
            " learners whose models stand still within a block learn nothing from it; write a"
            " smaller first_block",
            stacklevel=3,
        )
    return k


def _check(part: dict[str, Any], where: str) -> None:
    """Check part of a study by the rules for all of it, which an installed package is without."""
    if SCHEMA.exists():
        validate(STUDY | part, where)


def _plain(value: Any) -> Any:
    """Tuples, ranges and NumPy's numbers as a config has them."""
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | range):
        return [_plain(item) for item in value]
    return value.item() if isinstance(value, np.generic) else value


def read_seeds(seeds: Iterable[int], where: str) -> list[int]:
    """The seeds: one or more different integers from 0 on."""
    try:
        found = list(seeds)
        numbers = [operator.index(seed) for seed in found]
    except TypeError as error:
        raise InputError(
            f"{where}: seeds is {seeds!r}; write several integers, such as range(5) or [0, 1, 2]"
        ) from error
    if not numbers:
        raise InputError(
            f"{where}: seeds is empty; write such as range(5), and a list where a generator would"
            " be read twice"
        )
    for seed, number in zip(found, numbers, strict=True):
        if isinstance(seed, bool) or not 0 <= number <= LARGEST_SEED:
            raise InputError(f"{where}: seeds has {seed!r}; write integers 0..{LARGEST_SEED}")
        if numbers.count(number) > 1:
            raise InputError(f"{where}: seed {number} is given twice; write each once")
    return numbers


def read_device(device: Any, where: str) -> torch.device:
    """The device to compute on; a GPU has to be seen."""
    name, _, number = str(device).partition(":")
    if name not in ("auto", "cpu", "cuda") or (number and not number.isdigit()):
        raise InputError(f"{where}: device is {str(device)!r}; write auto, cpu, cuda or cuda:0")
    if number and choose_device(name).type == "cuda" and int(number) >= torch.cuda.device_count():
        raise InputError(
            f"{where}: device is {device}, but torch sees {torch.cuda.device_count()} GPUs"
        )
    return choose_device(str(device))


def read_classes(classes: Any, where: str) -> int | tuple[str, ...] | None:
    """The number of classes, 2 or more, or their names, where they are passed."""
    if classes is None:
        return None
    if hasattr(classes, "tolist"):  # an array, such as numpy.unique(y)
        classes = classes.tolist()
    if isinstance(classes, list | tuple) and all(isinstance(name, str) for name in classes):
        return tuple(classes)
    try:
        count = operator.index(classes)
    except TypeError:
        count = 0
    if isinstance(classes, bool) or count < 2:
        raise InputError(
            f"{where}: classes is {str(classes)[:60]}; write an integer of at least 2, such as how"
            " many there are, or a list of names, which are texts"
        )
    return count
