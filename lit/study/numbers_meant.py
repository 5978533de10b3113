"""The number that a text stands for, whichever way people of different countries write it.

Among them commas within numbers: between braces and brackets YAML takes each for the end of a
value.
"""

import re
import sys
from typing import Any

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
