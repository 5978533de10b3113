"""A user's own code, named by ``module:function``: which files it is, their digest, and importing just these.

The digest follows the module's imports without running anything: its own files and packages by their meaning (syntax tree
without comments and docstrings), packages that are installed by version and by the content of their files. Python itself,
and the packages that this project depends on, are no part of it. What no reader of the code can follow is not either:
names of modules that are computed, and files that the code opens.
"""

import ast
import contextlib
import importlib
import os
import pkgutil
import sys
import sysconfig
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib.machinery import BuiltinImporter, FrozenImporter, ModuleSpec
from importlib.metadata import PackageNotFoundError, version
from importlib.util import resolve_name
from pathlib import Path
from typing import Any

from lit import contents
from lit.errors import InputError
from lit.provenance import ROOT, config_digest, modules_digest, tree_digest

# Their versions are recorded with results, and by the rule of this project a new version computes nothing again.
OWN = (
    *("torch", "torchvision", "timm", "safetensors", "numpy", "scipy", "threadpoolctl", "constriction", "pandas"),
    *("h5py", "matplotlib", "sklearn", "PIL", "jsonschema", "yaml", "jinja2", "rocrate", "snakemake"),
)
NAMED = 3  # files that a message names
_seen_right: set[tuple[str, str]] = set()


@dataclass
class Code:
    """What a module and all that it imports were found to be.

    Attributes:
        parts: Digest of each, by the name of a module or package; None where nothing of that name is there.
        files: File of each module of the user's own.
    """

    parts: dict[str, str | None] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)

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
        InputError: Python and the user may mean different modules by that name.
    """
    name = factory.partition(":")[0]
    found = read_code(name)
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
        specs = _specs(name)
        for spec in specs:
            todo += _read(spec, code)
        if not specs:
            code.parts[name.partition(".")[0]] = None
    return code


def _read(spec: ModuleSpec, code: Code) -> list[str]:
    """Put a module into ``code``; names of modules that it may import."""
    if spec.name in code.parts or spec.origin in (None, "built-in", "frozen"):  # None: a folder without __init__.py
        return []
    where, within = _home(spec.origin), spec.submodule_search_locations
    if where == "installed":
        top = spec.name.partition(".")[0]
        if top not in OWN and top not in code.parts:
            code.parts[spec.name] = f"{_version(top)} {_content(within[0] if within else spec.origin)}"
    if where != "own":
        return []
    code.files[spec.name] = spec.origin
    tree = _tree(spec)
    if tree is None:
        code.parts[spec.name] = _content(spec.origin)
        return []
    names = _imported(tree, spec.name if within is not None else spec.name.rpartition(".")[0])
    code.parts[spec.name] = tree_digest(tree)
    return names


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
            names += [base, *(f"{base}{'' if base.endswith('.') else '.'}{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Call) and node.args:
            called = getattr(node.func, "attr", getattr(node.func, "id", None))
            if called in ("import_module", "__import__"):
                names += _texts(node.args[:1])
        elif isinstance(node, ast.Assign) and "__all__" in [getattr(target, "id", None) for target in node.targets]:
            listed = _texts(getattr(node.value, "elts", []))  # which import * takes, submodules among them
            names += [f"{package}.{name}" for name in listed if package]
    resolved = []
    for name in names:
        with contextlib.suppress(ImportError):
            resolved.append(resolve_name(name, package) if name.startswith(".") else name)
    return [name for name in resolved if all(part.isidentifier() for part in name.split("."))]


def _texts(nodes: list[ast.expr]) -> list[str]:
    return [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]


def search_path() -> list[str]:
    """Where a user's modules are looked for: PYTHONPATH, Python's own and installed modules, and the folder one is in.

    The same in the workflow and in each of its jobs, which Python itself starts with other orders.
    """
    here = os.path.realpath(os.getcwd())
    given = [os.path.abspath(entry) for entry in os.environ.get("PYTHONPATH", "").split(os.pathsep) if entry]
    ours = (os.path.realpath(ROOT / "workflow_scripts"), os.path.join(here, ".snakemake"))
    known = [entry for entry in sys.path if os.path.isabs(entry) and os.path.realpath(entry) != here]
    known = [entry for entry in known if not os.path.realpath(entry).startswith(ours) and "source-cache" not in entry]
    found: dict[str, str] = {}
    for entry in [*given, *known, here]:
        found.setdefault(os.path.realpath(entry), entry)
    return list(found.values())


def _specs(name: str) -> list[ModuleSpec]:
    """The packages above a module, and the module itself, as far as they are there. Nothing is imported."""
    found: list[ModuleSpec] = []
    where: list[str] | None = None
    parts = name.split(".")
    for i in range(len(parts)):
        spec = _find(".".join(parts[: i + 1]), where)
        if spec is None:
            break
        found.append(spec)
        if spec.submodule_search_locations is None:
            break
        where = list(spec.submodule_search_locations)
    return found


def _find(name: str, where: list[str] | None) -> ModuleSpec | None:
    if where is not None:
        return _find_in(name, where)
    spec = BuiltinImporter.find_spec(name) or FrozenImporter.find_spec(name) or _find_in(name, search_path())
    if spec is not None and spec.origin is not None:
        return spec
    for finder in sys.meta_path:  # those that an editable installation brings
        if getattr(finder, "__module__", "").startswith("__editable__") and (other := finder.find_spec(name, None)):
            return other
    return spec


def _find_in(name: str, folders: list[str]) -> ModuleSpec | None:
    """The first module of that name in some folders or archives; else all folders of that name that have no __init__.py."""
    parts: list[str] = []
    for folder in folders:
        finder: Any = pkgutil.get_importer(folder)
        spec = finder.find_spec(name) if finder is not None else None
        if spec is not None and spec.loader is not None:
            return spec
        parts += spec.submodule_search_locations or [] if spec is not None else []
    found = ModuleSpec(name, None)
    found.submodule_search_locations = parts
    return found if parts else None


def _home(origin: str) -> str:
    """Whether a file is ``installed``, is part of ``python``, or is the user's ``own``."""
    path = os.path.realpath(origin)
    folders = sysconfig.get_paths()
    if "site-packages" in Path(path).parts or "dist-packages" in Path(path).parts or _below(path, folders["purelib"]):
        return "installed"
    return "python" if _below(path, folders["stdlib"]) or _below(path, folders["platstdlib"]) else "own"


