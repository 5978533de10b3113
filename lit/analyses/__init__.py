"""Analyses: what a study asks of its code lengths beyond the main table, one module a kind.

A module of the kind's name has

``TITLE``           heading of its section in the report;
``TAKES``           the rows that it can be made of, in words;
``COLUMNS``         what the report's table shows, heading by column;
``select(rows, options, datasets)``  the rows that it uses; an InputError with the arms and the
                    remedy where there are none. It sees no results: it is asked before the first
                    job (:func:`check_analysis`), and again by ``tabulate``, which refuses the same;
``tabulate(results, options)``  the table, a DataFrame that is written as CSV;
``describe(table)`` paragraphs of plain text: what it shows, what it does not, and how sure it is.

Its figure has a module of the same name in :mod:`lit.figures`. A user's own has ``draw(table)``
beside the others.
"""

import importlib
from collections.abc import Mapping
from typing import Any

from lit.errors import InputError
from lit.files.user_code import import_factory
from lit.study.arm_names import belongs

PARTS = ("TITLE", "TAKES", "COLUMNS", "select", "tabulate", "draw", "describe")  # of a user's own


def get_analysis(entry: str | Mapping[str, Any], where: str = "analyses") -> Any:
    """The module of an analysis, by its kind or its entry; each has a code digest of its own.

    Raises:
        InputError: a factory that cannot be imported, or lacks a part of an analysis.
    """
    if isinstance(entry, str):
        entry = {"kind": entry}
    if entry["kind"] != "python":
        return importlib.import_module(f"lit.analyses.{entry['kind']}")
    found = import_factory(entry["factory"], where, entry.get("factory_digest"))
    if missing := [name for name in PARTS if not hasattr(found, name)]:
        raise InputError(
            f"{where}: factory: {entry['factory']!r} has no {missing[0]}; an analysis has"
            f" {', '.join(PARTS)}"
        )
    return found


def options_of(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    """An analysis' options: its entry, or of a user's own what stands there under ``options``."""
    return entry.get("options", {}) if entry["kind"] == "python" else entry


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
        rows: Those of its arms, see :class:`lit.analyses.results.Results`; so are ``datasets``.

    Raises:
        InputError: naming the analysis, the arms and the remedy.
    """
    where = f"analyses.{name}"
    analysis = get_analysis(options, where)
    try:
        used = analysis.select(rows, options_of(options), datasets)
    except InputError as error:
        raise InputError(f"{where}: {error}") from error
    except Exception as error:
        if options["kind"] != "python":
            raise
        raise InputError(
            f"{where}: factory: select of {options['factory']!r} failed: {error!r}"
        ) from error
    for asked in options.get("arms", []):
        if not any(belongs(row["arm"], asked) for row in used):
            raise InputError(
                f"{where}.arms: nothing of arm {asked!r} can be used: {options['kind']} takes"
                f" {analysis.TAKES}; leave the arm out, or change it"
            )
