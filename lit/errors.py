"""The one exception a user sees: what was found, where, and what to write instead."""

import difflib
import textwrap
from collections.abc import Iterable

ROOM = 500  # characters of a list of names


class InputError(Exception):
    """Wrong input: the message, shown without a traceback, names file, key or row, and remedy."""


def close_to(name: str, known: Iterable[str]) -> str:
    """The known name that another is much like, whatever their cases; or ""."""
    lower = {one.lower(): one for one in sorted(known)}
    return next((lower[one] for one in difflib.get_close_matches(name.lower(), lower, n=1)), "")


def nearest(name: str, known: Iterable[str]) -> str:
    """Half a sentence for an error: the nearest known name, or all, as far as there is room."""
    known = sorted(known)
    if close := close_to(name, known):
        return f"did you mean {close!r}?"
    return f"known: {textwrap.shorten(', '.join(known), ROOM, placeholder=' ...')}"


def check_known(where: str, what: str, name: str, known: Iterable[str], more: str = "") -> None:
    """Refuse a name that nothing has.

    Raises:
        InputError: with the nearest name that something has.
    """
    if name not in (names := list(known)):
        raise InputError(f"{where}: no {what} is named {name!r}{more}; {nearest(name, names)}")
