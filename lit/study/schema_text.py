"""What the schema says: of a part of the config, of a key's places, and what a value means."""

import functools
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from lit.study.misread import LOADER

IN_WHEEL = Path(__file__).resolve().with_name("config.schema.yaml")  # put there by setup.py
IN_CLONE = Path(__file__).resolve().parents[2] / "config" / "schemas" / "config.schema.yaml"
SCHEMA = IN_WHEEL if IN_WHEEL.is_file() else IN_CLONE
NAME, ITEM = "NAME", "-"  # in the place of a key: a name of the user's own, an item of a list

Part = Mapping[str, Any]  # of the schema
Place = tuple[str, ...]  # of a part of the config, such as ("datasets", NAME)


@functools.cache
def schema() -> dict[str, Any]:
    """The whole schema."""
    return yaml.load(SCHEMA.read_text(encoding="utf-8"), LOADER)


def default(*option: str) -> Any:
    """What an option of a part of the config is where it is left out, as the schema says it."""
    part: Part = schema()
    for name in option:
        part = part["properties"][name]
    return part["default"]


def resolved(part: Part) -> Part:
    """A part of the schema with what it refers to; its own words come before those."""
    while "$ref" in part:
        other: Part = schema()
        for name in part["$ref"].removeprefix("#/").split("/"):
            other = other[name]
        part = {**other, **{key: value for key, value in part.items() if key != "$ref"}}
    return part


def meaning(path: Iterable[Any]) -> str:
    """What belongs to a keyword of the schema, as the nearest description says it.

    Args:
        path: Keys and places within the schema, as an error of jsonschema has them, which leaves
            references out.
    """
    part, said = schema(), ""
    for step in path:
        if isinstance(part, Mapping) and step not in part:
            part = _referred(part)
            said = part.get("description", said)
        if step == "properties":
            said = ""  # what a mapping is says little of its values
        part = part[step]
        if isinstance(part, Mapping) and isinstance(part.get("description", {}), str):
            said = part.get("description", said)
    said = said or "see config/README.md"
    return said[:1].lower() + said[1:]


def _referred(part: Part) -> Any:
    return resolved({"$ref": part["$ref"]})


@functools.cache
def _parts() -> dict[str, list[tuple[Place, str, Part]]]:
    """By key, each place that knows it, of which kind that has to be, and what belongs there."""
    found: dict[str, list[tuple[Place, str, Part]]] = {}
    todo: list[tuple[Place, str, Part]] = [((), "", schema())]
    for place, kind, part in todo:  # which grows
        part = resolved(part)
        for name, inner in part.get("properties", {}).items():
            if isinstance(inner, Mapping):  # kind: true is said elsewhere
                found.setdefault(name, []).append((place, kind, resolved(inner)))
                todo.append(((*place, name), "", inner))
        todo += _within(place, kind, part)
    return found


def _within(place: Place, kind: str, part: Part) -> Iterator[tuple[Place, str, Part]]:
    """Parts of a part: its items, its alternatives, and those of each kind."""
    if isinstance(part.get("additionalProperties"), Mapping):
        yield (*place, NAME), "", part["additionalProperties"]
    if "items" in part:
        yield (*place, ITEM), "", part["items"]
    for key in ("then", "else"):
        if key in part:
            yield place, kind, part[key]
    for one in part.get("anyOf", []):
        yield place, kind, one
    for one in part.get("allOf", []):
        yield place, one["if"]["properties"]["kind"]["const"], one["then"]


def place_of(path: Iterable[Any]) -> Place:
    """The place of a value by its keys: names of the user's own and items are all alike."""
    place: Place = ()
    for step in path:
        top = schema()["properties"].get(place[0], {}) if len(place) == 1 else {}
        named = isinstance(top.get("additionalProperties"), Mapping)
        place = (*place, ITEM if isinstance(step, int) else NAME if named else step)
    return place


def part_of(place: Place, key: str, kind: str = "") -> Part:
    """What belongs to a key of a place, of this kind if it has one; {} where nothing is known."""
    known = [one for one in _parts().get(key, []) if one[0] == place]
    of_kind = [part for _, its, part in known if its == kind]
    return next(iter([*of_kind, *(part for *_, part in known)]), {})


def kinds_with(place: Place, key: str) -> list[str]:
    """Kinds of a place that know a key."""
    known = (kind for at, kind, _ in _parts().get(key, []) if at == place and kind)
    return list(dict.fromkeys(known))


def places_of(key: str) -> list[Place]:
    """Places that know a key; of one within another the outer one alone."""
    places = list(dict.fromkeys(place for place, *_ in _parts().get(key, [])))
    return [
        place
        for place in places
        if not any(place != other and place[: len(other)] == other for other in places)
    ]
