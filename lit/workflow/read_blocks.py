"""A run's block files, merged by learner."""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from lit.coding.merge import merge_spans
from lit.files import store
from lit.files.result_files import Arrays


def read_blocks(
    paths: Iterable[str], parts: Sequence[Mapping[str, Any]], groups: Sequence[list[int]]
) -> tuple[list[dict[str, Arrays]], list[Mapping[str, Any]]]:
    """Arrays by group and learner, and what every file says of itself.

    Args:
        paths: Block files, learner by learner, group by group, in order.
        parts: Of each learner its name, ``run`` (under it alone), ``k`` (examples that it codes)
            and ``files`` (a group has).
        groups: Seeds of each group.
    """
    left = iter(paths)
    merged: list[dict[str, Arrays]] = [{} for _ in groups]
    abouts: list[Mapping[str, Any]] = []
    for part in parts:
        for by_learner, seeds in zip(merged, groups, strict=True):
            own = list(itertools.islice(left, part["files"]))
            spans = store.read_blocks(own, part["run"], seeds, part["k"])
            by_learner[part["learner"]] = merge_spans([arrays for arrays, _ in spans])
            abouts += [about for _, about in spans]
    return merged, abouts
