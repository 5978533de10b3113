"""Whether a source and a target have the same inputs, and no example in common.

Found before the first job, see :mod:`lit.workflow.preflight`.
"""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

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
    odd = [*_only(a, b), *_only(b, a)]
    some = next((name.partition("=")[0] for name in odd if "=" in name), "")
    remedy = f"categories: {{{some}: [all of its texts]}} for both, or " if some else ""
    raise InputError(
        f"{both} have other inputs: {' and '.join(alone)}; write {remedy}drop: or missing: for both"
        " so that they have the same"
    )


def _only(a: Dataset, b: Dataset) -> list[str]:
    return [name for name in a.columns if name not in set(b.columns)]


def files_read(
    contents: Mapping[str, Mapping[str, Any]], origins: Mapping[str, str]
) -> dict[str, str]:
    """By data set, which examples of which file it shows, where its own or its origin's is read.

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
            found[name] = json.dumps([held, chosen], sort_keys=True)
    return found


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
