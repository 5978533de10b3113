"""Whether source and target of an arm are two data sets of one file."""

import os
from collections.abc import Mapping
from typing import Any

from lit.logs import log
from lit.workflow.check_rows import stages_of

CHOOSES = ("name", "split", "x", "options", "factory")  # keys that choose examples of a file


def warn_of_same_file(
    rows: list[Mapping[str, Any]],
    specs: Mapping[str, Mapping[str, Any]],
    contents: Mapping[str, Any],
    origins: Mapping[str, str],
) -> None:
    """Warn where M is trained on examples of the file that is coded, under another name.

    Streams and sources of one data set are kept apart; of two, whatever these are read from, equal
    rows are counted, which differ where one is scaled or cut otherwise.

    Args:
        rows: Rows of the main table, see :meth:`lit.workflow.plan.Plan.table_settings`.
        specs: Data sets' entries by name.
        contents: By data set, digests of what its file holds.
        origins: By data set, the one whose examples it shows: another for a view or features.
    """
    said = set()
    for row in rows:
        for stage in stages_of(row):
            source, target = origins[stage["dataset"]], origins[row["target"]]
            if not stage["n"] or source == target or (source, target) in said:
                continue
            said.add((source, target))
            if _from_one_file(specs[source], specs[target], contents[source], contents[target]):
                log.warning(
                    f"Warning: arm {row['arm']!r}: source {source!r} and target {target!r} are read"
                    " from the same file, and what both hold is not kept apart; name one data set"
                    " for both, or split the file in two"
                )


def _from_one_file(
    a: Mapping[str, Any], b: Mapping[str, Any], held: Mapping[str, Any], other: Mapping[str, Any]
) -> bool:
    if any(a.get(key) != b.get(key) for key in CHOOSES):
        return False
    if "path" not in a or "path" not in b:
        return a["kind"] == b["kind"] and "name" in a
    places = [os.path.realpath(one["path"]) for one in (a, b)]
    alike = held.get("content") is not None and held.get("content") == other.get("content")
    return alike or os.path.commonpath(places) in places