def _below(path: str, folder: str) -> bool:
    return path.startswith(os.path.realpath(folder) + os.sep)


def _refuse_ambiguous(name: str, where: str) -> None:
    """A file beside the study that Python does not take by this name, since another module has it too."""
    top = name.partition(".")[0]
    here = _find_in(top, [os.path.realpath(os.getcwd())])
    taken = next(iter(_specs(top)), None)
    if here is None or here.origin is None or taken is None:
        return
    if taken.origin is None or os.path.realpath(taken.origin) != os.path.realpath(here.origin):
        raise InputError(
            f"{where}: factory: {name!r} would be {taken.origin or taken.submodule_search_locations}, since Python looks there"
            f" first, and not {here.origin}; rename your module"
        )


def import_factory(factory: str, where: str, planned: str | None = None) -> Callable[..., Any]:
    """A user's own function by ``module:function``; importing the module runs its code.

    Args:
        factory: ``module:function``.
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
    try:
        found = getattr(importlib.import_module(module_name), attribute)
    except Exception as error:  # import runs the user's own code
        raise InputError(
            f"{where}: factory: cannot import {factory!r} ({error!r});"
            ' write "module:function" with module.py in the folder that snakemake runs in'
        ) from error
    if planned is not None and (factory, planned) not in _seen_right:
        _compare(module_name, where, planned)
        _seen_right.add((factory, planned))
    return found


def _compare(module: str, where: str, planned: str) -> None:
    """Refuse code that is not the planned one: its files, and of those that are imported, where from."""
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


def _imported_from(code: Code) -> Iterator[tuple[str, str]]:
    """Modules of the user's own that were imported from elsewhere than they lie."""
    for name, path in code.files.items():
        module = sys.modules.get(name)
        file = getattr(module, "__file__", None)
        if module is not None and (file is None or os.path.realpath(file) != os.path.realpath(path)):
            yield name, str(file)
