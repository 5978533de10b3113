"""Values and parts of the schema in words: what was found, what belongs there, and an example."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from lit.study.schema_text import Part, resolved

WORDS = {
    "integer": "a whole number",
    "number": "a number",
    "string": "text",
    "boolean": "true or false",
    "null": "null",
    "array": "a list",
    "object": "a mapping",
}
ITEMS = {"integer": "whole numbers", "number": "numbers", "string": "texts", "array": "lists"}
PLAIN = re.compile(r"[A-Za-z_./-][\w./-]*|[.]{3}")
ROOM = 80  # characters of a value that a message shows
BOUNDS = {"minimum": "of at least", "exclusiveMinimum": "above"}  # keywords of the schema
BOUNDS |= {"maximum": "of at most", "exclusiveMaximum": "below"}


def clip(text: str, most: int = 500) -> str:
    """A text, without its middle where it is long."""
    return text if len(text) <= most else f"{text[: most // 2]} ... {text[-most // 2 :]}"


def key_of(path: Iterable[Any]) -> str:
    """Where a value is: ``arms[0].name``."""
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return clip("".join(parts).lstrip(".") or "top level")


def found_in_words(value: Any) -> str:
    """A value as a message shows it: of lists and mappings no more than what they are."""
    if isinstance(value, Mapping):
        keys = clip(", ".join(map(str, value)), ROOM)
        return f"a mapping ({keys})" if keys else "an empty mapping"
    if isinstance(value, list):
        return f"a list of {len(value)}" if value else "an empty list"
    if value is None:
        return "nothing"
    return clip(repr(value), ROOM)


def types_of(part: Part) -> list[str]:
    """Types that a part of the schema allows, those of its alternatives among them."""
    types = part.get("type", [])
    found = [types] if isinstance(types, str) else list(types)
    for one in part.get("anyOf", []):
        found += types_of(resolved(one))
    return found


def in_words(part: Part) -> str:
    """What belongs to a part of the schema: "a whole number, or a list of whole numbers"."""
    part = resolved(part)
    if "anyOf" in part:
        return ", or ".join(dict.fromkeys(map(in_words, part["anyOf"])))
    if "const" in part:
        return str(part["const"])
    types = part.get("type", "")
    if types != "array":
        return " or ".join(WORDS[kind] for kind in types_of(part))
    items = resolved(part.get("items", {}))
    kinds = dict.fromkeys(ITEMS.get(kind, "") for kind in types_of(items))
    return f"a list of {' or '.join(kinds)}" if kinds and "" not in kinds else "a list"


def bounds(part: Part) -> str:
    """Which numbers a part of the schema allows: "above 0 and of at most 10"."""
    if "minimum" in part and "maximum" in part:
        return f"from {part['minimum']:,.15g} to {part['maximum']:,.15g}"
    said = (f"{words} {part[key]:,.15g}" for key, words in BOUNDS.items() if key in part)
    return " and ".join(said)


def example(part: Part) -> Any:
    """A value that belongs to a part of the schema; None where it has no example."""
    part = resolved(part)
    if "examples" in part:
        return part["examples"][0]
    if "default" in part:
        return part["default"]
    if part.get("type") == "array":
        item = example(part.get("items", {}))
        return None if item is None else [item]
    return next((example(one) for one in part.get("anyOf", []) if example(one) is not None), None)


def flow(value: Any) -> str:
    """A value as YAML has it on one line."""
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{key}: {flow(item)}' for key, item in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(flow, value))}]"
    return value if isinstance(value, str) and PLAIN.fullmatch(value) else json.dumps(value)
