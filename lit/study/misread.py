"""Values that YAML takes otherwise than they look, and what to write for each.

Of numbers with commas: between braces and brackets YAML takes each comma for the end of a value.
"""

import itertools
import re
from collections.abc import Mapping
from typing import Any

import yaml

from lit.errors import InputError
from lit.study.numbers_meant import number_meant, plain_number

LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # in C, where PyYAML has it
TAG = "tag:yaml.org,2002:"


def misread(node: yaml.ScalarNode, free: bool = False) -> str:
    """What to write for a plain value that YAML 1.1 takes otherwise than most people do; or "".

    Args:
        node: As resolved by PyYAML.
        free: Whether it is an option that nothing else checks the type of.
    """
    raw, kind = node.value, node.tag.removeprefix(TAG)
    in_quotes = f"'{raw}' in quotes where text is meant"
    if node.style:  # quotes, or a block of text
        return ""
    if kind in ("int", "float") and ":" in raw:
        number = yaml.load(raw, LOADER)
        return f"YAML reads {raw} as {number:g}, in base 60; write {number:g}, or {in_quotes}"
    if kind == "int" and re.fullmatch(r"[-+]?0[0-9_]+", raw):
        octal, number = yaml.load(raw, LOADER), int(raw.replace("_", ""))
        return f"YAML reads {raw} as {octal}, in base 8; write {number}, or {in_quotes}"
    if kind == "timestamp":
        return f"YAML reads {raw} as a date; write '{raw}' in quotes"
    if free and kind == "bool" and raw.lower() not in ("true", "false"):
        truth = str(yaml.load(raw, LOADER)).lower()
        return f"YAML reads {raw} as {truth}; write {truth}, or {in_quotes}"
    if free and kind == "str" and re.match(r"[-+.0-9]", raw) and (number := plain_number(raw)):
        return f"YAML reads {raw} as text; write {number}, or {in_quotes}"
    return ""


def typed(value: Any, where: str) -> Any:
    """A value of ``--config`` with YAML's types; Snakemake leaves text in lists and mappings.

    Raises:
        InputError: what YAML would take for something else than it looks.
    """
    if isinstance(value, Mapping):
        return {key: _typed(item, f"{where}.{key}") for key, item in value.items()}
    if isinstance(value, list):
        return [_typed(item, f"{where}[{i}]") for i, item in enumerate(value)]
    return value


def _typed(value: Any, where: str) -> Any:
    if not isinstance(value, str):
        return typed(value, where)
    node = yaml.ScalarNode(
        yaml.resolver.Resolver().resolve(yaml.ScalarNode, value, (True, False)), value
    )
    if wrong := misread(node):
        raise InputError(f"--config: {where}: {wrong}")
    kind = node.tag.removeprefix(TAG)
    return yaml.load(value, LOADER) if kind in ("int", "float", "bool", "null") and value else value


def comma_in_mapping(node: yaml.MappingNode) -> tuple[yaml.Node, str] | None:
    """First number with a comma in a mapping, and what is wrong with it; or None.

    ``{lr: 0,5}`` has a key 5 to YAML.
    """
    for (_, value), (key, _) in itertools.pairwise(node.value):
        if not (
            _plain(value, r"[-+]?[0-9][0-9._]*")
            and _touch(value, key)
            and _plain(key, r"[0-9][0-9._eE+-]*")
        ):
            continue
        parts = [value]
        for other, nothing in node.value:
            if (
                other.start_mark.index > value.start_mark.index
                and _touch(parts[-1], other)
                and _plain(nothing, "")
            ):
                parts.append(other)
        if len(parts) > 1:
            raw = ",".join(part.value for part in parts)
            number = number_meant(raw) or plain_number(raw.replace(",", "."))  # as of 1,5e-3
            remedy = f"write {number}" if number else "write the number without commas"
            return value, f"YAML reads {raw} as {_count(parts)} entries; {remedy}"
    return None


def comma_in_list(node: yaml.SequenceNode) -> tuple[yaml.Node, str] | None:
    """First number with commas between its thousands in a list, and what is wrong with it; or None.

    ``[1,024]`` is two numbers to YAML, and so is ``[16,128]``, a list written without blanks. What
    may be thousands (1 to 3 digits that are not 0, then three digits for each comma with no blank
    after it) is refused where

    - three digits begin with 0, as nobody writes a number of its own: ``[1,024]``, ``[0,2,048]``;
    - other commas of the line have a blank after them, so that this one without looks meant:
      ``[0, 1,200]``; or
    - it is the whole list, and its first number is below 10, as hardly any first width or n is:
      ``[1,200]``.

    Every other list without blanks is taken for what it is to YAML: ``[16,128]``, ``[0,128,512]``.
    """
    items = node.value
    blanks = any(
        before.end_mark.line == after.start_mark.line and not _touch(before, after)
        for before, after in itertools.pairwise(items)
    )
    for i, first in enumerate(items):
        if not _plain(first, r"[-+]?[1-9][0-9]{0,2}"):
            continue
        parts = [first]
        for other in items[i + 1 :]:
            if not (_touch(parts[-1], other) and _plain(other, "[0-9]{3}")):
                break
            parts.append(other)
        alone = len(parts) == len(items) == 2 and len(first.value) == 1
        if len(parts) > 1 and (
            blanks or alone or any(part.value.startswith("0") for part in parts[1:])
        ):
            raw = ",".join(part.value for part in parts)
            each = "the comma" if len(parts) == 2 else "each comma"
            return first, (
                f"{raw} are {_count(parts)} numbers to YAML; write {raw.replace(',', '')}, or a"
                f" blank after {each} for {_count(parts)} numbers"
            )
    return None


def _count(parts: list[yaml.Node]) -> str:
    return {2: "two", 3: "three"}.get(len(parts), str(len(parts)))


def _plain(node: yaml.Node, pattern: str) -> bool:
    return (
        isinstance(node, yaml.ScalarNode)
        and not node.style
        and re.fullmatch(pattern, node.value) is not None
    )


def _touch(before: yaml.Node, after: yaml.Node) -> bool:
    """Whether nothing but a comma stands between two nodes."""
    return bool(after.start_mark.index == before.end_mark.index + 1)
