"""Packages that not everybody needs, by the extra of pyproject.toml that has them."""

import importlib
from typing import Any

from lit.errors import InputError

EXTRAS = {
    "tables": "pyarrow==26.0.0",
    "text": "peft==0.21.0 tokenizers==0.23.3 transformers==5.24.0",
}


def import_extra(module: str, extra: str, said: str) -> Any:
    """A module of a package that not everybody needs.

    Args:
        module: Its full name.
        extra: Which packages it comes with.
        said: What needs it, and its name.

    Raises:
        InputError: it is not installed.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise InputError(f"{said}, which is not installed: {install(extra)}") from error


def install(extra: str) -> str:
    """The command that installs an extra, beside a clone or an installed library."""
    return f"pip install {EXTRAS[extra]}"
