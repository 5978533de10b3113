"""Which files a user's own module is made of: its own, and those that it imports. Nothing is run.

Its own files and packages count by their meaning (syntax tree without comments and docstrings),
packages that are installed by version and by the content of their files. Python itself, and the
packages that this project depends on, are no part of it. What no reader of the code can follow is
not either: names of modules that are computed, and files that the code opens.
"""

import ast
import contextlib
import importlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.machinery import ModuleSpec
from importlib.util import resolve_name
from pathlib import Path
from typing import Any

from lit.files import user_files
from lit.files.provenance import config_digest, modules_digest, tree_digest, version
from lit.files.user_modules import find_all, home

# Their versions are recorded with results, and by this project's rule a new one recomputes nothing.
OWN = {
    *("torch", "torchvision", "timm", "safetensors", "numpy", "scipy", "threadpoolctl"),
    *("constriction", "pandas", "h5py", "matplotlib", "sklearn", "PIL", "jsonschema", "yaml"),
    *("jinja2", "rocrate", "snakemake"),
}
# What runs a file by its path, and the package that has it.
BY_PATH = {
    "spec_from_file_location": "importlib",
    "SourceFileLoader": "importlib",
    "run_path": "runpy",
    "run_module": "runpy",
}
NAMED = 3  # files that a message names


@dataclass
class Code:
    """What a module and all that it imports were found to be.

    Attributes:
        parts: Digest of each, by the name of a module or package; None where nothing is there.
        files: File of each module of the user's own.
        by_path: Where one of these runs other files by their path, which no digest sees.
    """

    parts: dict[str, str | None] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    by_path: list[str] = field(default_factory=list)

    @property
    def digest(self) -> str:
        return config_digest(self.parts)

    def __str__(self) -> str:
        files = [os.path.relpath(path) for path in self.files.values()]
        others = f" and {len(files) - NAMED} more" if len(files) > NAMED else ""
        return ", ".join(files[:NAMED]) + others


def read_code(module: str) -> Code:
    """Find a module's file as Python does, and those that it imports, and take their digests."""
    importlib.invalidate_caches()  # files may be newer than what Python remembers of their folders
    code = Code()
    todo = [module]
    done = set()
    while todo:
        name = todo.pop()
        if name in done:
            continue
        done.add(name)
        top = name.partition(".")[0]
        if top == "lit":
            code.parts[name] = modules_digest(name)
        elif specs := find_all(name):
            for spec in specs:
                todo += _read(spec, code)
        else:
            code.parts[top] = None
    return code


def _read(spec: ModuleSpec, code: Code) -> list[str]:
    """Put a module into ``code``; names of modules that it may import."""
    # An origin of None is a folder without __init__.py.
    if spec.name in code.parts or spec.origin in (None, "built-in", "frozen"):
        return []
    where = home(spec.origin)
    inside = spec.submodule_search_locations
    if where == "installed":
        top = spec.name.partition(".")[0]
        if top not in OWN and top not in code.parts:
            content = _content(inside[0] if inside else spec.origin)
            code.parts[spec.name] = f"{version(top, absent='')} {content}"
    if where != "own":
        return []
    code.files[spec.name] = spec.origin
    tree = _tree(spec)
    if tree is None:
        code.parts[spec.name] = _content(spec.origin)
        return []
    names = _imported(tree, spec.name if inside is not None else spec.name.rpartition(".")[0])
    code.parts[spec.name] = tree_digest(tree)
    code.by_path += [f"{os.path.relpath(spec.origin)}, {what}" for what in _by_path(tree, names)]
    return names


def _by_path(tree: ast.AST, imported: list[str]) -> Iterator[str]:
    """Lines that use one of :data:`BY_PATH`, in code that imports its package."""
    packages = {name.partition(".")[0] for name in imported}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            used = [alias.name for alias in node.names]
        elif isinstance(node, ast.Name | ast.Attribute):
            used = [node.id if isinstance(node, ast.Name) else node.attr]
        else:
            continue
        yield from (f"line {node.lineno}: {name}" for name in used if BY_PATH.get(name) in packages)


def _tree(spec: ModuleSpec) -> ast.Module | None:
    """Syntax tree of a module, also of one in a zip archive; None of what is no Python source."""
    loader: Any = spec.loader
    try:
        path = Path(str(spec.origin))
        if path.is_file():
            return ast.parse(path.read_bytes()) if path.suffix == ".py" else None
        source = loader.get_source(spec.name)
        return ast.parse(source) if source is not None else None
    except (SyntaxError, ValueError, RecursionError, ImportError, AttributeError):
        return None


def _content(path: str) -> str:
    """Digest of a file or package as it is there; of a module in an archive, of the archive."""
    while not os.path.exists(path):
        path = os.path.dirname(path)
    return user_files.digest(path)


def _imported(tree: ast.AST, package: str) -> list[str]:
    """Names of modules that some code imports anywhere; with ``from a import b``, b may be one."""
    resolved = []
    for name in _names(tree, package):
        with contextlib.suppress(ImportError):
            resolved.append(resolve_name(name, package))
    return [name for name in resolved if all(part.isidentifier() for part in name.split("."))]


def _names(tree: ast.AST, package: str) -> Iterator[str]:
    """These names as the code has them, relative ones among them, and some that are none."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = "." * node.level + (node.module or "")
            yield base
            yield from (f"{base.removesuffix('.')}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and node.args:
            called = getattr(node.func, "attr", getattr(node.func, "id", None))
            if called in ("import_module", "__import__"):
                yield from _texts(node.args[:1])
        elif isinstance(node, ast.Assign) and package:
            targets = [getattr(target, "id", None) for target in node.targets]
            if "__all__" in targets:  # what import * takes
                listed = _texts(getattr(node.value, "elts", []))
                yield from (f"{package}.{name}" for name in listed)


def _texts(nodes: list[ast.expr]) -> list[str]:
    values = [node.value for node in nodes if isinstance(node, ast.Constant)]
    return [value for value in values if isinstance(value, str)]
