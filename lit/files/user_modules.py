"""Where a user's modules are, as Python would find them by name; nothing is imported."""

import itertools
import os
import pkgutil
import sys
import sysconfig
from importlib.machinery import BuiltinImporter, FrozenImporter, ModuleSpec
from pathlib import Path
from typing import Any

from lit.files.provenance import ROOT


def search_path() -> list[str]:
    """Where modules are looked for: PYTHONPATH, Python's own, installed ones, the present folder.

    The same in the workflow and in each of its jobs, which Python itself starts with other orders.
    """
    here = os.path.realpath(os.getcwd())
    ours = (os.path.realpath(ROOT / "workflow_scripts"), os.path.join(here, ".snakemake"))

    def is_known(entry: str) -> bool:
        real = os.path.realpath(entry)
        own = real == here or real.startswith(ours) or "source-cache" in entry
        return os.path.isabs(entry) and not own

    python_path = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    given = [os.path.abspath(entry) for entry in python_path if entry]
    known = [entry for entry in sys.path if is_known(entry)]
    found: dict[str, str] = {}
    for entry in [*given, *known, here]:
        found.setdefault(os.path.realpath(entry), entry)
    return list(found.values())


def find_all(name: str) -> list[ModuleSpec]:
    """The packages above a module, and the module itself, as far as they are there."""
    found: list[ModuleSpec] = []
    where: list[str] | None = None
    for each in itertools.accumulate(name.split("."), "{}.{}".format):
        spec = _find_top(each) if where is None else find_in(each, where)
        if spec is None:
            break
        found.append(spec)
        where = spec.submodule_search_locations
        if where is None:
            break
    return found


def _find_top(name: str) -> ModuleSpec | None:
    spec = (
        BuiltinImporter.find_spec(name)
        or FrozenImporter.find_spec(name)
        or find_in(name, search_path())
    )
    if spec is not None and spec.origin is not None:
        return spec
    for finder in sys.meta_path:  # those that an editable installation brings
        if getattr(finder, "__module__", "").startswith("__editable__") and (
            other := finder.find_spec(name, None)
        ):
            return other
    return spec


def find_in(name: str, folders: list[str]) -> ModuleSpec | None:
    """The first module of that name in some folders or archives.

    Else all folders of that name, which then have no __init__.py.
    """
    parts: list[str] = []
    for folder in folders:
        finder: Any = pkgutil.get_importer(folder)
        spec = finder.find_spec(name) if finder is not None else None
        if spec is not None and spec.loader is not None:
            return spec
        if spec is not None:
            parts += spec.submodule_search_locations or []
    found = ModuleSpec(name, None)
    found.submodule_search_locations = parts
    return found if parts else None


def home(origin: str) -> str:
    """Whether a file is ``installed``, is part of ``python``, or is the user's ``own``."""
    path = os.path.realpath(origin)
    folders = sysconfig.get_paths()
    packages = {"site-packages", "dist-packages"} & set(Path(path).parts)
    if packages or _below(path, folders["purelib"]):
        return "installed"
    python = _below(path, folders["stdlib"]) or _below(path, folders["platstdlib"])
    return "python" if python else "own"


def _below(path: str, folder: str) -> bool:
    return path.startswith(os.path.realpath(folder) + os.sep)
