"""Whether the arms' streams, sources and models fit together, as far as their data show.

Found before the first job, see :mod:`lit.workflow.preflight`.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
from torch import nn

from lit.data import streams
from lit.data.classes import class_names
from lit.data.dataset import Dataset
from lit.errors import InputError
from lit.logs import log
from lit.measures.intervals import MOSTLY
from lit.networks.features import check_inputs
from lit.training.trial import try_network
from lit.workflow.check_heads import Pool, check_heads, check_memory
from lit.workflow.check_inputs import FileRead, check_alike, check_common_rows, warn_of_one_file
from lit.workflow.check_kernels import check_kernels

NAMED = 3  # arms that a warning names before it counts the rest


def check_rows(
    rows: list[Mapping[str, Any]],
    data: Mapping[str, Dataset],
    models: Mapping[str, Mapping[str, Any]],
    seed: int,
    origins: Mapping[str, str],
    batch: int = 2,
    files: Mapping[str, FileRead] = MappingProxyType({}),
    kernels: Mapping[str, Mapping[str, Any]] = MappingProxyType({}),
) -> None:
    """Check that streams and sources fit into their data sets, and that models train on them.

    Args:
        rows: Rows of the main table, see :meth:`lit.workflow.plan.Plan.table_settings`.
        data: Data sets by name.
        models: Models' entries by name.
        seed: Any seed of the study.
        origins: By data set, the one whose examples it shows: another for a view or features.
        batch: Examples in the smallest minibatch.
        files: By data set, which examples of which file it reads, see
            :func:`lit.workflow.check_inputs.files_read`.
        kernels: Entries of learners that name kernels, by the learner's name.

    Raises:
        InputError: naming the arm, the key and the remedy.
    """
    said: set[str] = set()
    pools = _Pools(data, seed)
    trials = _Trials(data, models, seed, origins, batch)
    trained = _trained(rows, origins)
    for row in rows:
        where = f"arm {row['arm']!r}"
        target = row["target"]
        stream = pools.find(target, row["labels"], where)
        beside = trained.get(_pool_name(target, row["labels"], origins), 0)
        _check_size(target, {"k": row["k"], "n": beside}, len(stream.index), where)
        stages = []
        for stage in stages_of(row):
            pool = pools.find(stage["dataset"], stage["labels"], where)
            stages.append(pool)
            named = _pool_name(pool.dataset, stage["labels"], origins)
            coded = row["k"] if named == _pool_name(target, row["labels"], origins) else 0
            _check_size(pool.dataset, {"n": stage["n"], "k": coded}, len(pool.index), where)
            pair = json.dumps([target, row["labels"], row["k"], stage])
            if pair not in said:
                said.add(pair)
                if origins[pool.dataset] == origins[target]:
                    _check_apart(stream, row["k"], pool, stage["n"], where, beside)
                elif (
                    stage["n"]
                    and target in files
                    and files[target].may_share(files.get(pool.dataset))
                ):
                    as_many = len(data[target].y) == len(data[pool.dataset].y)
                    alike = as_many and not data[target].next_tokens
                    a, b = (data[origins[name]] for name in (pool.dataset, target))
                    if not check_common_rows(a, b, pool.dataset, target, where):
                        warn_of_one_file(stream, row["k"], pool, stage["n"], alike, where, said)
            check_alike(data, pool.dataset, target, where, said)
        check_heads(row, stages, stream, where, said)
        if row["memory"] == "source" and row["n"]:
            check_memory(row, pool, stream, where)
        for name, width, pretrained in _networks(row, models[row["model"]], stages, stream):
            net = trials.check(row["model"], name, width, pretrained)
            if name == target and width == stream.classes:
                check_kernels(row, net, data[target], kernels, where)


@dataclass
class _Pools:
    """Pools of one seed; a sequence's rows ask for the same ones over and over."""

    data: Mapping[str, Dataset]
    seed: int
    found: dict[str, Pool] = field(default_factory=dict)

    def find(self, name: str, labels: Any, where: str) -> Pool:
        key = json.dumps([name, labels])
        if key not in self.found:
            data = self.data[name]
            try:
                index, _, classes = streams.pool(
                    data.y, data.classes, labels, self.seed, data.groups
                )
            except InputError as error:
                raise InputError(f"{where}: {error}") from error
            names = class_names(data.names, labels)
            self.found[key] = Pool(name, index, classes, names, data.bins)
        return self.found[key]


@dataclass
class _Trials:
    """Networks that were tried, by what they were tried on."""

    data: Mapping[str, Dataset]
    models: Mapping[str, Mapping[str, Any]]
    seed: int
    origins: Mapping[str, str]
    batch: int
    tried: dict[tuple, Any] = field(default_factory=dict)

    def check(self, model: str, name: str, width: int, pretrained: bool) -> nn.Module:
        """Try a model on a data set, unless it was tried on one of the same shape."""
        spec, x, where = self.models[model], self.data[name].x, f"models.{model} on {name}"
        if spec["kind"] in ("cnn", "torchvision", "timm") and x.ndim == 3:
            raise InputError(
                f"{where}: a {spec['kind']} model needs images (channels, H, W), but one example is"
                f" {x.shape[1:]}; of grey images, write channels: none for the data set, or"
                " save x[:, None]"
            )
        key = (model, self.data[name].form(width), x.dtype, pretrained)
        if key not in self.tried:
            options: Any = {"pretrained": pretrained, "batch": min(self.batch, 2)}
            self.tried[key] = try_network(spec, self.data[name], width, self.seed, where, **options)
        if (key, name) not in self.tried:
            self.tried[key, name] = self.tried[key]
            check_inputs(self.tried[key], self.data[self.origins[name]].x, where)
        return self.tried[key]


