"""A user's own code, named by ``module:function``: which files it is, their digest, and importing just these.

The digest follows the module's imports without running anything: its own files and packages by their meaning (syntax tree
without comments and docstrings), packages that are installed by version and by the content of their files. Python itself,
and the packages that this project depends on, are no part of it. What no reader of the code can follow is not either:
names of modules that are computed, and files that the code opens. Code that runs other files by their path is refused.
"""

import ast
import contextlib
import importlib
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.machinery import ModuleSpec
from importlib.metadata import PackageNotFoundError, version
from importlib.util import resolve_name
from pathlib import Path
from typing import Any

from lit.errors import InputError
from lit.files import contents
from lit.files.provenance import config_digest, modules_digest, tree_digest
from lit.files.user_modules import find_all, find_in, home, search_path

# Their versions are recorded with results, and by the rule of this project a new version computes nothing again.
OWN = (
    *(
        "torch",
        "torchvision",
        "timm",
        "safetensors",
        "numpy",
        "scipy",
        "threadpoolctl",
        "constriction",
        "pandas",
    ),
    *(
        "h5py",
        "matplotlib",
        "sklearn",
        "PIL",
        "jsonschema",
        "yaml",
        "jinja2",
        "rocrate",
        "snakemake",
    ),
)
# What runs a file by its path, and the package that has it.
BY_PATH = {
    **dict.fromkeys(("spec_from_file_location", "SourceFileLoader"), "importlib"),
    **dict.fromkeys(("run_path", "run_module"), "runpy"),
}
NAMED = 3  # files that a message names
_seen_right: set[tuple[str, str]] = set()


@dataclass
class Code:
    """What a module and all that it imports were found to be.

    Attributes:
        parts: Digest of each, by the name of a module or package; None where nothing of that name is there.
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


def digest(factory: str, where: str = "model") -> str | None:
    """Digest of a factory's module and of what it imports; None where there is no such module. Nothing is run.

    Raises:
        InputError: Python and the user may mean different modules by that name, or the code runs files by their path.
    """
    name = factory.partition(":")[0]
    found = read_code(name)
    if found.by_path:
        raise InputError(
            f"{where}: factory: {found.by_path[0]}, which runs code whose changes could not be noticed; import it by its name"
            " instead (`import helper`, with helper.py in the folder that snakemake runs in or on PYTHONPATH)"
        )
    for each in [name, *found.parts]:
        _refuse_ambiguous(each, where)
    return found.digest if name in found.parts else None


def read_code(module: str) -> Code:
    """Find a module's file as Python does, and those that it imports, and take their digests."""
    importlib.invalidate_caches()  # files may be newer than what Python remembers of their folders
    code, todo, done = Code(), [module], set()
    while todo:
        name = todo.pop()
        if name in done:
            continue
        done.add(name)
        if name.partition(".")[0] == "lit":
            code.parts[name] = modules_digest(name)
            continue
        specs = find_all(name)
        for spec in specs:
            todo += _read(spec, code)
        if not specs:
            code.parts[name.partition(".")[0]] = None
    return code


def _read(spec: ModuleSpec, code: Code) -> list[str]:
    """Put a module into ``code``; names of modules that it may import."""
    if spec.name in code.parts or spec.origin in (
        None,
        "built-in",
        "frozen",
    ):  # None: a folder without __init__.py
        return []
    where, within = home(spec.origin), spec.submodule_search_locations
    if where == "installed":
        top = spec.name.partition(".")[0]
        if top not in OWN and top not in code.parts:
            code.parts[spec.name] = (
                f"{_version(top)} {_content(within[0] if within else spec.origin)}"
            )
    if where != "own":
        return []
    code.files[spec.name] = spec.origin
    tree = _tree(spec)
    if tree is None:
        code.parts[spec.name] = _content(spec.origin)
        return []
    names = _imported(tree, spec.name if within is not None else spec.name.rpartition(".")[0])
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
    """Syntax tree of a module, also of one in a zip archive; None of what is compiled, or no Python."""
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
    """Digest of a file or package as it lies there; of a module in an archive, that of the archive."""
    while not os.path.exists(path):
        path = os.path.dirname(path)
    return contents.digest(path)


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _imported(tree: ast.AST, package: str) -> list[str]:
    """Names of modules that some code imports anywhere; with ``from a import b``, b may be one."""
    names = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = "." * node.level + (node.module or "")
            names += [
                base,
                *(f"{base}{'' if base.endswith('.') else '.'}{alias.name}" for alias in node.names),
            ]
        elif isinstance(node, ast.Call) and node.args:
            called = getattr(node.func, "attr", getattr(node.func, "id", None))
            if called in ("import_module", "__import__"):
                names += _texts(node.args[:1])
        elif isinstance(node, ast.Assign) and "__all__" in [
            getattr(target, "id", None) for target in node.targets
        ]:
            listed = _texts(
                getattr(node.value, "elts", [])
            )  # which import * takes, submodules among them
            names += [f"{package}.{name}" for name in listed if package]
    resolved = []
    for name in names:
        with contextlib.suppress(ImportError):
            resolved.append(resolve_name(name, package) if name.startswith(".") else name)
    return [name for name in resolved if all(part.isidentifier() for part in name.split("."))]


