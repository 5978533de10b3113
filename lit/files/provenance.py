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
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
# They refuse, log or record, and change no number: their imports are no part of a digest.
OUTSIDE_DIGESTS = frozenset(
    {
        "lit.errors",
        "lit.logs",
        "lit.files.user_files",
        "lit.files.result_files",
        "lit.files.provenance",
        "lit.files.user_code",
        "lit.networks.foreign_files",
        "lit.workflow.job",
        "lit.workflow.job_code",
        "lit.workflow.refuse_stale",
    }
)
IMPORTS = (ast.Import, ast.ImportFrom)
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def as_text(settings: Any) -> str:
    """Settings as one JSON text, in which the order of a mapping's keys does not matter."""
    return json.dumps(settings, sort_keys=True)


def as_stored(settings: Any) -> Any:
    """Settings as a result file has them: tuples are lists, keys that are numbers are texts."""
    return json.loads(as_text(settings))


def config_digest(*parts: Any) -> str:
    """Digest of JSON-able values; the order of a mapping's keys does not matter."""
    return _short(json.dumps(parts, sort_keys=True, default=list).encode())


def file_digest(path: str | Path) -> str:
    """Digest of a file's content; an OSError where it may not be read."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=8)).hexdigest()


@functools.cache
def code_digest(script: str, *more: str) -> str:
    """Digest of what a script of ``workflow_scripts`` means, and all of ``lit`` that it reaches.

    ``more`` names modules that the script imports by name (``lit.coding.learners.restart``), or
    files that it reads.
    """
    files = [f"workflow_scripts/{script}.py", *(name for name in more if "/" in name)]
    modules = [_file_of(name) for name in more if "/" not in name]
    return config_digest(*(_meaning(ROOT / path) for path in [*files, *modules] if path))


def modules_digest(*modules: str) -> str:
    """Digest of some modules of ``lit``, and of all that they reach."""
    paths = map(_file_of, sorted({*modules} - OUTSIDE_DIGESTS))
    return config_digest(*(_meaning(path) for path in paths if path))


@functools.cache
def _meaning(path: Path) -> str:
    """Digest of one file: what it means, and what the modules mean that it imports.

    Imports at its head count in any order; one within a function or a branch counts where it is.
    """
    if path.suffix != ".py":
        return file_digest(path)
    body, within, head = _read(path.read_text(encoding="utf-8"))
    for place, node in within.items():
        body = body.replace(repr(place), repr(str(sorted(_imported(node)))))
    return config_digest(
        _short(body.encode()), sorted(one for node in head for one in _imported(node))
    )


@functools.cache  # the dear part, which hangs on the text alone
def _read(text: str) -> tuple[str, dict[str, Any], list[Any]]:
    """A module's syntax tree as text, with a place for each import within it; its imports by
    place; and those at its head."""
    tree = ast.parse(text)
    head = [node for node in tree.body if isinstance(node, IMPORTS)]
    tree.body = [node for node in tree.body if node not in head]
    within: dict[str, Any] = {}

    def keep(node: ast.AST) -> str:
        place = f"\0import {len(within)}\0"
        within[place] = node
        return place

    return repr(_plain(tree, keep)), within, head


def _imported(node: ast.Import | ast.ImportFrom) -> list[list[str]]:
    """Each name that an import binds, with the digest of what it stands for, if that is ours."""
    found = []
    for alias in node.names:
        home = node.module if isinstance(node, ast.ImportFrom) else None
        full = f"{home}.{alias.name}" if home else alias.name
        if not OUTSIDE_DIGESTS.isdisjoint({home, full}):
            continue
        module = _file_of(full)
        place = module or _file_of(home or "")
        stands_for = _meaning(place) if place else home or ""
        found.append(["" if module else alias.name, alias.asname or alias.name, stands_for])
    return found


def tree_digest(tree: ast.AST) -> str:
    """Digest of what a syntax tree means, without its docstrings."""
    return _short(repr(_plain(tree)).encode())


def _plain(node: Any, keep: Callable[[Any], str] | None = None) -> Any:
    """A syntax tree as lists, without what is empty: versions of Python differ in what they add.

    ``keep`` takes an import, and says what stands in its place.
    """
    if isinstance(node, list):
        return [_plain(one, keep) for one in node]
    if not isinstance(node, ast.AST):
        return node
    if keep and isinstance(node, IMPORTS):
        node = ast.Expr(ast.Constant(keep(node)))
    fields = dict(ast.iter_fields(node))
    if isinstance(node, DOCUMENTED) and ast.get_docstring(node, clean=False):
        fields["body"] = node.body[1:]
    found = [
        (name, _plain(value, keep)) for name, value in fields.items() if value not in (None, [])
    ]
    return [type(node).__name__, *found]


def _file_of(module: str) -> Path | None:
    """File of a module of ``lit``; none of other names, nor of ``lit`` itself, which re-exports."""
    if not module.startswith("lit."):
        return None
    base = ROOT.joinpath(*module.split("."))
    paths = (base.with_suffix(".py"), base / "__init__.py")
    return next((path for path in paths if path.is_file()), None)


def versions(*packages: str) -> dict[str, str]:
    """Installed versions by package, as their metadata have them; nothing is imported."""
    return {package: version(package, "not installed") for package in packages}


def version(package: str, absent: str) -> str:
    """The installed version of a package, or ``absent``."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return absent


def _short(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=8).hexdigest()
