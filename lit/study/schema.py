"""Whether a config is what the schema asks for, and in words what is wrong where it is not."""

import functools
import itertools
import math
import unicodedata
from collections.abc import Mapping
from typing import Any

from jsonschema import Draft4Validator, Draft202012Validator
from jsonschema.validators import extend

from lit.errors import InputError
from lit.study.config_files import Where, place
from lit.study.config_text import DEEPEST
from lit.study.numbers_meant import number_meant
from lit.study.schema_text import schema
from lit.study.schema_words import clip, key_of
from lit.study.wrong_keys import unknown_of
from lit.study.wrong_values import explain

# What planning can bear, and far more than a study needs.
MOST_VALUES, LARGEST_INTEGER, LONGEST_TEXT = 50_000, 2**53, 1000


@functools.cache
def _validator() -> Any:
    integers = Draft4Validator.TYPE_CHECKER  # to which 128.0 is none
    return extend(Draft202012Validator, type_checker=integers)(schema())


def validate(config: Mapping[str, Any], where: Where = "config") -> None:
    """Raise an InputError of the first thing that the schema does not allow: where, and remedy."""
    _check_plain(config, where)
    errors = sorted(_validator().iter_errors(config), key=_order)
    if errors:
        error = _deepest(errors[0])
        path = list(error.absolute_path)
        said = clip(f"{key_of(path)}: {explain(error, where, config)}")
        if error.validator == "additionalProperties":
            path.append(unknown_of(error))
        elif "propertyNames" in error.absolute_schema_path:
            path.append(error.instance)
        raise InputError(f"{place(where, path)}: {said}")


def _order(error: Any) -> tuple[int, str, int]:
    """The outermost error first. Without a kind nothing else can be told; and where a key is
    misspelt, it is missing too."""
    rank = 1
    if error.validator == "required":
        rank = 0 if "kind" in error.validator_value and "kind" not in error.instance else 2
    return len(error.path), str(error.path), rank


def _deepest(error: Any) -> Any:
    """Of a value that may be one of several things, what is wrong with the one that was meant."""
    for inner in error.context if error.validator == "anyOf" else []:
        other = inner.validator == "type" or "type" not in inner.schema  # required keys alone
        if inner.path or not other or number_meant(inner.instance):
            return _deepest(inner)
    return error


def _check_plain(config: Any, where: Where) -> None:
    """Refuse what JSON cannot hold, cycles and repeats beyond measure, control characters."""
    todo: list[tuple[tuple[Any, ...], Any]] = [((), config)]
    for seen in itertools.count():
        if not todo:
            return
        path, value = todo.pop()
        if len(path) > DEEPEST or seen > MOST_VALUES:
            most = f"{DEEPEST} levels or {MOST_VALUES:,} values"
            raise InputError(f"{where}: more than {most}; write a smaller study")
        wrong = _not_plain(value)
        if wrong:
            wrong = f"found {clip(repr(value), 80)}, {wrong}"
        for key in value if isinstance(value, Mapping) else []:
            if not isinstance(key, str) or _not_plain(key):
                wrong = f"key {clip(repr(key), 80)} is no plain text; write it in quotes"
        if wrong:
            raise InputError(f"{place(where, path)}: {key_of(path)}: {wrong}")
        if isinstance(value, Mapping):
            todo += [((*path, key), item) for key, item in value.items()]
        elif isinstance(value, list):
            todo += [((*path, i), item) for i, item in enumerate(value)]


def _not_plain(value: Any) -> str:
    if isinstance(value, str) and len(value) > LONGEST_TEXT:
        return f"a text of {len(value)} characters; at most {LONGEST_TEXT} are allowed"
    # A tab by itself is what separates fields.
    if isinstance(value, str) and any(
        unicodedata.category(c) in ("Cc", "Cs") for c in value if value != "\t"
    ):
        return "which has control characters; write plain text"
    if isinstance(value, float) and not math.isfinite(value):
        return "which is no number to compute with; write a finite one"
    if isinstance(value, int) and abs(value) > LARGEST_INTEGER:
        return f"an integer beyond {LARGEST_INTEGER}; write a smaller one"
    if value is not None and not isinstance(value, Mapping | list | str | int | float):
        remedy = "write text in quotes, a number, true, false, a list or a mapping"
        return f"of type {type(value).__name__}; {remedy}"
    return ""