def _texts(nodes: list[ast.expr]) -> list[str]:
    return [
        node.value
        for node in nodes
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]


def _refuse_ambiguous(name: str, where: str) -> None:
    """A file beside the study that Python does not take by this name, since another module has it too."""
    top = name.partition(".")[0]
    here = find_in(top, [os.path.realpath(os.getcwd())])
    taken = next(iter(find_all(top)), None)
    if here is None or here.origin is None or taken is None:
        return
    if taken.origin is None or os.path.realpath(taken.origin) != os.path.realpath(here.origin):
        raise InputError(
            f"{where}: factory: {name!r} would be {taken.origin or taken.submodule_search_locations}, since Python looks there"
            f" first, and not {here.origin}; rename your module"
        )


def import_factory(factory: str, where: str, planned: str | None = None) -> Any:
    """A user's own function by ``module:function``; importing the module runs its code.

    Args:
        factory: ``module:function``; ``module`` alone for the module itself.
        where: How errors name its owner.
        planned: Digest of its code when the jobs were planned; None outside of the workflow.

    Raises:
        InputError: a module or function that cannot be had, or another one than was planned.
    """
    module_name, _, attribute = factory.partition(":")
    if planned is not None and (factory, planned) not in _seen_right:
        _compare(module_name, where, planned)
        wanted = search_path()
        sys.path[:] = [*wanted, *(entry for entry in sys.path if entry not in wanted)]
    if "" not in sys.path and str(Path.cwd()) not in sys.path:
        sys.path.append(str(Path.cwd()))
    before = sys.path[:]
    try:
        module = importlib.import_module(module_name)
        found = getattr(module, attribute) if attribute else module
    except Exception as error:  # import runs the user's own code
        raise InputError(
            f"{where}: factory: cannot import {factory!r} ({error!r});"
            ' write "module:function" with module.py in the folder that snakemake runs in'
        ) from error
    if planned is not None and (factory, planned) not in _seen_right:
        with _searching(before):
            code = _compare(module_name, where, planned)
        _refuse_hidden(module_name, where, code)
        _seen_right.add((factory, planned))
    return found


def import_own(entry: Mapping[str, Any], where: str) -> Callable[..., Any]:
    """The function of an entry of ``kind: python``: its ``factory``, by name or as it is.

    Raises:
        InputError: see :func:`import_factory`; or it is no function.
    """
    found = entry["factory"]
    if isinstance(found, str):
        found = import_factory(found, where, entry.get("factory_digest"))
    if not callable(found):
        raise InputError(
            f"{where}: factory: {entry['factory']!r} is of type {type(found).__name__}; write the name of a function"
        )
    return found


def with_function(entry: Mapping[str, Any], where: str) -> dict[str, Any]:
    """A copy of an entry; of ``kind: python`` its factory is the function itself."""
    own = {"factory": import_own(entry, where)} if entry["kind"] == "python" else {}
    return {**entry, **own}


def _compare(module: str, where: str, planned: str) -> Code:
    """Refuse code that is not the planned one: its files, and of those that are imported, where from. Else return it."""
    code = read_code(module)
    for name, path in _imported_from(code):
        raise InputError(
            f"{where}: factory: module {name!r} was imported from {path}, but is {code.files[name]} by name: another module is"
            " called the same; rename yours"
        )
    if code.digest != planned:
        raise InputError(
            f"{where}: factory: the code of {module!r} is not what it was when the jobs were planned: {code}, or a package that"
            " they import, was changed meanwhile. Run the same snakemake command again, which plans with what is there now"
        )
    return code


def _refuse_hidden(module: str, where: str, code: Code) -> None:
    """Refuse what Python finds only since the code itself, when imported, changed where Python looks."""
    with _searching([os.path.abspath(entry) for entry in sys.path if isinstance(entry, str)]):
        now = read_code(module)
    hidden = [name for name in now.parts if _seen(now, name) != _seen(code, name)]
    hidden += [name for name, part in code.parts.items() if part is None and _is_own(name)]
    if hidden:
        name, top = hidden[0].partition(".")[0], module.partition(".")[0]
        raise InputError(
            f"{where}: factory: {module!r} adds folders to sys.path, where {name!r} was found, so that changes of it could not"
            f" be noticed; put the folder on PYTHONPATH, or move {name!r} beside {top!r}"
        )


def _seen(code: Code, name: str) -> tuple[str | None, str | None]:
    return code.parts.get(name), code.files.get(name)


def _is_own(name: str) -> bool:
    """Whether a module of the user's own is imported by this name."""
    file = getattr(sys.modules.get(name), "__file__", None)
    return name != "__main__" and file is not None and home(file) == "own"


@contextlib.contextmanager
def _searching(folders: list[str]) -> Iterator[None]:
    """Look for modules in these folders meanwhile."""
    kept = sys.path[:]
    sys.path[:] = folders
    try:
        yield
    finally:
        sys.path[:] = kept


def _imported_from(code: Code) -> Iterator[tuple[str, str]]:
    """Modules of the user's own that were imported from elsewhere than they lie."""
    for name, path in code.files.items():
        module = sys.modules.get(name)
        file = getattr(module, "__file__", None)
        if module is not None and (
            file is None or os.path.realpath(file) != os.path.realpath(path)
        ):
            yield name, str(file)
