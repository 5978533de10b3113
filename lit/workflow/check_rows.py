"""Whether the arms' streams, sources and models fit together, as far as their data show.

Found before the first job, see :mod:`lit.workflow.preflight`.
"""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from lit.data import streams
from lit.data.classes import class_names
from lit.data.dataset import Dataset, scale
from lit.errors import InputError
from lit.logs import log
from lit.networks.features import check_inputs
from lit.training.trial import try_network
from lit.workflow.check_heads import Pool, check_heads, check_memory

SAMPLE = 1000  # examples that are looked at
UNLIKE = 5  # ratio of root mean squares beyond which inputs are surely unlike


def check_rows(
    rows: list[Mapping[str, Any]],
    data: Mapping[str, Dataset],
    models: Mapping[str, Mapping[str, Any]],
    seed: int,
    origins: Mapping[str, str],
    batch: int = 2,
) -> None:
    """Check that streams and sources fit into their data sets, and that models train on them.

    Args:
        rows: Rows of the main table, see :meth:`lit.workflow.plan.Plan.table_settings`.
        data: Data sets by name.
        models: Models' entries by name.
        seed: Any seed of the study.
        origins: By data set, the one whose examples it shows: another for a view or features.
        batch: Examples in the smallest minibatch.

    Raises:
        InputError: naming the arm, the key and the remedy.
    """
    tried: dict[tuple, Any] = {}  # networks by what they were tried on
    pools: dict[str, Pool] = {}  # a sequence's rows ask for the same ones over and over

    def find_pool(name: str, labels: Any, where: str) -> Pool:
        key = json.dumps([name, labels])
        if key not in pools:
            pools[key] = _pool(name, data[name], labels, seed, where)
        return pools[key]

    said: set[str] = set()
    for row in rows:
        where, target, k = f"arm {row['arm']!r}", row["target"], row["k"]
        stream = find_pool(target, row["labels"], where)
        _check_size(target, "k", k, len(stream.index), where)
        last = {
            "dataset": row["source_dataset"],
            "labels": row["source_labels"],
            "n": row["n"] or 0,
        }
        stages = []
        for stage in [*row["before"], last]:
            source, n = stage["dataset"], stage["n"]
            pool = find_pool(source, stage["labels"], where)
            stages.append(pool)
            _check_size(source, "n", n, len(pool.index), where)
            pair = json.dumps([target, row["labels"], k, stage])
            if origins[source] == origins[target] and pair not in said:
                said.add(pair)
                available = len(pool.index) if len(pool.index) == len(stream.index) else None
                _check_apart(
                    stream.index[:k], pool.index[len(pool.index) - n :], available, source, where
                )
            _check_alike(data, source, target, where, said)
        check_heads(row, stages, stream, where, said)
        if row["memory"] == "source" and row["n"]:
            check_memory(row, pool, stream, where)
        for name, width, pretrained in _networks(row, models[row["model"]], stages, stream):
            spec, at, x = models[row["model"]], f"models.{row['model']} on {name}", data[name].x
            _check_greys(spec, data[name], at)
            key = (row["model"], x.shape[1:], x.dtype, width, pretrained)
            if key not in tried:
                tried[key] = try_network(
                    spec, data[name], width, seed, at, pretrained=pretrained, batch=min(batch, 2)
                )
            if (key, name) not in tried:
                tried[key, name] = tried[key]
                check_inputs(tried[key], data[origins[name]].x, at)


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
    if (
        row.get("heads") == "multi"
    ):  # a head for every task, beside each other; the last task's row knows them all
        if len(stages) < row["tasks"]:
            return [(*target, False)]
        width = sum(pool.classes for pool in stages)
    return [(*target, False), (name, width, True)]


def _check_greys(spec: Mapping[str, Any], data: Dataset, where: str) -> None:
    if spec["kind"] in ("cnn", "torchvision", "timm") and data.x.ndim == 3:
        raise InputError(
            f"{where}: a {spec['kind']} model needs images (channels, H, W), but one example is"
            f" {data.x.shape[1:]}; of grey"
            " images, write channels: none for the data set (npz, hdf5), or save x[:, None]"
        )


