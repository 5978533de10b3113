"""What to say of values that the schema does not allow: what was found, and what to write."""

import json
import math
import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from lit.errors import nearest
from lit.study.config_files import COMMAND, Where, place, written
from lit.study.misread import blank_behind_colon
from lit.study.numbers_meant import LONGEST_RANGE, number_meant, range_meant
from lit.study.schema_text import meaning, resolved
from lit.study.schema_words import (
    BOUNDS,
    bounds,
    clip,
    example,
    flow,
    found_in_words,
    in_words,
    types_of,
)
from lit.study.wrong_keys import missing_key, unknown_key

MEANINGS = {"null": "nothing", "true": "true", "false": "false"}  # of values that are no numbers
NUMBERS = {"number", "integer"}
# Kinds of data sets, by what their files are called.
MEANT = {"csv": "table", "tsv": "table", "txt": "text", "jsonl": "text", "json": "text"}
MEANT |= {"h5": "hdf5", "numpy": "npz", "images": "imagefolder", "folder": "imagefolder"}
# Shares of the labels, as an example of what to write.
SHARES = {"random": "1.0", "shuffled": "1.0", "noise": "0.2"}
LONGEST_NAME = 100  # characters of a name, as the schema has it


def explain(error: Any, where: Where, config: Mapping[str, Any]) -> str:
    """What is wrong with a value of a config, and what to write, by an error of jsonschema."""
    found, remedy = error.instance, ""
    match error.validator:
        case "additionalProperties":
            return unknown_key(error, config)
        case "required":
            return missing_key(error)
        case "enum":
            return _none_of(found, [str(value) for value in error.validator_value])
        case "pattern":
            name = _name_like(found) if "--" in meaning_of(error) else ""
            instead = f"; write for instance {name}" if name else ""
            return f"{clip(repr(found), 120)} is not allowed here{instead}; {meaning_of(error)}"
        case "anyOf":
            remedy = _no_alternative(error)
        case "type":
            remedy = _other_type(error, where)
        case keyword if keyword in BOUNDS:
            (kind, *_) = [one for one in types_of(error.schema) if one in NUMBERS]
            number = "a whole number" if kind == "integer" else "a number"
            remedy = f"found {found} where {number} {bounds(error.schema)} belongs"
        case _:
            remedy = _out_of_size(error)
    return f"{remedy}; {meaning_of(error)}"


def meaning_of(error: Any) -> str:
    """What belongs to a value, as the schema describes it."""
    return meaning(error.absolute_schema_path)


def _none_of(found: Any, known: list[str]) -> str:
    """What to write where one of several values belongs."""
    hint = nearest(str(found), known)
    if (kind := MEANT.get(str(found).lower())) in known:
        hint = f"write {kind}, which reads that"
    shown, said = f"known: {', '.join(known)}", clip(repr(found), 80)
    if isinstance(found, Mapping | list):
        said, hint = found_in_words(found), shown
    return f"found {said}; " + (shown if hint[:6] == shown[:6] else f"{hint} ({shown})")


def _name_like(found: str) -> str:
    """A name that is allowed, and as like another as may be; or ""."""
    letters = unicodedata.normalize("NFKD", found.replace("ß", "ss"))
    plain = "".join(letter for letter in letters if not unicodedata.combining(letter))
    plain = re.sub(r"-{2,}", "-", re.sub(r"[^A-Za-z0-9._-]+", "-", plain))
    return re.sub(r"^[^A-Za-z0-9]+|[^A-Za-z0-9]+$", "", plain[:LONGEST_NAME])


def _no_alternative(error: Any) -> str:
    """What to write where one of several things belongs."""
    found, types = error.instance, types_of(error.schema)
    if list(error.absolute_path)[:1] == ["seeds"] and (numbers := range_meant(str(found))):
        return f"found the text {found!r} where a number belongs; write seeds: {numbers}"
    if "array" in types and isinstance(found, str) and re.fullmatch(r"[^,]+(, *[^,]+)+", found):
        return f"found the text {found!r} where a list belongs; write [{found}]"
    if not types:  # alternatives of keys, which the description names
        return f"found {found_in_words(found)}"
    return f"found {found_in_words(found)} where {in_words(error.schema)} belongs{_such(error)}"


def _such(error: Any, before: str = "; write such as ") -> str:
    """An example of what belongs somewhere, where the schema has one."""
    shown, path = example(error.schema), list(error.absolute_path)
    if shown is None:
        return ""
    key = f"{path[-1]}: " if path and isinstance(path[-1], str) else ""
    return f"{before}{key}{flow(shown)}"


def _out_of_size(error: Any) -> str:
    """What is wrong with how many items, keys or characters there are."""
    found, most = error.instance, error.validator_value
    match error.validator:
        case "minLength" | "maxLength" if not found:
            return "found an empty text; write one, or leave the key out"
        case "minLength" | "maxLength":
            bound = "at least" if error.validator == "minLength" else "at most"
            return f"found a text of {len(found)} characters; write {bound} {most}"
        case "uniqueItems":
            twice = next(one for i, one in enumerate(found) if one in found[:i])
            return f"{flow(twice)} is in the list twice; write it once"
        case "minItems" | "minProperties":
            such = _such(error, ", such as ")
            return f"found {found_in_words(found)}; write at least {_count(most, found)}{such}"
        case "maxItems" | "maxProperties":
            return f"found {found_in_words(found)}; write at most {_count(most, found)}"
    return clip(error.message)  # a keyword that the schema did not have before