def stages_of(row: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """What M is trained on, in order: ``dataset``, ``labels`` and ``n`` of each."""
    last = {"dataset": row["source_dataset"], "labels": row["source_labels"], "n": row["n"] or 0}
    return [*row["before"], last]


def _networks(
    row: Mapping[str, Any], spec: Mapping[str, Any], stages: list[Pool], stream: Pool
) -> list[tuple[str, int, bool]]:
    """Data set and width of each network of a row's jobs, and whether it begins with weights.

    Those of theta0 take the target, and whatever M is trained on; with weights, M begins where its
    first training does.
    """
    target = (stream.dataset, stream.classes)
    if not (row["source"] and spec.get("weights")):
        return sorted({(pool.dataset, pool.classes, False) for pool in [*stages, stream]})
    name, width = stages[0].dataset, stages[0].classes
    if row.get("heads") == "multi":  # a head a task; the last task's row knows them all
        if len(stages) < row["tasks"]:
            return [(*target, False)]
        width = sum(pool.classes for pool in stages)
    return [(*target, False), (name, width, True)]


def check_apart(
    rows: list[Mapping[str, Any]],
    data: Mapping[str, Dataset],
    seeds: list[int],
    origins: Mapping[str, str],
) -> None:
    """Check, seed by seed, that streams and sources of different pools share no example.

    Of one pool, their sizes say so for every seed (:func:`check_rows`); where labels leave other
    examples out, it depends on the order.

    Raises:
        InputError: naming the arm, the seed and the remedy.
    """
    ends: dict[str, tuple[Mapping[str, Any], Mapping[str, Any]]] = {}
    for row in rows:
        for stage in stages_of(row):
            same = origins[stage["dataset"]] == origins[row["target"]]
            if same and stage["labels"] != row["labels"]:
                key = json.dumps([row["target"], row["labels"], row["k"], stage])
                ends.setdefault(key, (row, stage))
    for seed in seeds:
        pools = _Pools(data, seed)
        for row, stage in ends.values():
            where = f"arm {row['arm']!r}, seed {seed}"
            stream = pools.find(row["target"], row["labels"], where)
            source = pools.find(stage["dataset"], stage["labels"], where)
            _check_apart(stream, row["k"], source, stage["n"], where)


def warn_of_shared(
    rows: list[Mapping[str, Any]],
    data: Mapping[str, Dataset],
    seeds: list[int],
    origins: Mapping[str, str],
) -> None:
    """Warn where seeds code mostly the same examples: streams of k of the N that there are."""
    found: dict[tuple[str, int, int], dict[str, None]] = {}
    pools = _Pools(data, seeds[0])
    for row in rows:
        where = f"arm {row['arm']!r}"
        size = len(pools.find(row["target"], row["labels"], where).index)
        if len(seeds) > 1 and row["k"] > MOSTLY * size:
            found.setdefault((origins[row["target"]], row["k"], size), {})[where] = None
    for (name, k, size), arms in found.items():
        more = f" and {len(arms) - NAMED} more" if len(arms) > NAMED else ""
        log.warning(
            f"Warning: {', '.join(list(arms)[:NAMED])}{more}: seeds code mostly the same examples,"
            f" k = {k:,} of the N = {size:,} that data set {name!r} has: of what a seed codes, a"
            f" share f = k / N = {k / size:.2f} is coded by any other too. So they tell little of"
            " other examples, and intervals, which are about examples like these, get wide; write"
            f" k at most {int(MOSTLY * size):,}, or take more examples (examples:) or a larger"
            " data set"
        )


def _pool_name(dataset: str, labels: Any, origins: Mapping[str, str]) -> str:
    """One name for what shows the same examples: a data set and its views, with one transform."""
    return json.dumps([origins[dataset], labels])


def _trained(rows: list[Mapping[str, Any]], origins: Mapping[str, str]) -> dict[str, int]:
    """By pool, the most examples that any row trains on of those that it codes as well."""
    most: dict[str, int] = {}
    for row in rows:
        coded = _pool_name(row["target"], row["labels"], origins)
        for stage in stages_of(row):
            if _pool_name(stage["dataset"], stage["labels"], origins) == coded:
                most[coded] = max(most.get(coded, 0), stage["n"])
    return most


def _check_size(name: str, sizes: Mapping[str, int], available: int, where: str) -> None:
    """Refuse a size that is larger than its pool.

    ``sizes`` has it first, and then the other end of the pool, k or n, or 0 if that is of another:
    a remedy leaves room for both.
    """
    (key, size), (other, taken) = sizes.items()
    if size <= available:
        return
    remedy = f"write {key} at most {available - taken}"
    if taken:
        remedy += f", beside {other} = {taken}: stream and source never overlap"
    if taken >= available:
        remedy = f"write smaller k and n, together at most {available}"
    raise InputError(
        f"{where}: {key} = {size}, but data set {name!r} has {available} examples; {remedy}"
    )


def _check_apart(stream: Pool, k: int, source: Pool, n: int, where: str, largest: int = 0) -> None:
    """A stream of k examples and a source of n share none, as ends of one pool or of two.

    The remedy leaves room for the ``largest`` n of any row, so that it is enough for all of them.
    """
    available = len(source.index)
    if available == len(stream.index) and k + n > available:
        raise InputError(
            f"{where}: k + n = {k} + {n} = {k + n}, but data set {source.dataset!r} has {available}"
            " examples, and stream and source never overlap; write stream.k at most"
            f" {max(available - max(n, largest), 0)} or n at most {max(available - k, 0)}"
        )
    if shared := len(np.intersect1d(stream.index[:k], source.index[available - n :])):
        raise InputError(
            f"{where}: of k = {k} and n = {n} examples, {shared} would be in the stream and in the"
            f" source {source.dataset!r}, which never overlap; write smaller ones"
        )
