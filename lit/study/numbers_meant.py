"""The number that a text stands for, whichever way people of different countries write it.

Among them commas within numbers: between braces and brackets YAML takes each for the end of a
value.
"""

import itertools
import re
import sys
from typing import Any

import yaml

LONGEST_RANGE = 50  # numbers that a message writes out
TIMES = {"k": 10**3, "K": 10**3, "M": 10**6}


def number_meant(text: Any) -> str:
    """The number that a text stands for, as YAML takes it; "" where it stands for none."""
    if not isinstance(text, str):
        return ""
    text = text.strip().replace("\u2212", "-")  # a true minus sign
    if found := re.fullmatch(r"([-+]?[0-9.,_]+) *([%kKM])", text):
        number = _decimal(found[1])
        if number is None:
            return ""
        return plain_number(str(number / 100 if found[2] == "%" else number * TIMES[found[2]]))
    if found := re.fullmatch(r"0o([0-7]+)", text):
        return str(int(found[1], 8))
    number = _decimal(text)
    return plain_number(text) if number is None else plain_number(str(number))


def range_meant(text: str) -> list[int]:
    """The whole numbers that a range stands for; [] of other texts.

    0-4 and 0..4 have their end, 0:5 and range(5) do not.
    """
    text = text.strip()
    if found := re.fullmatch(r"([0-9]{1,15}) *(?:-|\u2013|\.\.\.?|to) *([0-9]{1,15})", text):
        meant = range(int(found[1]), int(found[2]) + 1)
    elif found := re.fullmatch(r"([0-9]{1,15}) *: *([0-9]{1,15})", text):
        meant = range(int(found[1]), int(found[2]))
    elif found := re.fullmatch(r"range\( *(?:([0-9]{1,15}) *, *)?([0-9]{1,15}) *\)", text):
        meant = range(int(found[1] or 0), int(found[2]))
    else:
        return []
    return list(meant) if len(meant) <= LONGEST_RANGE else []


def _decimal(text: str) -> float | int | None:
    """A number with a decimal comma, or with something between thousands."""
    for thousands, comma in (("[,_ \u00a0\u202f'’]", "[.]"), ("[._ \u00a0\u202f'’]", "[,]")):
        if re.fullmatch(rf"[-+]?[1-9][0-9]{{0,2}}({thousands}[0-9]{{3}})+({comma}[0-9]+)?", text):
            whole, *rest = re.split(comma, text)
            digits = re.sub(thousands, "", whole)
            return float(".".join([digits, *rest])) if rest else int(digits)
    if re.fullmatch(r"[-+]?[0-9]*[.,][0-9]+", text):
        return float(text.replace(",", "."))
    return int(text) if re.fullmatch(r"[-+]?[0-9]+", text) else None


def plain_number(text: str) -> str:
    """A finite number as YAML 1.1 reads it: exponents have a point before them and a sign."""
    try:
        number = float(text)
    except ValueError:
        return ""
    if not -sys.float_info.max <= number <= sys.float_info.max:
        return ""
    if number.is_integer() and abs(number) < 1e15:
        return str(int(number))
    mantissa, _, exponent = repr(number).partition("e")
    if not exponent:
        return mantissa
    return f"{mantissa if '.' in mantissa else mantissa + '.0'}e{int(exponent):+03d}"


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
