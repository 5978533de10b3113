"""Whether the streams and sources of data sets that come in groups fit into their seeds' parts.

Found before the first job, see :mod:`lit.workflow.preflight`.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from lit.data.dataset import Dataset
from lit.data.streams import room
from lit.errors import InputError
from lit.workflow.check_rows import stages_of

PARTS = "stream", "source"


def check_sides(
    rows: list[Mapping[str, Any]], data: Mapping[str, Dataset], seeds: list[int]
) -> None:
    """Refuse a k or n of more examples than the groups on its side have, with any seed.

    Raises:
        InputError: naming the arm, the key and the remedy.
    """
    known: dict[str, tuple[int, int]] = {}
    for row in rows:
        for name, labels, key, size in _sizes(row):
            if (one := data[name]).groups is None:
                continue
            pair = json.dumps([name, labels])
            if pair not in known:
                known[pair] = room(one, labels, seeds)
            at = "kn".index(key)
            if size > (most := known[pair][at]):
                raise InputError(
                    f"arm {row['arm']!r}: {key} = {size:,}, but data set {name!r} comes in groups,"
                    f" and those that a seed deals to a {PARTS[at]} have {most:,} examples (fewest"
                    f" over seeds): a stream has a third of all, sources have the rest; write {key}"
                    f" at most {most:,}"
                )


def _sizes(row: Mapping[str, Any]) -> Iterator[tuple[str, Any, str, int]]:
    """Data set, labels, k or n, and how many, of a row's stream and sources."""
    yield row["target"], row["labels"], "k", row["k"]
    for stage in stages_of(row):
        yield stage["dataset"], stage["labels"], "n", stage["n"] or 0
