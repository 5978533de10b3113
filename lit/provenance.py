"""Digests of what makes a result: config entries, code, and data files.

The code digest follows the syntax tree without docstrings and comments, of a script and of every
``lit`` module that it imports, directly or not. Touching or re-commenting a file changes nothing;
a change of meaning reruns exactly the rules whose code it reaches.
"""

import ast
import functools
import hashlib
import json
from importlib import metadata
from pathlib import Path
from typing import Any

from lit.errors import InputError

ROOT = Path(__file__).resolve().parent.parent


def config_digest(*parts: Any) -> str:
    """Digest of JSON-able values; the order of a mapping's keys does not matter."""
    return _short(json.dumps(parts, sort_keys=True, default=list).encode())


@functools.cache
def file_digest(path: str | Path) -> str:
    """Digest of a file's content, or of a folder's file names and sizes.

    Raises:
        InputError: what may not be read.
    """
    path = Path(path)
    try:
        if path.is_dir():
            found = sorted((str(p.relative_to(path)), p.stat().st_size) for p in path.rglob("*") if p.is_file())
            return config_digest(found)
        with path.open("rb") as file:
            return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=8)).hexdigest()
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}); correct its permissions or the path") from error


@functools.cache
def code_digest(script: str, *more: str) -> str:
    """Digest of ``workflow_scripts/<script>.py``, of the ``lit`` modules that it reaches, and of ``more``.

    ``more`` names modules that the script imports by name (``lit.learners.restart``) or files that it reads.
    """
    todo, seen = [ROOT / "workflow_scripts" / f"{script}.py"], {}
    for name in more:
        todo += [ROOT / name] if "/" in name else _files([name])
    while todo:
        path = todo.pop()
        if path not in seen:
            seen[path], imported = _parse(path)
            todo += imported
    return config_digest({str(p.relative_to(ROOT)): digest for p, digest in seen.items()})


@functools.cache
def _parse(path: Path) -> tuple[str, list[Path]]:
    """Digest of one file's meaning, and the files of the ``lit`` modules it imports."""
    if path.suffix != ".py":
        return file_digest(path), []
    tree = ast.parse(path.read_text())
    imported: list[Path] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "lit":
            imported += _files([node.module, *(f"{node.module}.{alias.name}" for alias in node.names)])
        elif isinstance(node, ast.Import):
            imported += _files([alias.name for alias in node.names if alias.name.split(".")[0] == "lit"])
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and ast.get_docstring(node):
            node.body = node.body[1:]
    return _short(ast.dump(tree).encode()), imported


def _files(modules: list[str]) -> list[Path]:
    """Files of modules, packages above them left out but for their own import (``lit/__init__`` only re-exports)."""
    found = []
    for module in modules:
        base = ROOT.joinpath(*module.split("."))
        for path in (base.with_suffix(".py"), base / "__init__.py"):
            if path.is_file() and path != ROOT / "lit" / "__init__.py":
                found.append(path)
    return found


def versions(*packages: str) -> dict[str, str]:
    """Installed versions by package, as their metadata have them; nothing is imported."""
    return {package: _version(package) for package in packages}


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"


def _short(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=8).hexdigest()
