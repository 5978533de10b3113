"""Values that YAML takes otherwise than they look, and what to write for each.

Of numbers with commas: between braces and brackets YAML takes each comma for the end of a value.
"""

import itertools
import re
from collections.abc import Mapping
from typing import Any

import yaml

from lit.errors import InputError
from lit.study.numbers_meant import number_meant, plain_number

LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # in C, where PyYAML has it
TAG = "tag:yaml.org,2002:"
# Numbers with commas between which there is no blank, up to the end of an entry.
IN_MAPPING = re.compile(r"[-+]?[0-9][0-9._]*(,[0-9][0-9._eE+-]*)+(?=\s*[,}])")
COLON = re.compile(r"([A-Za-z_][\w.-]*):([^\s:/\\][^:]*|/[^/].*)")  # no address, no C:\
IN_LIST = re.compile(r"[-+]?[1-9][0-9]{0,2}(,[0-9]{3})+(?=\s*[],])")


def misread(node: yaml.ScalarNode, free: bool = False) -> str:
    """What to write for a plain value that YAML 1.1 takes otherwise than most people do; or "".

    Args:
        node: As resolved by PyYAML.
        free: Whether it is an option that nothing else checks the type of.
    """
    raw, kind = node.value, node.tag.removeprefix(TAG)
    if node.style:  # quotes, or a block of text
        return ""
    if kind in ("int", "float") and ":" in raw:
        meant = f"{yaml.load(raw, LOADER):g}"
        read = f"{meant}, in base 60"
    elif kind == "int" and re.fullmatch(r"[-+]?0[0-9_]+", raw):
        meant = str(int(raw.replace("_", "")))
        read = f"{yaml.load(raw, LOADER)}, in base 8"
    elif kind == "timestamp":
        return f"YAML reads {raw} as a date; write '{raw}' in quotes"
    elif free and kind == "bool" and raw.lower() not in ("true", "false"):
        meant = read = str(yaml.load(raw, LOADER)).lower()
    elif free and kind == "str" and re.match(r"[-+.0-9]", raw):
        meant, read = plain_number(raw), "text"
    else:
        return ""
    remedy = f"write {meant}, or '{raw}' in quotes where text is meant"
    return f"YAML reads {raw} as {read}; {remedy}" if meant else ""


def typed(value: Any, where: str) -> Any:
    """A value with YAML's types for the texts within lists and mappings of ``--config``.

    Raises:
        InputError: what YAML would take for something else than it looks.
    """
    if isinstance(value, Mapping):
        return {key: typed(item, f"{where}.{key}") for key, item in value.items()}
    if isinstance(value, list):
        return [typed(item, f"{where}[{i}]") for i, item in enumerate(value)]
    if not isinstance(value, str):
        return value
    tag = yaml.resolver.Resolver().resolve(yaml.ScalarNode, value, (True, False))
    if wrong := misread(yaml.ScalarNode(tag, value)):
        raise InputError(f"--config: {where}: {wrong}")
    kinds = {f"{TAG}{kind}" for kind in ("int", "float", "bool", "null")}
    return yaml.load(value, LOADER) if tag in kinds and value else value


def comma_in_mapping(node: yaml.MappingNode, text: str) -> tuple[yaml.Node, str]:
    """First number with a comma in a mapping, and what is wrong with it; else "".

    ``{lr: 0,5}`` has a key 5 to YAML.
    """
    for _, value in node.value[:-1]:
        if found := IN_MAPPING.match(text, value.start_mark.index):
            raw = found[0]
            number = number_meant(raw) or plain_number(raw.replace(",", "."))  # as of 1,5e-3
            remedy = f"write {number}" if number else "write the number without commas"
            if not raw.startswith("0"):
                remedy += f", or [{raw.replace(',', ', ')}] if a list is meant"
            return value, f"YAML reads {raw} as {_count(raw)} entries; {remedy}"
    return node, ""


def list_without_brackets(node: yaml.MappingNode, text: str, free: bool) -> tuple[yaml.Node, str]:
    """First entry of a mapping that is followed by mere values, and what is wrong; else "".

    ``{n: 64, 128}`` has a key 128 to YAML, of no value. ``free`` allows that of texts.
    """
    pairs = list(node.value) if node.flow_style else []
    for i, (key, value) in enumerate(pairs):
        scalars = isinstance(key, yaml.ScalarNode) and isinstance(value, yaml.ScalarNode)
        if not scalars or _is_bare(key, text):
            continue
        bare = [
            one
            for one, _ in itertools.takewhile(lambda pair: _is_bare(pair[0], text), pairs[i + 1 :])
            if not (free and one.tag == f"{TAG}str")
        ]
        if not bare:
            continue
        whole = ", ".join([value.value, *(one.value for one in bare)])
        other = ""
        if bare[0].tag == f"{TAG}str":
            other = f", or a value behind {bare[0].value}:"
        elif value.value == "0" and len(bare) == 1 and bare[0].value.isdecimal():
            other = f", or {key.value}: 0.{bare[0].value} for a number"
        return bare[0], (
            f"{key.value}: {whole} is no list to YAML, which wants brackets around one; write"
            f" {key.value}: [{whole}]{other}"
        )
    return node, ""


def colon_without_blank(node: yaml.MappingNode, text: str) -> tuple[yaml.Node, str]:
    """First key between braces that holds a colon, and what is wrong with it; else "".

    ``{kind:table}`` has a key of this name to YAML, of no value.
    """
    for key, _ in node.value if node.flow_style else []:
        if _is_bare(key, text) and (meant := blank_behind_colon(key.value)):
            return key, (
                f"{key.value} has no blank behind its colon, and is a key without a value to YAML;"
                f" write {meant}"
            )
    return node, ""


def blank_behind_colon(text: str) -> str:
    """``key: value`` of a text ``key:value``; "" of others, as of an address."""
    found = COLON.fullmatch(text)
    return f"{found[1]}: {found[2]}" if found else ""


def _is_bare(key: yaml.Node, text: str) -> bool:
    """Whether a key between braces stands alone, without a colon."""
    rest = text[key.end_mark.index :].lstrip()
    return isinstance(key, yaml.ScalarNode) and not key.style and rest[:1] in (",", "}")


def comma_in_list(node: yaml.SequenceNode, text: str) -> tuple[yaml.Node, str]:
    """First number with commas between its thousands in a list, and what is wrong with it; else "".

    ``[1,024]`` is two numbers to YAML, and so is ``[16,128]``, a list without blanks. What may be
    thousands is refused where three digits begin with 0, as no number of its own does
    (``[0,2,048]``); where other commas of the line have a blank after them (``[0, 1,200]``); or
    where it is the whole list and begins below 10, as hardly any width or n does (``[1,200]``).
    """
    blanks = any(
        before.end_mark.line == after.start_mark.line
        and before.end_mark.index + 1 != after.start_mark.index
        for before, after in itertools.pairwise(node.value)
    )
    for first in node.value:
        found = IN_LIST.match(text, first.start_mark.index)
        if found is None:
            continue
        raw = found[0]
        alone = len(node.value) == 2 and len(first.value) == 1
        if blanks or alone or ",0" in raw:
            each = "the comma" if raw.count(",") == 1 else "each comma"
            return first, (
                f"{raw} are {_count(raw)} numbers to YAML; write {raw.replace(',', '')}, or a"
                f" blank after {each} for {_count(raw)} numbers"
            )
    return node, ""


def _count(raw: str) -> str:
    parts = raw.count(",") + 1
    return {2: "two", 3: "three"}.get(parts, str(parts))
