"""What each figure of a study shows, in a sentence or a title."""

import ast
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lit import figures
from lit.analyses import get_analysis
from lit.errors import InputError
from lit.study.outputs import FIGURES
from lit.study.schema_text import default


def said_of(name: str, constant: str = "CAPTION") -> str:
    """``CAPTION`` or ``TITLE`` of a figure, an analysis' by its kind.

    It is read from the module's text: importing a figure takes matplotlib, for which nobody should
    wait who only plans a study.
    """
    text = (Path(figures.__path__[0]) / f"{name}.py").read_text(encoding="utf-8")
    for node in ast.parse(text).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == constant:
            return ast.literal_eval(node.value)
    raise InputError(f"lit/figures/{name}.py: {constant} is missing; write it as one plain text")


def question_of(config: Mapping[str, Any]) -> str:
    """What a study asks; if it does not say, what every study does."""
    return config.get("question", default("question"))


def heading(name: str, entry: Mapping[str, Any]) -> str:
    """What an analysis' section is headed by."""
    return entry.get("title") or f"{get_analysis(entry).TITLE} ({name})"


def captions(config: Mapping[str, Any]) -> dict[str, str]:
    """Captions of a study's figures by name; an analysis' begins with its title."""
    said = {name: said_of(name) for name in FIGURES}
    for name, entry in sorted(config.get("analyses", {}).items()):
        title = heading(name, entry)
        shown = "" if entry["kind"] == "python" else said_of(entry["kind"])
        said[name] = f"{title}. {shown}".removesuffix(". ")
    return said
