"""Digests of what makes a result: config entries, code, and data files.

The code digest follows the syntax tree without docstrings and comments, of a script and of every
``lit`` module that it imports, directly or not. An import counts as what it brings, not as where
that is: touching, re-commenting or moving a file changes nothing; a change of meaning reruns
exactly the rules whose code it reaches.
"""

import ast
import functools
import hashlib
import json
from importlib import metadata
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
# They refuse, log or record, and change no number: their imports are no part of a digest.
OUTSIDE_DIGESTS = (
    "lit.errors",
    "lit.logs",
    "lit.files.contents",
    "lit.files.layout",
    "lit.files.provenance",
    "lit.files.user_code",
    "lit.workflow.refuse_stale",
)


def as_text(settings: Any) -> str:
    """Settings as one JSON text, in which the order of a mapping's keys does not matter."""
    return json.dumps(settings, sort_keys=True)


def as_stored(settings: Any) -> Any:
    """Settings as a result file has them: tuples are lists, and keys that are numbers are texts."""
    return json.loads(as_text(settings))


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
    """Digest of what a script of ``workflow_scripts`` means, and all of ``lit`` that it reaches.

    ``more`` names modules that the script imports by name (``lit.coding.learners.restart``), or
    files that it reads.
    Where modules lie is no part of it: moving one changes nothing.
    """
    files = [ROOT / name for name in more if "/" in name]
    modules = [name for name in more if "/" not in name]
    paths = [
        ROOT / "workflow_scripts" / f"{script}.py",
        *files,
        *filter(None, map(_file_of, modules)),
    ]
    return config_digest(*map(_meaning, paths))


def modules_digest(*modules: str) -> str:
    """Digest of some modules of ``lit``, and of all that they reach."""
    return config_digest(*(_meaning(path) for path in map(_file_of, modules) if path))


@functools.cache
def _meaning(path: Path) -> str:
    """Digest of one file: what it means, and what the modules mean that it imports."""
    if path.suffix != ".py":
        return file_digest(path)
    tree = ast.parse(path.read_text())
    taker = _ImportTaker()
    taker.visit(tree)
    return config_digest(tree_digest(tree), sorted(taker.imported))


class _ImportTaker(ast.NodeTransformer):
    """Takes imports out of a tree.

    ``imported`` has each name, and of ``lit``'s modules the digest of what it stands for.
    """

    def __init__(self) -> None:
        self.imported: list[list[str]] = []

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        for alias in node.names:
            if not {node.module, f"{node.module}.{alias.name}"}.isdisjoint(OUTSIDE_DIGESTS):
                continue
            bound, path = alias.asname or alias.name, _file_of(f"{node.module}.{alias.name}")
            ours = str(node.module).split(".")[0] == "lit"
            place = path or _file_of(str(node.module)) if ours else None
            origin = _meaning(place) if place else "" if ours else str(node.module)
            self.imported.append(["" if path else alias.name, bound, origin])

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            if alias.name in OUTSIDE_DIGESTS:
                continue
            path = _file_of(alias.name)
            self.imported.append([alias.name, alias.asname or "", _meaning(path) if path else ""])


def tree_digest(tree: ast.AST) -> str:
    """Digest of what a syntax tree means: its docstrings are taken out of it."""
    for node in ast.walk(tree):
        if isinstance(
            node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
        ) and ast.get_docstring(node):
            node.body = node.body[1:]
    return _short(ast.dump(tree).encode())


def _file_of(module: str) -> Path | None:
    """File of a module of ``lit``; none of other names, nor of ``lit`` itself, which re-exports."""
    if not module.startswith("lit."):
        return None
    base = ROOT.joinpath(*module.split("."))
    return next(
        (path for path in (base.with_suffix(".py"), base / "__init__.py") if path.is_file()), None
    )


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
