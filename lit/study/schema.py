"""Whether a config is what the schema asks for, and in words what is wrong where it is not."""

import functools
import itertools
import math
import re
import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from jsonschema.validators import extend

from lit.errors import InputError, nearest
from lit.study.config_files import COMMAND, Where, place, written
from lit.study.config_text import DEEPEST
from lit.study.misread import LOADER
from lit.study.numbers_meant import LONGEST_RANGE, number_meant, range_meant

SCHEMA = Path(__file__).resolve().parents[2] / "config" / "schemas" / "config.schema.yaml"
# What planning can bear, and far more than a study needs.
MOST_VALUES, LARGEST_INTEGER, LONGEST_TEXT = 50_000, 2**53, 1000
NUMBERS = {"number", "integer"}
SHARES = {"random": "1.0", "noise": "0.2"}  # of the labels, as an example of what to write


@functools.cache
def _validator() -> Any:
    integer = Draft202012Validator.TYPE_CHECKER.redefine(
        "integer", lambda _, v: isinstance(v, int) and not isinstance(v, bool)
    )
    return extend(Draft202012Validator, type_checker=integer)(_schema())


@functools.cache
def _schema() -> dict[str, Any]:
    return yaml.load(SCHEMA.read_text(encoding="utf-8"), LOADER)


def default(part: str, option: str) -> Any:
    """What an option of a part of the config is where it is left out, as the schema says it."""
    return _schema()["properties"][part]["properties"][option]["default"]


def validate(config: Mapping[str, Any], where: Where = "config") -> None:
    """Check a config against the schema.

    Raises:
        InputError: the first violation, with the key's path, what was found and what to write.
    """
    _check_plain(config, where)
    errors = sorted(_validator().iter_errors(config), key=lambda e: (len(e.path), str(e.path)))
    if errors:
        error = _deepest(errors[0])
        raise InputError(f"{place(where, _path(error))}: {_clip(_explain(error, where))}")


def _check_plain(config: Any, where: Where) -> None:
    """Refuse what JSON cannot hold, cycles and repeats beyond measure, control characters."""
    todo: list[tuple[tuple[Any, ...], Any]] = [((), config)]
    for seen in itertools.count():
        if not todo:
            return
        path, value = todo.pop()
        if len(path) > DEEPEST or seen > MOST_VALUES:
            raise InputError(
                f"{where}: more than {DEEPEST} levels or {MOST_VALUES:,} values; write a smaller"
                " study"
            )
        wrong = _not_plain(value)
        if wrong:
            raise InputError(
                f"{place(where, path)}: {_key(path)}: found {_clip(repr(value), 80)}, {wrong}"
            )
        if isinstance(value, Mapping):
            for key in value:
                if not isinstance(key, str) or _not_plain(key):
                    odd = _clip(repr(key), 80)
                    raise InputError(
                        f"{place(where, path)}: {_key(path)}: key {odd} is no plain text; write it"
                        " in quotes"
                    )
            todo += [((*path, key), item) for key, item in value.items()]
        elif isinstance(value, list):
            todo += [((*path, i), item) for i, item in enumerate(value)]


def _not_plain(value: Any) -> str:
    if isinstance(value, str) and len(value) > LONGEST_TEXT:
        return f"a text of {len(value)} characters; at most {LONGEST_TEXT} are allowed"
    if isinstance(value, str) and any(unicodedata.category(c) in ("Cc", "Cs") for c in value):
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
    return _clip(
        "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in path).lstrip(".")
        or "top level"
    )


def _clip(text: str, most: int = 500) -> str:
    return text if len(text) <= most else f"{text[: most // 2]} ... {text[-most // 2 :]}"


def _deepest(error: Any) -> Any:
    """Of a value that may be one of several things, what is wrong with the one that was meant."""
    if error.validator != "anyOf":
        return error
    deeper = [
        e
        for e in error.context
        if e.validator not in ("type", "required") or number_meant(e.instance)
    ]
    return _deepest(deeper[0]) if deeper else error


