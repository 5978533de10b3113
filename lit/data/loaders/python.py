"""A user's own data set: what a function of theirs returns."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from lit.data.next_tokens import as_said
from lit.data.raw import RawData, errors_of, existing_path
from lit.errors import InputError

KIND = {"reads": "any", "next_tokens": "labels"}
PACKAGES = ("numpy",)
RETURNS = "return x, y, and after them, if you like, the names of the classes, and notes"


def load(spec: Mapping[str, Any], where: str) -> RawData:
    """Call ``factory(options)``; ``options["path"]`` is the entry's path, where it has one.

    Raises:
        InputError: the function fails, or returns something else.
    """
    options = dict(spec.get("options", {}))
    if "path" in spec:
        options["path"] = str(existing_path(spec, where, "file or folder"))
    factory = spec["factory"]
    called = f"{where}: factory: {getattr(factory, '__name__', factory)}"
    try:
        found = factory(options)
    except Exception as error:
        raise InputError(f"{called}({options}) failed: {error!r}") from error
    if not isinstance(found, tuple) or not 2 <= len(found) <= 4:
        what = f"{len(found)} values" if isinstance(found, tuple) else type(found).__name__
        raise InputError(f"{called} returned {what}; {RETURNS}")
    x, y, names, notes = (*found, None, None)[:4]
    for given in (names, notes):
        texts = isinstance(given, list | tuple) and all(isinstance(text, str) for text in given)
        if given is not None and not texts:
            raise InputError(
                f"{called} returned {given!r} after x and y; {RETURNS}, both lists of texts"
            )
    names = tuple(names) if names else None
    with errors_of(called):
        return as_said(spec, RawData(np.asarray(x), np.asarray(y), names, tuple(notes or ())))