def _count(number: int, found: Any) -> str:
    noun = "key" if isinstance(found, Mapping) else "item"
    return f"{number:,} {noun}{'s' * (number != 1)}"


def _other_type(error: Any, where: Where) -> str:
    """What to write where a value is of another type than it should be."""
    types = error.validator_value
    wanted = set(types if isinstance(types, list) else [types])
    found, path = error.instance, list(error.absolute_path)
    said = (
        _scalar_meant(error, where, wanted)
        or _mapping_meant(error, wanted)
        or _list_meant(error, where, wanted)
    )
    if said:
        return said
    raw = written(where, path)
    if "string" in wanted and isinstance(found, bool | int | float | None):
        value = json.dumps(found)
        said, means = raw or value, MEANINGS.get(value, f"the number {value}")
        quoted = f"'{said}' in quotes"
        if place(where, path) == COMMAND and len(path) == 1:  # a shell takes one pair of quotes off
            quoted = f"{COMMAND} '{path[0]}=\"{said}\"'"
        return f"{said} is {means} to YAML, and text belongs here; write {quoted}"
    more = "; what belongs to it is indented below it" * (found is None)
    if "string" in wanted and isinstance(found, Mapping) and len(found) == 1:
        ((key, value),) = found.items()
        raw = value if isinstance(value, str) else written(where, [*path, key])
        if value is None:
            more = f"; if {key!r} is meant, write it without the colon"
        elif key != "kind" and raw:
            more = f"; if it is one text, write {f'{key}: {raw}'!r} in quotes"
    belongs = in_words(error.schema)
    return f"found {found_in_words(found)} where {belongs} belongs{more}{_such(error)}"


def _scalar_meant(error: Any, where: Where, wanted: set[str]) -> str:
    """What to write where a number, or true or false, belongs and something alike was found."""
    found = error.instance
    if NUMBERS & wanted and (number := number_meant(found)):
        why = " (YAML reads 1e-3 as text, 1.0e-3 as a number)" if "e" in found.lower() else ""
        return (
            f"found the text {found!r} where a number belongs; write {number} without quotes{why}"
        )
    if "integer" in wanted and isinstance(found, float):
        raw = written(where, error.absolute_path)
        meant = [number_meant(raw), f"{found:.0f}"]
        if not found.is_integer():
            meant = [str(math.floor(found)), str(math.ceil(found))]
        numbers = " or ".join(dict.fromkeys(number for number in meant if number))
        return f"found {raw or found} where a whole number belongs; write {numbers}"
    if "boolean" in wanted and isinstance(found, str | int):
        return f"found {found!r}; write true or false, without quotes"
    return ""


def _mapping_meant(error: Any, wanted: set[str]) -> str:
    """What to write where a mapping belongs and something else was found; or ""."""
    found, known = error.instance, error.schema.get("properties", {})
    if "object" not in wanted:
        return ""
    if isinstance(found, str) and found in known:
        shown = SHARES.get(found, "...")
        said = known[found].get("description", "see config/README.md").partition("\n")[0]
        return f"found {found!r} where a mapping belongs; write {{{found}: {shown}}} ({said})"
    if isinstance(found, str) and (meant := blank_behind_colon(found)):
        return f"found {found!r} where a mapping belongs; write a blank behind the colon: {meant}"
    if isinstance(found, list) and isinstance(error.schema.get("additionalProperties"), Mapping):
        remedy = "write a name and a colon in place of each '- ', and indent what is of that name"
        remedy += _such(error, ", as in ")
        return f"found {found_in_words(found)} where a mapping belongs; {remedy}"
    if isinstance(found, list) and len(found) == 1 and isinstance(found[0], Mapping):
        return (
            "found a list where a mapping belongs; leave the '- ' or the brackets out, write"
            f" {clip(flow(found[0]), 80)}"
        )
    return ""


def _list_meant(error: Any, where: Where, wanted: set[str]) -> str:
    """What to write where a list belongs and something else was found; or ""."""
    found, path = error.instance, list(error.absolute_path)
    if "array" not in wanted:
        return ""
    if isinstance(found, str | int | float) and not isinstance(found, bool):
        raw = written(where, path)
        remedy = _seeds(found, raw) if path == ["seeds"] else f"[{found}]"
        said = raw if ":" in raw else clip(repr(found), 80)
        return f"found {said} where a list belongs; write {remedy}"
    items = resolved(error.schema.get("items", {}))
    if isinstance(found, Mapping) and items.get("type") == "object":
        shown = example(error.schema)
        such = f", such as - {flow(shown[0])}" if shown else ""
        return (
            f"found {found_in_words(found)} where a list belongs; begin each item with '- '{such}"
        )
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
