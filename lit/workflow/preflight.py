"""What can only be checked with data and models together, before the first job of a study.

The Snakefile runs ``python -m lit.workflow.preflight results/<study>/data/checked.json`` with the settings on standard
input. A rule could not do it: its output would have to be an input of every job, and a new arm would then
either run all of them again or, with ancient(), make Snakemake overlook the new ones.
"""

import dataclasses
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from lit import logs
from lit.data import streams
from lit.data.classes import class_names
from lit.data.dataset import Dataset
from lit.data.inputs import scale
from lit.data.loaders import load_dataset
from lit.data.views import make_view
from lit.errors import InputError
from lit.files.user_code import with_function
from lit.networks.features import check_inputs, extract_features
from lit.study.entities import taken_from
from lit.training.trial import try_network
from lit.workflow.output_layers import Pool, check_heads, check_memory

SAMPLE, UNLIKE = (
    1000,
    5,
)  # examples that are looked at; ratio of root mean squares beyond which inputs are surely unlike


def check_rows(
    rows: list[Mapping[str, Any]],
    data: Mapping[str, Dataset],
    models: Mapping[str, Mapping[str, Any]],
    seed: int,
    origins: Mapping[str, str],
    batch: int = 2,
) -> None:
    """Check that every arm's stream and sources fit into their data sets, and that its model can be trained on them.

    Args:
        rows: Rows of the main table, see :meth:`lit.workflow.plan.Plan.table_settings`.
        data: Data sets by name.
        models: Models' entries by name.
        seed: Any seed of the study.
        origins: By data set, the one whose examples it shows: another's for a view or features, else its own.
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
    """Data set and width of every network that a row's jobs build, and whether it begins with the model's weights.

    Those of theta0 take the target, and whatever M is trained on; with weights, M begins where its first training does.
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
            f"{where}: a {spec['kind']} model needs images (channels, H, W), but one example is {data.x.shape[1:]}; of grey"
            " images, write channels: none for the data set (npz, hdf5), or save x[:, None]"
        )


def check_together(
    analyses: Mapping[str, list[Mapping[str, Any]]], data: Mapping[str, Dataset]
) -> None:
    """Check that the arms of an analysis that compares codes of the same labels do code the same ones.

    Args:
        analyses: By name, ``arm``, ``target`` and ``labels`` of each of its rows.
        data: Data sets by name.

    Raises:
        InputError: naming the analysis, two arms, and how they differ.
    """
    for name, (first, *others) in analyses.items():
        for other in others:
            a, b = data[first["target"]].y, data[other["target"]].y
            if first["labels"] == other["labels"] and np.array_equal(a, b):
                continue
            how = "have other label transforms"
            if len(a) != len(b):
                how = f"have {len(a)} and {len(b)} examples"
            elif (a != b).any():
                how = f"differ in y, first in row {int(np.argmax(a != b))}"
            raise InputError(
                f"analyses.{name}: arms {first['arm']!r} and {other['arm']!r} must code the same labels, but their data sets"
                f" {first['target']!r} and {other['target']!r} {how}; name others under arms, or write both files with the same"
                " examples in the same order"
            )


