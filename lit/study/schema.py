"""Whether a config is what the schema asks for, and in words what is wrong where it is not."""

import functools
import itertools
import json
import math
import re
import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft4Validator, Draft202012Validator
from jsonschema.validators import extend

from lit.errors import InputError, nearest
from lit.study.config_files import COMMAND, Where, place, written
from lit.study.config_text import DEEPEST
from lit.study.misread import LOADER
from lit.study.numbers_meant import LONGEST_RANGE, number_meant, range_meant

IN_WHEEL = Path(__file__).resolve().with_name("config.schema.yaml")  # put there by setup.py
IN_CLONE = Path(__file__).resolve().parents[2] / "config" / "schemas" / "config.schema.yaml"
SCHEMA = IN_WHEEL if IN_WHEEL.is_file() else IN_CLONE
# What planning can bear, and far more than a study needs.
MOST_VALUES, LARGEST_INTEGER, LONGEST_TEXT = 50_000, 2**53, 1000
MEANINGS = {"null": "nothing", "true": "true", "false": "false"}  # of values that are no numbers
NUMBERS = {"number", "integer"}
# Kinds of data sets, by what their files are called.
MEANT = {"csv": "table", "tsv": "table", "txt": "text", "jsonl": "text", "json": "text"}
MEANT |= {"h5": "hdf5", "numpy": "npz", "images": "imagefolder", "folder": "imagefolder"}
SHARES = {"random": "1.0", "noise": "0.2"}  # of the labels, as an example of what to write


@functools.cache
def _validator() -> Any:
    integers = Draft4Validator.TYPE_CHECKER  # to which 128.0 is none
    return extend(Draft202012Validator, type_checker=integers)(_schema())


@functools.cache
def _schema() -> dict[str, Any]:
    return yaml.load(SCHEMA.read_text(encoding="utf-8"), LOADER)


def default(*option: str) -> Any:
    """What an option of a part of the config is where it is left out, as the schema says it."""
    part = _schema()
    for name in option:
        part = part["properties"][name]
    return part["default"]


def validate(config: Mapping[str, Any], where: Where = "config") -> None:
    """Raise an InputError of the first thing that the schema does not allow: where, and remedy."""
    _check_plain(config, where)
    errors = sorted(_validator().iter_errors(config), key=lambda e: (len(e.path), str(e.path)))
    if errors:
        error = _deepest(errors[0])
        path = list(error.absolute_path)
        said = _clip(f"{_key(path)}: {_explain(error, where)}")
        if error.validator == "additionalProperties":
            path.append(_unknown(error))
        raise InputError(f"{place(where, path)}: {said}")


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
            wrong = f"found {_clip(repr(value), 80)}, {wrong}"
        for key in value if isinstance(value, Mapping) else []:
            if not isinstance(key, str) or _not_plain(key):
                wrong = f"key {_clip(repr(key), 80)} is no plain text; write it in quotes"
        if wrong:
            raise InputError(f"{place(where, path)}: {_key(path)}: {wrong}")
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


def _key(path: Iterable[Any]) -> str:
    """Where a value is: ``arms[0].name``."""
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return _clip("".join(parts).lstrip(".") or "top level")


def _clip(text: str, most: int = 500) -> str:
    return text if len(text) <= most else f"{text[: most // 2]} ... {text[-most // 2 :]}"


def _deepest(error: Any) -> Any:
    """Of a value that may be one of several things, what is wrong with the one that was meant."""
    for inner in error.context if error.validator == "anyOf" else []:
        if inner.validator not in ("type", "required") or number_meant(inner.instance):
            return _deepest(inner)
    return error


def _unknown(error: Any) -> str:
    return next(name for name in error.instance if name not in error.schema["properties"])


