"""Kinds of learners, algorithms, analyses and data sets, and what planning must know of each.

A kind is a module of its own name in its part's folder. What planning must know of it is a literal
there, ``KIND = {...}``, which is read without importing the module, as that may need torch. A
module without it is no kind. Of ``kind: python``, a user's own, the config's entry says it.
"""

import ast
import functools
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

from lit.errors import InputError, check_known

GENERIC_KERNELS = {"rbf", "patches", "ngrams"}  # of the learner readout
LITERAL = re.compile(r"^KIND(?:: [^=\n]+)? = (\{.*?\})$", re.MULTILINE | re.DOTALL)
DEFAULT_LEARNER = ("replay", "readout")
NEXT_TOKENS_LEARNER = ("replay", "counts")  # where each label is the token that follows
# Of os.path, which says no where pathlib raises: a path that is too long, or may not be looked at.
EXISTS = {"file": os.path.isfile, "folder": os.path.isdir, "any": os.path.exists}


@dataclass(frozen=True)
class Learner:
    """A learner, see :mod:`lit.coding.learners`."""

    chain: bool = False  # each of its jobs goes on from the one before
    holds_out: bool = False  # it holds a part of the known labels out
    linear: bool = False  # it solves linear models with a bias, and nothing else
    # one: of each example; class: one that is no bin; numbers: such a one of inputs that are no
    # tokens; each: of each token; any: whichever there are
    labels: str = "any"
    generic: bool = False  # it has no experts but generic ones, which the code shortest has alone


@dataclass(frozen=True)
class Algorithm:
    """An algorithm of continual learning, see :mod:`lit.continual.algorithms`."""

    all_at_hand: bool = False  # it trains on the examples of all tasks so far


@dataclass(frozen=True)
class Analysis:
    """An analysis, see :mod:`lit.analyses`."""

    sequential: bool = False  # it is of sequences; the others are of arms with a target
    shows_examples: bool = False  # it is given the arrays of the data sets
    timed: bool = False  # it is given what computing took
    one_stream: bool = False  # its arms have to code the same labels
    recorded: bool = False  # bits are enough for it: it takes runs that were recorded elsewhere


@dataclass(frozen=True)
class DataKind:
    """A kind of data set that is loaded, see :mod:`lit.data.loaders`."""

    reads: str = ""  # what path is of the user's own: a file, a folder, or any of the two
    # Where each label is the token that follows: the option that says so by `next`, or always.
    next_tokens: str = ""


Kind = TypeVar("Kind", Learner, Algorithm, Analysis, DataKind)
FOLDERS: dict[Any, str] = {
    Learner: "coding/learners",
    Algorithm: "continual/algorithms",
    Analysis: "analyses",
    DataKind: "data/loaders",
}


@functools.cache
def _literals(folder: str) -> dict[str, dict[str, Any]]:
    """What stands in the modules of a folder, by the names of the kinds."""
    found = {}
    for path in sorted(Path(__file__).parents[1].joinpath(folder).glob("*.py")):
        text = path.read_text(encoding="utf-8")
        if not re.search(r"^KIND\b", text, re.MULTILINE):
            continue
        try:
            literal = ast.literal_eval(LITERAL.findall(text)[0])
        except (IndexError, SyntaxError, ValueError) as error:
            remedy = 'write KIND = {"name": value}, and nothing behind it'
            raise InputError(f"{path}: KIND is no plain literal; {remedy}") from error
        # A name that is Python's own has an underscore as a module: continue_.
        found[path.stem.rstrip("_")] = literal
    return found


def kinds_of(part: type[Kind]) -> dict[str, Kind]:
    """Every kind of a part by its name."""
    known, literals = {field.name for field in fields(part)}, _literals(FOLDERS[part])
    for name, facts in literals.items():
        for fact in facts:
            check_known(f"{FOLDERS[part]}/{name}.py: KIND", "fact", fact, known)
    return {name: part(**facts) for name, facts in literals.items()}


def kind_of(part: type[Kind], entry: Mapping[str, Any]) -> Kind:
    """What is true of a config's entry."""
    said = {f.name: entry[f.name] for f in fields(part) if f.name in entry}
    return part(**_literals(FOLDERS[part]).get(entry["kind"], said))


def are_generic(learners: Iterable[Mapping[str, Any]]) -> bool:
    """Whether these entries of learners have no experts but generic ones, or counts of labels."""
    return all(kind_of(Learner, entry).generic or _has_generic_kernels(entry) for entry in learners)


def _has_generic_kernels(entry: Mapping[str, Any]) -> bool:
    """Whether an entry of ``readout`` names kernels, none of which is of the architecture."""
    return entry["kind"] == "readout" and set(entry.get("kernels", ["all"])) <= GENERIC_KERNELS


def default_learner(spec: Mapping[str, Any]) -> tuple[str, ...]:
    """Names of the learners that code a data set where none are named."""
    return NEXT_TOKENS_LEARNER if codes_next_tokens(spec) else DEFAULT_LEARNER


def codes_next_tokens(spec: Mapping[str, Any]) -> bool:
    """Whether each label of a data set is the token that follows."""
    says = kind_of(DataKind, spec).next_tokens if "kind" in spec else ""
    return says == "always" or (says != "" and spec.get(says) == "next")


def own_file(spec: Mapping[str, Any]) -> str | None:
    """Path of the user's file or folder that a data set is read from; None where there is none."""
    exists = EXISTS.get(kind_of(DataKind, spec).reads)
    return spec["path"] if exists and exists(spec.get("path", "")) else None
