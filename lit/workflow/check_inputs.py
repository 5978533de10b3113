"""Whether a source and a target have the same inputs, and no example in common.

Found before the first job, see :mod:`lit.workflow.preflight`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from lit.analyses.words import counted
from lit.data.choose_rows import never_both
from lit.data.dataset import Dataset
from lit.data.inputs import scale
from lit.errors import InputError
from lit.logs import log
from lit.workflow.check_heads import Pool

SAMPLE = 1000  # examples that are looked at
UNLIKE = 5  # ratio of root mean squares beyond which inputs are surely unlike
CHOOSING = ("name", "x", "split", "factory", "options")  # which examples of a file are read
NAMED = 3  # inputs that an error names


def check_alike(
    data: Mapping[str, Dataset], source: str, target: str, where: str, said: set[str]
) -> None:
    """Check that one network takes the inputs of both; warn where they are scaled differently."""
    a, b = data[source], data[target]
    _check_columns(a, b, source, target, where)
    if a.x.shape[1:] != b.x.shape[1:]:
        raise InputError(
            f"{where}: examples of source {source!r} have shape {a.x.shape[1:]} and those of target"
            f" {target!r} {b.x.shape[1:]}; one network must take both: give them one shape"
        )
    if (a.vocabulary, a.tokenizer) != (b.vocabulary, b.tokenizer):
        raise InputError(
            f"{where}: source {source!r} and target {target!r} are of different tokens"
            f" ({a.vocabulary or 'no'} and {b.vocabulary or 'no'} tokens in all); give both one"
            " tokenizer"
        )
    pair = json.dumps([source, target])
    if source == target or pair in said or a.vocabulary:
        return
    said.add(pair)
    size, other = (
        float(np.sqrt(np.mean(scale(x[:SAMPLE]).astype(np.float64) ** 2))) for x in (a.x, b.x)
    )
    one_way = ("standardised" in a.scaling) == ("standardised" in b.scaling)
    if not one_way or max(size, other) > UNLIKE * min(size, other):
        log.warning(
            f"Warning: {where}: inputs of source {source!r} ({a.scaling}; root mean square"
            f" {size:.3g}) and of target {target!r} ({b.scaling}; {other:.3g}) are scaled in"
            " different ways, and M is given both; write the same scale: for the two"
        )


def _check_columns(a: Dataset, b: Dataset, source: str, target: str, where: str) -> None:
    """Refuse tables whose columns or categories are not alike: a network takes them by place."""
    if not (a.columns and b.columns) or a.columns == b.columns:
        return
    both = f"{where}: source {source!r} and target {target!r}"
    if sorted(a.columns) == sorted(b.columns):
        at = next(
            i for i, pair in enumerate(zip(a.columns, b.columns, strict=True)) if len({*pair}) > 1
        )
        raise InputError(
            f"{both} have the same columns in other orders, first {a.columns[at]!r} and"
            f" {b.columns[at]!r}; write both files with their columns in one order"
        )
    alone = [
        f"{name!r} has {', '.join(only[:NAMED])}{', ...' * (len(only) > NAMED)} alone"
        for name, only in ((source, _only(a, b)), (target, _only(b, a)))
        if only
    ]
    raise InputError(
        f"{both} have other inputs: {' and '.join(alone)}; write"
        f" {_so_that_alike([*_only(a, b), *_only(b, a)])}, or both as rows: of one table"
    )


def _so_that_alike(odd: list[str]) -> str:
    """What to write for both tables, where only one has these inputs."""
    if some := next((name.partition("=")[0] for name in odd if "=" in name), ""):
        return f"categories: {{{some}: [all of its texts]}} for both"
    if any(name.endswith(" is missing") for name in odd):
        return "the same missing: for both"
    return (
        f"drop: [{', '.join(odd[:NAMED])}{', ...' * (len(odd) > NAMED)}] where they stand (columns"
        " that do not vary in a file are left out of themselves)"
    )


def _only(a: Dataset, b: Dataset) -> list[str]:
    return [name for name in a.columns if name not in set(b.columns)]


@dataclass(frozen=True)
class FileRead:
    """Which examples of which file a data set shows; of a table, which rows."""

    file: str
    rows: Mapping[str, Any] | None

    def may_share(self, other: "FileRead | None") -> bool:
        """Whether one example may be in both."""
        return (
            other is not None and self.file == other.file and not never_both(self.rows, other.rows)
        )


def files_read(
    contents: Mapping[str, Mapping[str, Any]], origins: Mapping[str, str]
) -> dict[str, FileRead]:
    """By data set what it reads, where its own file or its origin's is read.

    ``contents`` are settings of data sets, see :meth:`lit.workflow.data_jobs.DataJobs.settings`.
    Two files of one content are one, and so is what a library has by one name.
    """
    found = {}
    for name, origin in origins.items():
        made = contents[origin]
        spec = made["spec"]
        held = made.get("content") or (spec["kind"] if "name" in spec else None)
        if held:
            chosen = {key: spec.get(key) for key in CHOOSING}
            file = json.dumps([held, chosen], sort_keys=True)
            found[name] = FileRead(file, spec.get("rows"))
    return found


def check_common_rows(a: Dataset, b: Dataset, source: str, target: str, where: str) -> bool:
    """Whether two parts of one table are known to have no row in common.

    Raises:
        InputError: rows that both have: M would be trained on what is coded.
    """
    if a.rows is None or b.rows is None or np.array_equal(a.rows, b.rows):
        return False  # equal rows have one order: streams and sources are taken from its ends
    if not len(common := np.intersect1d(a.rows, b.rows)):
        return True
    raise InputError(
        f"{where}: source {source!r} ({len(a.rows):,} rows) and target {target!r}"
        f" ({len(b.rows):,}) are parts of one file with {counted(len(common), 'row')}"
        f" in common, the first row {common[0]}, so that M would be trained on examples that are"
        " coded; write rows: for both that no row has together, such as {to: 44} and {from: 45}"
    )


def warn_of_one_file(
    stream: Pool, k: int, source: Pool, n: int, alike: bool, where: str, said: set[str]
) -> None:
    """Warn where two data sets are of one file, and examples may be in the stream and the source.

    ``alike`` says whether they have equally many examples, whose order is then the same; windows of
    one text may overlap all the same.
    """
    shared = np.intersect1d(stream.index[:k], source.index[len(source.index) - n :])
    pair = json.dumps(["one file", source.dataset, stream.dataset])
    if pair in said or (alike and not len(shared)):
        return
    said.add(pair)
    count = f"{len(shared)}" if alike else "some"
    log.warning(
        f"Warning: {where}: source {source.dataset!r} and target {stream.dataset!r} read the same"
        f" file, so that {count} of k = {k} and n = {n} examples may be in both; write one data set"
        " for both, or files without common examples"
    )
