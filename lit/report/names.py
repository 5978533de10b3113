"""Names of a study as people would say them."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd


def say_names(names: Iterable[Any], dot: str = ", ") -> dict[str, str]:
    """Names with commas for dots and spaces for hyphens; as they are where two would be alike."""
    known = list(dict.fromkeys(str(name) for name in names if pd.notna(name)))
    said = {name: _say(name, dot) for name in known}
    return said if len(set(said.values())) == len(said) else {name: name for name in known}


def say_in(text: str, names: Iterable[Any]) -> str:
    """A sentence with names in it as people would say them, without commas of their own."""
    said = say_names(names, dot=" ")
    known = "|".join(re.escape(name) for name in sorted(said, key=len, reverse=True))
    return re.sub(rf"(?<![\w.-])(?:{known})(?![\w-]|\.\w)", lambda name: said[name[0]], text)


def _say(name: str, dot: str) -> str:
    words = re.sub(r"(?<=\w)\.(?=[A-Za-z])|\.(?=\d+(?:\+\d+)*$)(?<!\d\.)", dot, name)
    return re.sub(r"(?<=\w)[-_](?=\w)", " ", words).replace("+", " and ")


def say_model(entry: Mapping[str, Any]) -> str:
    """A network as a paper would name it, from its entry in a config; nothing of other kinds."""
    sizes = entry.get("hidden", entry.get("channels", []))
    *most, last = [str(size) for size in sizes] or [""]
    listed = f"{', '.join(most)} and {last}" if most else last
    if entry["kind"] == "cnn":
        return f"a CNN ({listed} channels)"
    if entry["kind"] == "linear" or (entry["kind"] == "mlp" and not sizes):
        return "a linear model"
    layers = "hidden layers" if most else "one hidden layer"
    return f"an MLP ({layers} of {listed} units)" if entry["kind"] == "mlp" else ""


def say_learner(name: object) -> str:
    """A learner, or the union of several."""
    return " and ".join(", ".join(str(name).split("+")).rsplit(", ", 1))


def say_subject(arm: str, n: Any) -> str:
    """An arm at what its M was trained on."""
    if pd.isna(n):
        return f"{arm}, ready weights"
    return f"{arm}, n = {int(n):,}" if n else f"{arm}, untrained"
