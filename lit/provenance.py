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

ROOT = Path(__file__).resolve().parent.parent
GUARDS = ("lit.contents", "lit.stale", "lit.user_code")  # they refuse what is stale, and change no number: no part of a digest


def config_digest(*parts: Any) -> str:
    """Digest of JSON-able values; the order of a mapping's keys does not matter."""
    return _short(json.dumps(parts, sort_keys=True, default=list).encode())


def file_digest(path: str | Path) -> str:
    """Digest of a file's content.

    Raises:
        OSError: what may not be read.
    """
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=8)).hexdigest()


@functools.cache
def code_digest(script: str, *more: str) -> str:
    """Digest of ``workflow_scripts/<script>.py``, of the ``lit`` modules that it reaches, and of ``more``.

    ``more`` names modules that the script imports by name (``lit.learners.restart``) or files that it reads.
    """
    files = [ROOT / name for name in more if "/" in name]
    modules = [name for name in more if "/" not in name]
    return _reached([ROOT / "workflow_scripts" / f"{script}.py", *files, *_files(modules)])


def modules_digest(*modules: str) -> str:
    """Digest of some modules of ``lit``, and of all that they reach."""
    return _reached(_files(list(modules)))


def _reached(todo: list[Path]) -> str:
    seen: dict[Path, str] = {}
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
    return tree_digest(tree), imported


def tree_digest(tree: ast.AST) -> str:
    """Digest of what a syntax tree means: its docstrings are taken out of it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and ast.get_docstring(node):
            node.body = node.body[1:]
    return _short(ast.dump(tree).encode())


def _files(modules: list[str]) -> list[Path]:
    """Files of modules; neither packages above them (``lit/__init__`` only re-exports) nor :data:`GUARDS`."""
    found = []
    for module in modules:
        base = ROOT.joinpath(*module.split("."))
        for path in (base.with_suffix(".py"), base / "__init__.py"):
            if path.is_file() and path != ROOT / "lit" / "__init__.py" and module not in GUARDS:
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