def _path(error: Any) -> tuple[Any, ...]:
    """Keys and places in lists that lead to what is wrong, an unknown key itself among them."""
    path = tuple(error.absolute_path)
    return (*path, _unknown(error)) if error.validator == "additionalProperties" else path


def _unknown(error: Any) -> str:
    return next(name for name in error.instance if name not in error.schema["properties"])


def _explain(error: Any, where: Where) -> str:
    key, found = _key(error.absolute_path), error.instance
    if error.validator == "additionalProperties":
        unknown = _unknown(error)
        return f"{key}: unknown key {unknown!r}; {nearest(unknown, error.schema['properties'])}"
    if error.validator == "anyOf":
        if key.startswith("seeds[") and isinstance(found, str) and (numbers := range_meant(found)):
            return f"{key}: found the text {found!r} where a number belongs; write seeds: {numbers}"
        return f"{key}: found {found!r}; {_meaning(error)}"
    if error.validator == "required":
        missing = [name for name in error.validator_value if name not in found]
        return f"{key}: key {missing[0]!r} is missing"
    if error.validator == "type":
        remedy = _other_type(error, where)
        return f"{key}: {remedy or f'{error.message}; {_meaning(error)}'}"
    if error.validator == "enum":
        values = [str(value) for value in error.validator_value]
        return f"{key}: found {found!r}; {nearest(str(found), values)} (known: {', '.join(values)})"
    if error.validator == "pattern":
        return f"{key}: {found!r} is not allowed here; {_meaning(error)}"
    return f"{key}: {error.message}; {_meaning(error)}"


def _other_type(error: Any, where: Where) -> str:
    """What to write where a value is of another type than it should be; or ""."""
    found, types, raw = error.instance, error.validator_value, written(where, error.absolute_path)
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
        said, path = raw or ("null" if found is None else str(found).lower()), error.absolute_path
        top = (
            place(where, path) == COMMAND and len(path) == 1
        )  # a shell takes one pair of quotes off
        quoted = f"{COMMAND} '{path[0]}=\"{said}\"'" if top else f"'{said}' in quotes"
        return f"{said} is {_what(found)} to YAML, and text belongs here; write {quoted}"
    if "boolean" in wanted and isinstance(found, str | int):
        return f"found {found!r}; write true or false, without quotes"
    known = error.schema.get("properties", {})
    if "object" in wanted and isinstance(found, str) and found in known:
        example = SHARES.get(found, "...")
        said = known[found].get("description", "see config/README.md").partition("\n")[0]
        return f"found {found!r} where a mapping belongs; write {{{found}: {example}}} ({said})"
    if "array" in wanted and isinstance(found, str | int | float) and not isinstance(found, bool):
        remedy = _seeds(found, raw) if list(error.absolute_path) == ["seeds"] else f"[{found}]"
        said = raw if ":" in raw else repr(found)
        return f"found {said} where a list belongs; write {remedy}; {_meaning(error)}"
    return ""


def _seeds(found: str | int | float, raw: str) -> str:
    """What to write for seeds that are no list, as they were read and as they are written."""
    if numbers := range_meant(raw or str(found)):
        return str(numbers)
    if isinstance(found, int) and found >= 0:
        count = {2: "two", 3: "three", 4: "four", 5: "five"}.get(found, str(found))
        many = f", or {list(range(found))} for {count} seeds" if 1 < found <= LONGEST_RANGE else ""
        return f"[{found}] for seed {found} alone{many}"
    if isinstance(found, str) and re.fullmatch(r"[0-9]+([, ]+[0-9]+)*", found.strip()):
        return f"[{', '.join(re.findall('[0-9]+', found))}]"
    return "each seed, such as [0, 1, 2, 3, 4]"


def _what(value: Any) -> str:
    if value is None:
        return "nothing"
    return str(value).lower() if isinstance(value, bool) else f"the number {value}"


def _meaning(error: Any) -> str:
    description = error.schema.get("description", "")
    return description[:1].lower() + description[1:] if description else "see config/README.md"
