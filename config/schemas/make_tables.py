"""Write the tables of config/README.md from the schema: ``make schema``.

A comment before a table says what it holds, and the rows after its two heading lines are written
anew:
``<!-- kinds dataset, but examples scale -->``      a row a kind, with its options where there are
three columns, but for some;
``<!-- options learner_replay, only effort -->``    a row an option of a part of the schema, or only
some of them.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).resolve().parent
README = HERE.parent / "README.md"
TABLE = re.compile(
    r"(<!-- (kinds|options) (\w+)(?:, (?:but|only) ([\w ]+))? -->\n\n"
    r"(\|.*\|)\n\| ---.*\n)((?:\|.*\n)*)"
)


def fill(text: str, schema: Mapping[str, Any]) -> str:
    """The text of config/README.md, its tables as the schema has them."""

    def write(found: re.Match[str]) -> str:
        what, part, named = found[2], found[3], (found[4] or "").split()
        if what == "kinds":
            rows = _kinds(schema, part, named, columns=found[5].count("|") - 1)
        else:
            rows = _options(schema, part, named)
        return found[1] + "".join(f"| {' | '.join(row)} |\n" for row in rows)

    return TABLE.sub(write, text)


def _kinds(
    schema: Mapping[str, Any], part: str, left_out: list[str], columns: int
) -> list[list[str]]:
    rows = []
    for case in schema["$defs"][part]["allOf"]:
        one = schema["$defs"][case["then"]["$ref"].rpartition("/")[2]]
        options = one["properties"]
        shown = [
            f"`{name}`" + (f" ({_value(option['default'])})" if "default" in option else "")
            for name, option in options.items()
            if name != "kind" and (name not in left_out or name in one.get("required", []))
        ]
        row = [
            f"`{case['if']['properties']['kind']['const']}`",
            ", ".join(shown),
            case["description"],
        ]
        rows.append(row if columns == 3 else [row[0], row[2]])
    return rows


def _options(schema: Mapping[str, Any], part: str, named: list[str]) -> list[list[str]]:
    one = schema["$defs"].get(part) or schema["properties"][part]
    rows = []
    for name in named or [name for name in one["properties"] if name != "kind"]:
        option = one["properties"][name]
        default = _value(option["default"]) if "default" in option else "none"
        said = option["description"].rstrip(".")
        rows.append(
            [
                f"`{name}`",
                "required" if name in one.get("required", []) else default,
                _begin_small(said),
            ]
        )
    return rows


def _begin_small(text: str) -> str:
    """Without its first capital, unless that is part of a name such as AdamW."""
    first = text.split()[0]
    return text[:1].lower() + text[1:] if first[1:] == first[1:].lower() else text


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if (
        isinstance(value, float) and abs(value) < 1e-3
    ):  # which YAML takes for a text with an exponent
        return f"{value:.10f}".rstrip("0").rstrip(".") or "0"
    return f"`{value}`" if isinstance(value, str) else f"{value}"


if __name__ == "__main__":
    schema = yaml.safe_load((HERE / "config.schema.yaml").read_text())
    README.write_text(fill(README.read_text(), schema))
