"""A user's own code, named by ``module:function``: its digest, and importing just what was planned.

Which files it is: :mod:`lit.files.user_imports`. Code that runs other files by their path is
refused, and so is code that is not, or not from where, the digest says.
"""

import contextlib
import importlib
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from lit.errors import InputError, nearest
from lit.files.user_imports import Code, read_code
from lit.files.user_modules import find_all, find_in, home, search_path

_seen_right: set[tuple[str, str]] = set()


def digest(factory: str, where: str = "model") -> str | None:
    """Digest of a factory's module and of what it imports; None where there is no such module.

    Raises:
        InputError: Python and the user may mean different modules by that name, or the code runs
            files by their path.
    """
    name = factory.partition(":")[0]
    found = read_code(name)
    if found.by_path:
        raise InputError(
            f"{where}: factory: {found.by_path[0]}, which runs code whose changes could not be"
            " noticed; import it by its name instead (`import helper`, with helper.py in the folder"
            " that snakemake runs in or on PYTHONPATH)"
        )
    for each in [name, *found.parts]:
        _refuse_ambiguous(each, where)
    return found.digest if name in found.parts else None


def _refuse_ambiguous(name: str, where: str) -> None:
    """Refuse a file beside the study whose name Python gives to another module."""
    top = name.partition(".")[0]
    here = find_in(top, [os.path.realpath(os.getcwd())])
    taken = next(iter(find_all(top)), None)
    if here is None or here.origin is None or taken is None:
        return
    if not _same_file(taken.origin, here.origin):
        raise InputError(
            f"{where}: factory: {name!r} would be"
            f" {taken.origin or taken.submodule_search_locations}, since Python looks there first,"
            f" and not {here.origin}; rename your module"
        )


def _same_file(one: str | None, other: str) -> bool:
    return one is not None and os.path.realpath(one) == os.path.realpath(other)


def import_factory(factory: str, where: str, planned: str | None = None) -> Any:
    """A user's own function by ``module:function``, or a module by its name; its code is run.

    ``where`` is how errors name its owner, ``planned`` the digest of its code when the jobs were
    planned, None outside of the workflow.

    Raises:
        InputError: a module or function that cannot be had, or another one than was planned.
    """
    module, _, attribute = factory.partition(":")
    known = planned is None or (factory, planned) in _seen_right
    if not known:
        _compare(module, where, planned)
        wanted = search_path()
        sys.path[:] = [*wanted, *(entry for entry in sys.path if entry not in wanted)]
    if "" not in sys.path and str(Path.cwd()) not in sys.path:
        sys.path.append(str(Path.cwd()))
    before = sys.path[:]
    try:
        imported = importlib.import_module(module)
        found = getattr(imported, attribute) if attribute else imported
    except Exception as error:  # import runs the user's own code
        functions = _functions(sys.modules.get(module)) if attribute else []
        remedy = 'write "module:function" with module.py in the folder that snakemake runs in'
        if functions:  # the module was imported
            remedy = f"{module} has no {attribute!r}: {nearest(attribute, functions)}"
        raise InputError(
            f"{where}: factory: cannot import {factory!r} ({error!r}); {remedy}"
        ) from error
    if planned is not None and not known:
        with _searching(before):
            code = _compare(module, where, planned)
        _refuse_hidden(module, where, code)
        _seen_right.add((factory, planned))
    return found


def _functions(module: Any) -> list[str]:
    """Public functions and classes that a module defines."""
    return [
        name
        for name, value in (vars(module).items() if module else ())
        if callable(value)
        and name[0] != "_"
        and getattr(value, "__module__", None) == module.__name__
    ]


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
            f"{where}: factory: {entry['factory']!r} is of type {type(found).__name__};"
            " write the name of a function"
        )
    return found


def with_function(entry: Mapping[str, Any], where: str) -> dict[str, Any]:
    """A copy of an entry; of ``kind: python`` its factory is the function itself."""
    own = {"factory": import_own(entry, where)} if entry["kind"] == "python" else {}
    return {**entry, **own}


def _compare(module: str, where: str, planned: str | None) -> Code:
    """The code of a module, which has to be the planned one, and imported from its own files."""
    code = read_code(module)
    for name, path in code.files.items():
        taken = sys.modules.get(name)
        file = getattr(taken, "__file__", None)
        if taken is not None and not _same_file(file, path):
            raise InputError(
                f"{where}: factory: module {name!r} was imported from {file}, but is {path} by"
                " name: another module is called the same; rename yours"
            )
    if code.digest != planned:
        raise InputError(
            f"{where}: factory: the code of {module!r} is not what it was when the jobs were"
            f" planned: {code}, or a package that they import, was changed. Run the same snakemake"
            " command again, which plans anew"
        )
    return code


def _refuse_hidden(module: str, where: str, code: Code) -> None:
    """Refuse what Python finds only since the imported code changed where Python looks."""
    with _searching([os.path.abspath(entry) for entry in sys.path if isinstance(entry, str)]):
        now = read_code(module)
    hidden = [
        name
        for name in now.parts
        if (now.parts[name], now.files.get(name)) != (code.parts.get(name), code.files.get(name))
    ]
    hidden += [name for name, part in code.parts.items() if part is None and _is_own(name)]
    if hidden:
        name = hidden[0].partition(".")[0]
        top = module.partition(".")[0]
        raise InputError(
            f"{where}: factory: {module!r} adds folders to sys.path, where {name!r} was found, so"
            " that changes of it could not be noticed; put the folder on PYTHONPATH, or move"
            f" {name!r} beside {top!r}"
        )


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
