"""Analyses: what a study asks of its code lengths beyond the main table, one module a kind.

A module of the kind's name has

``TITLE``           heading of its section in the report;
``TAKES``           the rows that it can be made of, in words;
``COLUMNS``         what the report's table shows, heading by column;
``select(rows, options, datasets)``  the rows that it uses; an InputError with the arms and the
remedy
                    where there are none. It sees no results: it is asked before the first job
                    (:func:`check_analysis`), and again by ``tabulate``, so that nothing is found
                    wrong after the training that could have been found before it;
``tabulate(results, options)``  the table, a DataFrame that is written as CSV;
``describe(table)`` paragraphs of plain text: what it shows, what it does not, and how sure it is.

Its figure has a module of the same name in :mod:`lit.figures`.
"""

import importlib
from collections.abc import Mapping
from types import ModuleType
from typing import Any

from lit.errors import InputError
from lit.study.entities import belongs


def get_analysis(kind: str) -> ModuleType:
    """The module of an analysis. Imported by name, so that each has a code digest."""
    return importlib.import_module(f"lit.analyses.{kind}")


def check_analysis(
    name: str,
    options: Mapping[str, Any],
    rows: list[dict[str, Any]],
    datasets: Mapping[str, Mapping[str, Any]],
) -> None:
    """Check that an analysis can be made of its rows, and that it uses every arm that it names.

    Args:
        name: The analysis' own.
        options: Its entry in the config.
        rows: Those of its arms.
        datasets: Config's entry of each data set.

    Raises:
        InputError: naming the analysis, the arms and the remedy.
    """
    analysis = get_analysis(options["kind"])
    try:
        used = analysis.select(rows, options, datasets)
    except InputError as error:
        raise InputError(f"analyses.{name}: {error}") from error
    for asked in options.get("arms", []):
        if not any(belongs(row["arm"], asked) for row in used):
            raise InputError(
                f"analyses.{name}.arms: nothing of arm {asked!r} can be used: {options['kind']}"
                f" takes {analysis.TAKES}; leave the arm out, or change it"
            )
