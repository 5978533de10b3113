"""What to say of keys that a place of the config does not know, or lacks."""

from collections.abc import Mapping
from typing import Any

from lit.errors import close_to, nearest
from lit.study.schema_text import (
    ITEM,
    NAME,
    Place,
    kinds_with,
    part_of,
    place_of,
    places_of,
    resolved,
)
from lit.study.schema_words import ROOM, example, flow, types_of

MOST = 4  # kinds that a message names, and one more than places
# Keys whose value is a name, and the part of the config that has these names.
NAMED = {"target": "datasets", "source": "datasets", "of": "datasets", "model": "models"}
NAMED |= {"learner": "learners", "sequence": "sequences", "algorithm": "algorithms"}
DEEPEST = 2  # keys above one that may have been written elsewhere: datasets, and a name


def unknown_of(error: Any) -> str:
    """The key that an error of jsonschema is about."""
    return next(name for name in error.instance if name not in error.schema["properties"])


def unknown_key(error: Any, config: Mapping[str, Any]) -> str:
    """What is wrong with a key that is not known here: what it may mean, or where it belongs."""
    key, known = unknown_of(error), error.schema["properties"]
    said = nearest(key, known)
    close = close_to(key, known)
    place = place_of(error.absolute_path)
    if place in places_of(key):
        kinds = kinds_with(place, key)
        if 0 < len(kinds) <= MOST and "kind" in error.instance:
            its = f"it belongs to kind: {' or '.join(kinds)}"
            said = f"{said} Or {its}" if close else f"{its}; of {error.instance['kind']} are {said}"
    elif not close:
        said = _by_its_value(key, error, config) or _elsewhere(key, error) or said
    return f"unknown key {key!r}; {said}"


def _by_its_value(key: str, error: Any, config: Mapping[str, Any]) -> str:
    """Which keys that are missing here a name may belong to, as the config has it; or ""."""
    value, here = error.instance[key], error.schema["properties"].keys() - error.instance.keys()
    meant = {
        f"{name}: {value}": part
        for name, part in NAMED.items()
        if name in here and isinstance(value, str) and value in (config.get(part) or {})
    }
    if not meant:
        return ""
    under = " and ".join(dict.fromkeys(meant.values()))
    return f"{value!r} is a name under {under}; did you mean {', or '.join(meant)}?"


def _elsewhere(key: str, error: Any) -> str:
    """Where a key is known that is not known here, if in few places; or ""."""
    homes = [home for home in places_of(key) if len(home) <= DEEPEST]
    if not 0 < len(homes) < MOST:
        return ""
    written = ", or ".join(_written(home, key, error.instance[key]) for home in homes)
    return f"it belongs elsewhere: {written}"


def _written(place: Place, key: str, value: Any) -> str:
    """A key in its place, as YAML has it on one line."""
    shown = flow(value)
    said = f"{key}: {shown if len(shown) <= ROOM // 2 else '...'}"
    for step in reversed(place):
        if step == ITEM:
            said = f"[{{..., {said}}}]"
        elif step == NAME:
            said = f"{{{step}: {{..., {said}}}}}"
        else:
            said = f"{step}: {said if said[0] in '[{' else f'{{{said}}}'}"
    return said if place else f"{said}, at the left of the file"


def missing_key(error: Any) -> str:
    """Which key is missing, what it means, and how it is written."""
    key = next(name for name in error.validator_value if name not in error.instance)
    kind = str(error.instance.get("kind", ""))
    part = resolved(error.schema.get("properties", {}).get(key) or {})
    if not part.get("description"):
        part = part_of(place_of(error.absolute_path), key, kind) or part
    shown = example(part)
    written = f"write {key}: {'...' if shown is None else flow(shown)}"
    if shown is not None and "string" not in types_of(part):
        written = f"write such as {key}: {flow(shown)}"
    if "enum" in part:
        written = f"write {key}: and one of {', '.join(map(str, part['enum']))}"
    said = part.get("description", "").partition(". ")[0].rstrip(".")
    said = f" ({said[:1].lower()}{said[1:]})" if said else ""
    return f"key {key!r} is missing; {written}{said}"