def check_apart(
    rows: list[Mapping[str, Any]],
    data: Mapping[str, Dataset],
    seeds: list[int],
    origins: Mapping[str, str],
) -> None:
    """Check, seed by seed, that streams and sources share no example where they are ends of different pools.

    Of one pool, their sizes say so for every seed (:func:`check_rows`); where labels leave other examples out, it depends on
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


def check_moved(uses: list[Mapping[str, Any]], data: Mapping[str, Dataset]) -> None:
    """Check that what is moved or mirrored in training are images, and larger than they are moved.

    Args:
        uses: ``by`` (a part of the config), ``dataset``, ``shift`` (pixels) and ``mirror``.
        data: Data sets by name.

    Raises:
        InputError: naming the part of the config, the data set and the remedy.
    """
    for use in uses:
        by, name, shape = use["by"], use["dataset"], data[use["dataset"]].x.shape[1:]
        if len(shape) != 3:
            raise InputError(
                f"{by}: shift and mirror move images (channels, H, W), but inputs of data set {name!r} have shape {shape};"
                " take shift and mirror out"
            )
        if use["shift"] >= min(shape[1:]):
            raise InputError(
                f"{by}: shift: {use['shift']} moves the images of data set {name!r}, of shape {shape}, out of sight;"
                f" write at most {min(shape[1:]) - 1}"
            )


def check_analyses(
    analyses: Mapping[str, Mapping[str, Any]],
    rows: list[dict[str, Any]],
    datasets: Mapping[str, Mapping[str, Any]],
) -> None:
    """Check that every analysis can be made of its rows.

    Args:
        analyses: By name, ``options`` (the config's entry) and places of its ``rows`` among all.
        rows: Rows of the main table.
        datasets: Config's entry of each data set.

    Raises:
        InputError: see :func:`lit.analyses.check_analysis`.
    """
    if not analyses:
        return
    from lit.analyses import check_analysis  # pandas and matplotlib, which few studies need here

    for name, one in analyses.items():
        check_analysis(name, one["options"], [rows[place] for place in one["rows"]], datasets)


def _pool(name: str, data: Dataset, labels: Any, seed: int, where: str) -> Pool:
    try:
        index, _, classes = streams.pool(data.y, data.classes, labels, seed)
    except InputError as error:
        raise InputError(f"{where}: {error}") from error
    return Pool(name, index, classes, class_names(data.names, labels))


def _check_size(name: str, key: str, size: int, available: int, where: str) -> None:
    if size > available:
        raise InputError(
            f"{where}: {key} = {size}, but data set {name!r} has {available} examples; write {key} at most {available}"
        )


def _check_apart(
    stream: np.ndarray, source: np.ndarray, available: int | None, name: str, where: str
) -> None:
    """Stream and source come from the two ends of one pool, or of pools that hold examples of one data set."""
    k, n = len(stream), len(source)
    if available is not None and k + n > available:
        raise InputError(
            f"{where}: k + n = {k} + {n} = {k + n}, but data set {name!r} has {available} examples, and stream"
            f" and source never overlap; write stream.k at most {max(available - n, 0)} or n at most {max(available - k, 0)}"
        )
    if shared := len(np.intersect1d(stream, source)):
        raise InputError(
            f"{where}: of k = {k} and n = {n} examples, {shared} would be in the stream and in the source {name!r}, which"
            f" never overlap; write smaller ones"
        )


def _check_alike(
    data: Mapping[str, Dataset], source: str, target: str, where: str, said: set[str]
) -> None:
    """Check that one network takes the inputs of both, and warn where they are scaled in surely different ways."""
    if data[target].x.shape[1:] != data[source].x.shape[1:]:
        raise InputError(
            f"{where}: examples of source {source!r} have shape {data[source].x.shape[1:]} and those of target {target!r}"
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
        logs.log.warning(
            "Warning: %s: inputs of source %r (%s; root mean square %.3g) and of target %r (%s; %.3g) are scaled in different"
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


def _load(name: str, settings: Mapping[str, Any], loaded: Mapping[str, Dataset]) -> Dataset:
    """A data set as its file will hold it; of what is made from another one, loaded before, enough to know its shape."""
    spec, where = settings["datasets"][name], f"datasets.{name}"
    if "of" not in spec:
        return load_dataset(with_function(spec, where), where)
    origin = loaded[spec["of"]]
    if spec["kind"] == "view":
        if spec.get("keep") in ("grey", "colour") and "standardised" in origin.scaling:
            raise InputError(
                f"{where}: keep: {spec['keep']} needs intensities, but {spec['of']!r} is standardised, each channel by itself;"
                " write another scale: there"
            )
        x = make_view(origin.x[:1], spec, where)
    else:
        import torch

        flat = origin.x.reshape(len(origin.x), -1)
        ends = [
            int(flat.min(axis=1).argmin()),
            int(flat.max(axis=1).argmax()),
        ]  # backbones expect inputs of some range
        two = dataclasses.replace(origin, x=origin.x[ends], y=origin.y[ends])
        backbone, cpu = settings["models"][spec["model"]], torch.device("cpu")
        x = extract_features(
            backbone,
            two,
            settings["seed"],
            cpu,
            **taken_from(spec),
            where=f"{where}, models.{spec['model']}",
        )["x"]
    return dataclasses.replace(origin, x=np.broadcast_to(x[:1], (len(origin.x), *x.shape[1:])))


def main(path: Path, text: str) -> None:
    """Check the settings ``text``, unless ``path`` says that they were; then write them there."""
    if path.exists() and path.read_bytes() == text.encode():
        return
    with logs.job():
        settings = json.loads(text)
        check_analyses(settings["analyses"], settings["rows"], settings["datasets"])
        data: dict[str, Dataset] = {}
        for name in sorted(
            settings["datasets"], key=lambda name: "of" in settings["datasets"][name]
        ):
            data[name] = _load(name, settings, data)
        origins = {name: spec.get("of", name) for name, spec in settings["datasets"].items()}
        check_rows(
            settings["rows"], data, settings["models"], settings["seed"], origins, settings["batch"]
        )
        check_apart(settings["rows"], data, settings["seeds"], origins)
        check_together(settings["together"], data)
        check_moved(settings["moved"], data)
        if settings["learners"]:
            from lit.coding.learners import get_learner

            for name, entry in settings["learners"].items():
                get_learner(entry, f"learners.{name}")
        if settings["algorithms"]:
            from lit.continual.algorithms import get_algorithm

            for name, entry in settings["algorithms"].items():
                get_algorithm(entry, f"algorithms.{name}")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.stdin.read())