def check_apart(
    rows: list[Mapping[str, Any]],
    data: Mapping[str, Dataset],
    seeds: list[int],
    origins: Mapping[str, str],
) -> None:
    """Check, seed by seed, that streams and sources of different pools share no example.

    Of one pool, their sizes say so for every seed (:func:`check_rows`); where labels leave other
    examples out, it depends on
    the order.

    Raises:
        InputError: naming the arm, the seed and the remedy.
    """
    ends: dict[str, tuple[Mapping[str, Any], Mapping[str, Any]]] = {}
    for row in rows:
        last = {
            "dataset": row["source_dataset"],
            "labels": row["source_labels"],
            "n": row["n"] or 0,
        }
        for stage in [*row["before"], last]:
            if (
                origins[stage["dataset"]] == origins[row["target"]]
                and stage["labels"] != row["labels"]
            ):
                ends.setdefault(
                    json.dumps([row["target"], row["labels"], row["k"], stage]), (row, stage)
                )
    for seed in seeds:
        pools: dict[str, np.ndarray] = {}
        for row, stage in ends.values():
            where, index = f"arm {row['arm']!r}, seed {seed}", []
            for name, labels in (
                (row["target"], row["labels"]),
                (stage["dataset"], stage["labels"]),
            ):
                key = json.dumps([name, labels])
                if key not in pools:
                    pools[key] = _pool(name, data[name], labels, seed, where).index
                index.append(pools[key])
            stream, source = index[0][: row["k"]], index[1][len(index[1]) - stage["n"] :]
            _check_apart(stream, source, None, stage["dataset"], where)


def _pool(name: str, data: Dataset, labels: Any, seed: int, where: str) -> Pool:
    try:
        index, _, classes = streams.pool(data.y, data.classes, labels, seed)
    except InputError as error:
        raise InputError(f"{where}: {error}") from error
    return Pool(name, index, classes, class_names(data.names, labels))


def _check_size(name: str, key: str, size: int, available: int, where: str) -> None:
    if size > available:
        raise InputError(
            f"{where}: {key} = {size}, but data set {name!r} has {available} examples; write {key}"
            f" at most {available}"
        )


def _check_apart(
    stream: np.ndarray, source: np.ndarray, available: int | None, name: str, where: str
) -> None:
    """Stream and source are ends of one pool, or of pools of one data set's examples."""
    k, n = len(stream), len(source)
    if available is not None and k + n > available:
        raise InputError(
            f"{where}: k + n = {k} + {n} = {k + n}, but data set {name!r} has {available}"
            " examples, and stream"
            f" and source never overlap; write stream.k at most {max(available - n, 0)} or n at"
            f" most {max(available - k, 0)}"
        )
    if shared := len(np.intersect1d(stream, source)):
        raise InputError(
            f"{where}: of k = {k} and n = {n} examples, {shared} would be in the stream and in the"
            f" source {name!r}, which"
            f" never overlap; write smaller ones"
        )


def _check_alike(
    data: Mapping[str, Dataset], source: str, target: str, where: str, said: set[str]
) -> None:
    """Check that one network takes the inputs of both; warn where they are scaled differently."""
    if data[target].x.shape[1:] != data[source].x.shape[1:]:
        raise InputError(
            f"{where}: examples of source {source!r} have shape {data[source].x.shape[1:]} and"
            f" those of target {target!r}"
            f" {data[target].x.shape[1:]}; one network must take both: give them one shape"
        )
    pair = json.dumps([source, target])
    if source == target or pair in said:
        return
    said.add(pair)
    sizes = [
        float(np.sqrt(np.mean(scale(data[name].x[:SAMPLE]).astype(np.float64) ** 2)))
        for name in (source, target)
    ]
    if max(sizes) > UNLIKE * min(sizes) or ("standardised" in data[source].scaling) != (
        "standardised" in data[target].scaling
    ):
        log.warning(
            "Warning: %s: inputs of source %r (%s; root mean square %.3g) and of target %r (%s;"
            " %.3g) are scaled in different"
            " ways, and M is given both; write the same scale: for the two",
            *(
                where,
                source,
                data[source].scaling,
                sizes[0],
                target,
                data[target].scaling,
                sizes[1],
            ),
        )
