"""The number that a text stands for, whichever way people of different countries write it."""

import math
import re
from typing import Any

LONGEST_RANGE = 50  # numbers that a message writes out
EXPONENTS = {"%": "e-2", "k": "e3", "K": "e3", "M": "e6"}
DIGITS = "([0-9]{1,15})"
# Ranges of whole numbers, and what is between the second number and the end.
RANGES = {
    rf"{DIGITS} *(?:-|\u2013|\.\.\.?|to) *{DIGITS}": 1,
    rf"{DIGITS} *: *{DIGITS}": 0,
    rf"range\( *(?:{DIGITS} *, *)?{DIGITS} *\)": 0,
}


def number_meant(text: Any) -> str:
    """The number that a text stands for, as YAML takes it; "" where it stands for none."""
    if not isinstance(text, str):
        return ""
    text = text.strip().replace("\u2212", "-")  # a true minus sign
    if found := re.fullmatch(r"([-+]?[0-9.,_]+) *([%kKM])", text):
        return plain_number(_with_point(found[1]) + EXPONENTS[found[2]])
    if re.fullmatch(r"0o[0-7]+", text):
        return str(int(text, 8))
    return plain_number(_with_point(text))


def range_meant(text: str) -> list[int]:
    """The whole numbers that a range stands for; [] of other texts.

    0-4 and 0..4 have their end, 0:5 and range(5) do not.
    """
    for pattern, more in RANGES.items():
        if found := re.fullmatch(pattern, text.strip()):
            meant = range(int(found[1] or 0), int(found[2]) + more)
            return list(meant) if len(meant) <= LONGEST_RANGE else []
    return []


def _with_point(text: str) -> str:
    """A number without what stands between thousands, and with a point for a decimal comma."""
    for thousands, comma in (("[,_ \u00a0\u202f'’]", "[.]"), ("[._ \u00a0\u202f'’]", "[,]")):
        if re.fullmatch(rf"[-+]?[1-9][0-9]{{0,2}}({thousands}[0-9]{{3}})+({comma}[0-9]+)?", text):
            return ".".join(re.sub(thousands, "", part) for part in re.split(comma, text))
    return text.replace(",", ".") if re.fullmatch(r"[-+]?[0-9]*,[0-9]+", text) else text


def plain_number(text: str) -> str:
    """A finite number as YAML 1.1 reads it: exponents have a point before them and a sign."""
    try:
        number = float(text)
    except ValueError:
        return ""
    if not math.isfinite(number):
        return ""
    if number.is_integer() and abs(number) < 1e15:
        return str(int(number))
    mantissa, e, exponent = repr(number).partition("e")
    if e and "." not in mantissa:
        mantissa += ".0"
    return mantissa + e + exponent
