"""The text of a config, refused where YAML silently takes it otherwise than it looks.

Snakemake's own reader keeps the last of two equal keys, and reads 010 as 8 and 1:30 as 90.
"""

import codecs
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from lit.errors import InputError
from lit.study.misread import (
    LOADER,
    TAG,
    blank_behind_colon,
    colon_without_blank,
    comma_in_list,
    comma_in_mapping,
    list_without_brackets,
    misread,
)

MERGE = f"{TAG}merge"
DEEPEST, LARGEST = 20, 10**7  # levels, and bytes of a file: far more than a study needs
MARKS = {
    "UTF-32": (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE),
    "UTF-16": (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE),  # with one of which UTF-32's begins
}
# Suffixes of data that commands are given by mistake, none of which a study's file has.
DATA = (".csv", ".tsv", ".parquet", ".npz", ".npy", ".h5", ".hdf5", ".safetensors", ".jsonl")
FREE = "options"  # mappings for other code, of whose types the schema says nothing
# Of PyYAML's messages, those that say too little.
CAUSES = {
    "mapping values are not allowed": "a colon where none belongs; put the text that holds it in"
    " quotes, correct the indentation, or put a blank behind the colon of the line before",
    "found unexpected ':'": "a colon without a blank behind it; write one, as in n: [0, 64]",
    "did not find expected key": "this does not belong to the lines before it; indent it like"
    " those that it belongs to, and put a text that goes on behind a quote in quotes as a whole",
    "could not find expected ':'": "the line before is neither 'key: value' nor an item '- item'",
    "did not find expected '-'": "an item of a list begins with '- ', indented like the others",
    "did not find expected ','": "a comma, or the bracket that closes what is open, is missing"
    " here or just before",
    "but found another document": "a second document begins here (---); write each study into a"
    " file of its own",
}


@dataclass(frozen=True)
class ConfigText:
    """Where in a file each value is written."""

    name: str  # how errors call the file
    root: yaml.Node | None  # its tree of nodes with their lines; None of a JSON file

    def find(self, path: Iterable[Any]) -> tuple[int, yaml.Node] | None:
        """Line, counted from 1, and node of a value by keys and places in lists; or None."""
        found = None if self.root is None else (self.root.start_mark.line + 1, self.root)
        for part in path:
            found = found and _entry(found[1], part)
        return found


def _entry(node: yaml.Node, part: Any) -> tuple[int, yaml.Node] | None:
    """Line and node of an item of a list, or of a key of a mapping, merged ones last."""
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        return node.value[part].start_mark.line + 1, node.value[part]
    merged: list[yaml.Node] = []
    for key, value in node.value if isinstance(node, yaml.MappingNode) else []:
        if key.tag == MERGE:
            merged += value.value if isinstance(value, yaml.SequenceNode) else [value]
        elif key.value == part:
            return key.start_mark.line + 1, value
    found = (_entry(other, part) for other in merged if other is not node)
    return next(filter(None, found), None)


def read_config(path: str | Path) -> tuple[dict[str, Any], ConfigText]:
    """Values of a YAML or JSON file, and where they are written.

    Raises:
        InputError: a file that is no mapping in UTF-8, has a key twice, or a value that YAML
            misreads; with its line.
    """
    name, root = str(path), None
    text = _decode(Path(path), name)
    value = _read_json(text, name)
    if value is None:
        try:
            _check_depth(text, name)
            root = yaml.compose(text, LOADER)
            _check(root, text, name)
            value = yaml.load(text, LOADER)
        except yaml.YAMLError as error:
            raise InputError(_explain(error, text, name)) from error
        except (ValueError, LookupError, AttributeError, TypeError) as error:
            found = f"a tag (!!) does not fit what it stands before ({error!r})"
            raise InputError(f"{name}: {found}; leave it out") from error
    if value is None:
        keys = "study, seeds, stream, datasets, models and arms"
        raise InputError(f"{name} is empty; write a study into it: {keys}")
    if not isinstance(value, dict):
        found = "a list" if isinstance(value, list) else f"the value {value!r}"[:80]
        remedy = "write keys such as study: and arms: at the left"
        raise InputError(f"{name} holds {found} where a study belongs; {remedy}")
    return value, ConfigText(name, root)