def _explain(error: Any, where: Where) -> str:
    """What is wrong with a value, and what to write."""
    found, wanted, remedy = error.instance, error.validator_value, ""
    match error.validator:
        case "additionalProperties":
            unknown = _unknown(error)
            return f"unknown key {unknown!r}; {nearest(unknown, error.schema['properties'])}"
        case "required":
            return f"key {next(name for name in wanted if name not in found)!r} is missing"
        case "enum":
            known = [str(value) for value in wanted]
            hint = nearest(str(found), known)
            if (kind := MEANT.get(str(found).lower())) in known:
                hint = f"write {kind}, which reads that"
            shown = f"known: {', '.join(known)}"
            return f"found {found!r}; " + (shown if hint[:6] == shown[:6] else f"{hint} ({shown})")
        case "pattern":
            remedy = f"{found!r} is not allowed here; {_meaning(error)}"
        case "anyOf":
            remedy = f"found {found!r}; {_meaning(error)}"
            if error.absolute_path[0] == "seeds" and (numbers := range_meant(str(found))):
                remedy = f"found the text {found!r} where a number belongs; write seeds: {numbers}"
            lists = any(one.validator_value == "array" for one in error.context)
            if lists and isinstance(found, str) and re.fullmatch(r"[^,]+(, *[^,]+)+", found):
                remedy = f"found the text {found!r} where a list belongs; write [{found}]"
        case "type":
            remedy = _other_type(error, where)
    return remedy or f"{error.message}; {_meaning(error)}"


def _other_type(error: Any, where: Where) -> str:
    """What to write where a value is of another type than it should be; or ""."""
    found, types, path = error.instance, error.validator_value, list(error.absolute_path)
    raw = written(where, path)
    wanted = set(types if isinstance(types, list) else [types])
    if NUMBERS & wanted and (number := number_meant(found)):
        why = " (YAML reads 1e-3 as text, 1.0e-3 as a number)" if "e" in found.lower() else ""
        return (
            f"found the text {found!r} where a number belongs; write {number} without quotes{why}"
        )
    if "integer" in wanted and isinstance(found, float) and found.is_integer():
        meant = dict.fromkeys(number for number in (number_meant(raw), f"{found:.0f}") if number)
        return f"found {raw or found} where a whole number belongs; write {' or '.join(meant)}"
    if "string" in wanted and isinstance(found, bool | int | float | None):
        value = json.dumps(found)
        said, meaning = raw or value, MEANINGS.get(value, f"the number {value}")
        quoted = f"'{said}' in quotes"
        if place(where, path) == COMMAND and len(path) == 1:  # a shell takes one pair of quotes off
            quoted = f"{COMMAND} '{path[0]}=\"{said}\"'"
        return f"{said} is {meaning} to YAML, and text belongs here; write {quoted}"
    if "boolean" in wanted and isinstance(found, str | int):
        return f"found {found!r}; write true or false, without quotes"
    known = error.schema.get("properties", {})
    if "object" in wanted and isinstance(found, str) and found in known:
        example = SHARES.get(found, "...")
        said = known[found].get("description", "see config/README.md").partition("\n")[0]
        return f"found {found!r} where a mapping belongs; write {{{found}: {example}}} ({said})"
    if "array" in wanted and isinstance(found, str | int | float) and not isinstance(found, bool):
        remedy = _seeds(found, raw) if path == ["seeds"] else f"[{found}]"
        said = raw if ":" in raw else repr(found)
        return f"found {said} where a list belongs; write {remedy}; {_meaning(error)}"
    return ""


def _seeds(found: str | int | float, raw: str) -> str:
    """What to write for seeds that are no list, as they were read and as they are written."""
    if numbers := range_meant(raw or str(found)):
        return str(numbers)
    if isinstance(found, int) and found >= 0:
        several = 1 < found <= LONGEST_RANGE
        many = f", or {list(range(found))} for {found} seeds" if several else ""
        return f"[{found}] for seed {found} alone{many}"
    if isinstance(found, str) and re.fullmatch(r"[0-9]+([, ]+[0-9]+)*", found.strip()):
        return f"[{', '.join(re.findall('[0-9]+', found))}]"
    return "each seed, such as [0, 1, 2, 3, 4]"


def _meaning(error: Any) -> str:
    description = error.schema.get("description", "see config/README.md")
    return description[:1].lower() + description[1:]
