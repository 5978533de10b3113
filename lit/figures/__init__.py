"""Figures, each in a module of its own: ``draw(table)`` makes it from one table alone.

``bits_per_label``, ``information_transfer`` and ``memorised_information`` are every study's; each
has a ``TITLE``, and says in its ``CAPTION`` what it shows. The others are those of the analyses of
their names.
"""

import importlib.util
from collections.abc import Mapping
from typing import Any


def get_figure(entry: str | Mapping[str, Any], where: str = "analyses") -> Any:
    """The module that draws a figure, by its name, or an analysis, by its kind or its entry.

    An analysis without a module here draws itself. All are imported by name, so that the code
    digest of a figure follows its own module alone.

    Raises:
        InputError: a factory that cannot be imported, or lacks a part of an analysis.
    """
    name = f"lit.figures.{entry if isinstance(entry, str) else entry['kind']}"
    if importlib.util.find_spec(name):
        return importlib.import_module(name)
    return importlib.import_module("lit.analyses").get_analysis(entry, where)