def _decode(path: Path, name: str) -> str:
    try:
        if not path.is_file() and path.exists():
            remedy = f"give the YAML file of a study, or python -m lit init {name} for data in it"
            raise InputError(f"{name} is no file; {remedy}")
        if path.is_file() and path.suffix.lower() in DATA:
            found = f"{name} is data by its name, and a study is YAML"
            raise InputError(f"{found}; python -m lit init {name} writes one for it")
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
    except OSError as error:
        remedy = "correct the path or its permissions"
        raise InputError(f"{name}: {error.strerror}; {remedy}") from error
    if len(raw) > LARGEST:
        raise InputError(f"{name} is larger than {LARGEST // 10**6} MB; give a study's YAML file")
    for encoding, marks in MARKS.items():
        if raw.startswith(marks):
            raise InputError(f"{name} is written in {encoding}; save it as UTF-8")
    if b"\0" in raw:
        raise InputError(f"{name} is no text in UTF-8 (it holds NUL bytes); save it as UTF-8")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line, byte = raw.count(b"\n", 0, error.start) + 1, raw[error.start]
        found = f"byte 0x{byte:02x} is not UTF-8 (the file may be in Latin-1, or no text)"
        raise InputError(f"{name}, line {line}: {found}; save it as UTF-8") from error


def _read_json(text: str, name: str) -> Any:
    """What a JSON file holds, and None of what is no JSON; Snakemake tries JSON first as well."""

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        keys = [key for key, _ in pairs]
        if twice := [key for key in keys if keys.count(key) > 1]:
            at = re.finditer(rf"{re.escape(json.dumps(twice[0]))}\s*:", text)
            lines = ", ".join(str(text.count("\n", 0, found.start()) + 1) for found in at)
            found = f"key {twice[0]!r} is written twice in one mapping (it is in lines {lines})"
            raise InputError(f"{name}: {found}; keep one")
        return dict(pairs)

    try:
        return json.loads(text, object_pairs_hook=unique)
    except (ValueError, RecursionError):
        return None


def _check_depth(text: str, name: str) -> None:
    """Refuse what is nested too deep for a reader that calls itself."""
    depth = 0
    for event in yaml.parse(text, LOADER):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            _refuse(name, event, f"more than {DEEPEST} levels; write a smaller study")
        if isinstance(event, yaml.DocumentEndEvent):  # more would be another study
            return


def _check(root: yaml.Node | None, text: str, name: str) -> None:
    """Refuse keys that are written twice or are no text, and values that YAML misreads."""
    todo, seen = [(root, False)], set()
    while todo:
        node, free = todo.pop()
        if node is None or (id(node), free) in seen:
            continue
        seen.add((id(node), free))
        if isinstance(node, yaml.ScalarNode):
            _refuse(name, node, misread(node, free))
        elif isinstance(node, yaml.SequenceNode):
            _refuse(name, *comma_in_list(node, text))
            todo += [(item, free) for item in reversed(node.value)]
        elif isinstance(node, yaml.MappingNode):
            _refuse(name, *colon_without_blank(node, text))
            _refuse(name, *comma_in_mapping(node, text))
            _refuse(name, *list_without_brackets(node, text, free))
            _check_keys(node, name)
            for key, value in reversed(node.value):
                # of such as seeds: 1:5 the schema's errors know more
                if not (node is root and key.value == "seeds" and ":" in value.value):
                    todo.append((value, free or key.value == FREE))


def _refuse(name: str, node: Any, wrong: str) -> None:
    if wrong:
        raise InputError(f"{name}, line {node.start_mark.line + 1}: {wrong}")


def _check_keys(node: yaml.MappingNode, name: str) -> None:
    first: dict[str, int] = {}
    for key, _ in node.value:
        line = key.start_mark.line + 1
        if key.tag == MERGE:
            continue
        if key.tag != f"{TAG}str":
            scalar = isinstance(key, yaml.ScalarNode)
            what = repr(key.value) if scalar else "that is a list or a mapping"
            _refuse(name, key, f"key {what} is no plain text to YAML; write it in quotes")
        if key.value in first:
            twice = f"is written twice, in line {first[key.value]} and in line {line}"
            raise InputError(f"{name}: key {key.value!r} {twice}; join the two, or delete one")
        if key.value == "__use_yte__":  # with which Snakemake runs Python that the file holds
            _refuse(name, key, "unknown key '__use_yte__'; write plain YAML")
        first[key.value] = line


def _explain(error: yaml.YAMLError, text: str, name: str) -> str:
    """A YAML error in one line, with its place in the file."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    problem = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error)
    if mark is None:
        where = f", character {error.position + 1}" if hasattr(error, "position") else ""
        return f"{name}{where}: {problem}; write plain YAML"
    what = f"{problem}; correct what stands there or just before it"
    for found, cause in CAUSES.items():
        if found in problem:
            what = cause
    lines = text.splitlines()
    line = "".join(lines[mark.line : mark.line + 1])
    before = mark.line - 1
    bare = lines[before].strip().removeprefix("- ") if before >= 0 else ""
    if "mapping values" in problem and (meant := blank_behind_colon(bare)):
        found = f"{bare} has no blank behind its colon, and is no key with a value to YAML"
        return f"{name}, line {before + 1}: {found}; write {meant}"
    if re.match(r" *\t", line):
        what = "the line is indented with a tab, which YAML does not allow; indent with blanks"
    return f"{name}, line {mark.line + 1}, column {mark.column + 1}: {what}"
