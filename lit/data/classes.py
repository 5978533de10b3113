"""Classes by name: which of M's outputs are the target's classes."""

import re
import unicodedata
from collections.abc import Sequence

from lit.errors import InputError
from lit.study.label_transforms import Transform

Names = Sequence[str] | None
NEW_HEAD = "or head: new, which gives M a head of zeros"  # the remedy that is always there


def class_names(names: Names, transform: Transform) -> list[str] | None:
    """Names of the classes 0, 1, ... after a label transform; None where the data have none."""
    if names is None:
        return None
    match transform:
        case {"classes": kept}:
            return [names[c] for c in kept]
        case {"groups": groups}:
            return ["+".join(names[c] for c in sorted(group)) for group in groups]
    return list(names)


def match_classes(source: Names, target: Names) -> list[int] | None:
    """M's outputs that are the target's classes, in the target's order; None for all, by number.

    Classes are matched by name where both sides have names and share some, else by number.

    Raises:
        InputError: M lacks classes of the target, or one side has names whose order says nothing of
            the other's numbers.
    """
    if source is None or target is None:
        names, whose = (source, "M's") if target is None else (target, "the target's")
        # Alphabetical order, as of texts and folders, does not tell another file's numbers.
        if names is not None and not tell_numbers(names) and list(names) == sorted(names):
            raise InputError(
                f"{whose} classes have names in alphabetical order ({', '.join(names[:3])}, ...),"
                " and the other side has numbers, which do not tell them: write classes: with these"
                f" names for the data set of numbers, in the order of its numbers; {NEW_HEAD}"
            )
        return None
    if list(source) == list(target) or not set(source) & set(target):
        return None
    if missing := [name for name in target if name not in source]:
        raise InputError(
            f"M's head lacks {len(missing)} of the target's {len(target)} classes, {missing[0]!r}"
            " among them: list the names of all classes under classes: of the source's data set,"
            f" those without an example too; {NEW_HEAD}"
        )
    return [list(source).index(name) for name in target]


def tell_numbers(names: Names) -> bool:
    """Whether names say their own numbers, as no names do: ``0, 1, ...`` or ``0 - zero, ...``."""
    return all(re.match(rf"\s*0*{number}(?!\d)", name) for number, name in enumerate(names or ()))


def check_width(source: int, target: int) -> None:
    """See that M's head has an output for each of the target's classes.

    Raises:
        InputError: it has another number of them.
    """
    if source != target:
        raise InputError(
            f"M's head has {source} outputs, but the target has {target} classes: write classes:"
            f" {max(source, target)} for the data set in which some classes merely have no example;"
            f" {NEW_HEAD}"
        )


def visible(name: str) -> str:
    """A name without invisible letters, and in one encoding of those that the eye sees."""
    seen = (letter for letter in name if unicodedata.category(letter) not in ("Cf", "Cc"))
    return unicodedata.normalize("NFC", "".join(seen))


def shortened(names: Sequence[str], most: int = 10) -> str:
    """Names for a message or a table: the first ones, each of at most 40 characters.

    They are in quotes where one holds a comma, as it would else look like two.
    """
    shown = [name if len(name) <= 40 else f"{name[:37]}..." for name in names[:most]]
    if any("," in name for name in shown):
        shown = [repr(name) for name in shown]
    return ", ".join(shown) + (f", ... ({len(names)} in all)" if len(names) > most else "")
