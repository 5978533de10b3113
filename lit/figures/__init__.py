"""Figures, each in a module of its own: ``draw(table)`` makes it from one table alone.

``bits_per_label``, ``information_transfer`` and ``memorised_information`` are every study's; each
has a ``TITLE``, and says in its ``CAPTION`` what it shows. The others are those of the analyses of
their names.
"""

import importlib
import importlib.util
from types import ModuleType

from lit.analyses import get_analysis


def get_figure(kind: str) -> ModuleType:
    """The module that draws a figure or an analysis of a kind.

    An analysis without a module here draws itself. Imported by name: each has a code digest.
    """
    if importlib.util.find_spec(f"lit.figures.{kind}"):
        return importlib.import_module(f"lit.figures.{kind}")
    return get_analysis(kind)
