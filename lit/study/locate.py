"""Where in a study's file an error belongs that was found without it, as with data at hand."""

import contextlib
import re
from collections.abc import Iterator, Mapping
from typing import Any

from lit.errors import InputError
from lit.study.arm_names import belongs
from lit.study.config_files import Origin

Path = tuple[Any, ...]
PARTS = ("datasets", "models", "learners", "algorithms", "sequences", "analyses")
ARM = re.compile(r"arm '([^']+)'(.*)", re.DOTALL)
# The key that a message is about: k = 4000, k + n = ..., label: ..., or analyses.a.arms.
KEY = re.compile(r"(?:: |^\.)(\w+)(?=[:.]| = | \+ n = )")


@contextlib.contextmanager
def naming_lines(config: Mapping[str, Any], origin: Origin) -> Iterator[None]:
    """Errors raised inside name the study's file, and the line as far as they tell it."""
    try:
        yield
    except InputError as error:
        raise InputError(f"{origin.at(path_of(str(error), config))}: {error}") from error


def path_of(message: str, config: Mapping[str, Any]) -> Path:
    """Keys of the entry that a message begins with, and of its key if it names one of these."""
    if found := ARM.match(message):
        path, rest = path_of_arm(found[1], config), found[2]
        entry = config["arms"][path[1]] if path else {}
        if (key := _key(rest, {"k", *entry})) == "k" and "k" not in entry:
            return ("stream", "k")
        return (*path, key) if key else path
    for part in PARTS:
        # The longest name first: one may go on where another ends.
        for name in sorted(config.get(part, {}), key=len, reverse=True):
            rest = message.removeprefix(f"{part}.{name}")
            if rest != message and not re.match(r"[\w-]", rest):
                key = _key(rest, config[part][name])
                return (part, name, key) if key else (part, name)
    return ()


def path_of_arm(name: str, config: Mapping[str, Any]) -> Path:
    """Keys of an arm, or of the one that made it by ``each``."""
    arms = [arm["name"] for arm in config["arms"]]
    found = [i for i, one in enumerate(arms) if belongs(name, one)]
    return ("arms", max(found, key=lambda i: len(arms[i]))) if found else ()


def _key(rest: str, known: Any) -> str:
    keys = (found[1] for found in KEY.finditer(rest))
    return next((key for key in keys if key in known), "")
