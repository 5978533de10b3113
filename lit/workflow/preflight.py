"""What can only be checked with data and models together, before the first job of a study.

The Snakefile runs ``python -m lit.workflow.preflight results/<study>/data/checked.json`` with the
settings on standard input. A rule could not do it: its output would have to be an input of every
job, and a new arm would then either run all of them again or, with ancient(), make Snakemake
overlook the new ones.
"""

import dataclasses
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from lit import logs
from lit.coding.learners import get_learner
from lit.continual.algorithms import get_algorithm
from lit.data.dataset import Dataset
from lit.data.loaders import load_dataset
from lit.data.views import make_view
from lit.errors import InputError
from lit.files.user_code import with_function
from lit.logs import log
from lit.networks.features import extract_features
from lit.study.entities import taken_from
from lit.workflow.check_classes import warn_of_rare
from lit.workflow.check_controls import (
    check_different,
    warn_of_seldom_known,
    warn_of_short,
    warn_of_true_source,
)
from lit.workflow.check_copies import warn_of_copies
from lit.workflow.check_inputs import files_read
from lit.workflow.check_labels import check_labels
from lit.workflow.check_leaks import warn_of_leaks
from lit.workflow.check_order import warn_of_rows_together
from lit.workflow.check_recorded import check_recorded
from lit.workflow.check_rows import check_apart, check_rows, warn_of_shared
from lit.workflow.check_scales import warn_of_own_scales
from lit.workflow.check_sides import check_sides
from lit.workflow.check_tokens import check_tokens


def check_together(
    analyses: Mapping[str, list[Mapping[str, Any]]], data: Mapping[str, Dataset]
) -> None:
    """Check that the arms of an analysis of codes of the same labels do code the same ones.

    Args:
        analyses: By name, ``arm``, ``target`` and ``labels`` of each of its rows.
        data: Data sets by name.

    Raises:
        InputError: naming, here and below, what the config has to change, where, and why.
    """
    for name, (first, *others) in analyses.items():
        for other in others:
            a, b = data[first["target"]].y, data[other["target"]].y
            if first["labels"] == other["labels"] and np.array_equal(a, b):
                continue
            how = "have other label transforms"
            if len(a) != len(b):
                how = f"have {len(a)} and {len(b)} examples"
            elif a.shape != b.shape:
                how = f"have y of shapes {a.shape} and {b.shape}"
            elif (a != b).any():
                how = f"differ in y, first in row {np.argwhere(a != b)[0, 0]}"
            raise InputError(
                f"analyses.{name}: arms {first['arm']!r} and {other['arm']!r} must code the same"
                f" labels, but their data sets {first['target']!r} and {other['target']!r} {how};"
                " name others under arms, or write both files with the same examples in the same"
                " order"
            )


def check_moved(uses: list[Mapping[str, Any]], data: Mapping[str, Dataset]) -> None:
    """Check that what is moved or mirrored in training are images, and larger than they are moved.

    Args:
        uses: ``by`` (a part of the config), ``dataset``, ``shift`` (pixels) and ``mirror``.
        data: Data sets by name.
    """
    for use in uses:
        by, name, shape = use["by"], use["dataset"], data[use["dataset"]].x.shape[1:]
        if len(shape) != 3:
            raise InputError(
                f"{by}: shift and mirror move images (channels, H, W), but inputs of data set"
                f" {name!r} have shape {shape}; take shift and mirror out"
            )
        if use["shift"] >= min(shape[1:]):
            raise InputError(
                f"{by}: shift: {use['shift']} moves the images of data set {name!r}, of shape"
                f" {shape}, out of sight; write at most {min(shape[1:]) - 1}"
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
    """
    if not analyses:
        return
    from lit.analyses import check_analysis  # pandas and matplotlib, which few studies need here

    for name, one in analyses.items():
        check_analysis(name, one["options"], [rows[place] for place in one["rows"]], datasets)


def warn_of_one_block(one_block: Mapping[str, list[str]]) -> None:
    """Warn of streams of one block, in which theta0 never gets to learn: arms by k."""
    for k, arms in one_block.items():
        smaller = f"a first block (stream.first_block) below {k}, or " if int(k) > 1 else ""
        log.warning(
            f"Warning: {', '.join(dict.fromkeys(arms))}: the stream of k = {k} examples is one"
            " block: learners whose models stand still within a block learn nothing from it; write"
            f" {smaller}a larger k"
        )


def _load(name: str, settings: Mapping[str, Any], loaded: Mapping[str, Dataset]) -> Dataset:
    """A data set as its file will hold it; of one made from another, enough to know its shape."""
    spec, where = settings["datasets"][name], f"datasets.{name}"
    if "of" not in spec:
        return load_dataset(with_function(spec, where), where)
    origin = loaded[spec["of"]]
    if spec["kind"] == "view":
        if spec.get("keep") in ("grey", "colour") and "standardised" in origin.scaling:
            raise InputError(
                f"{where}: keep: {spec['keep']} needs intensities, but {spec['of']!r} is"
                " standardised, each channel by itself; write another scale: there"
            )
        x = make_view(origin.x[:1], spec, where)
    else:
        import torch

        flat = origin.x.reshape(len(origin.x), -1)
        # The smallest and the largest number: backbones expect inputs of some range.
        ends = [int(flat.min(axis=1).argmin()), int(flat.max(axis=1).argmax())]
        two = dataclasses.replace(origin, x=origin.x[ends], y=origin.y[ends])
        x = extract_features(
            settings["models"][spec["model"]],
            two,
            settings["seed"],
            torch.device("cpu"),
            **taken_from(spec),
            where=f"{where}, models.{spec['model']}",
        )["x"]
        origin = dataclasses.replace(origin, vocabulary=None)
    if spec["kind"] != "view" or x.shape[1:] != origin.x.shape[1:]:
        origin = dataclasses.replace(origin, columns=())
    return dataclasses.replace(origin, x=np.broadcast_to(x[:1], (len(origin.x), *x.shape[1:])))


def _warn(
    rows: list[Mapping[str, Any]],
    data: Mapping[str, Dataset],
    settings: Mapping[str, Any],
    origins: Mapping[str, str],
) -> None:
    """Warn of what can be computed, and may not mean what it seems to."""
    specs, seeds = settings["datasets"], settings["seeds"]
    warn_of_own_scales(rows, data, specs)
    warn_of_shared(rows, data, seeds, origins)
    warn_of_short(rows, data)
    warn_of_seldom_known(rows, data, settings["models"])
    warn_of_true_source(rows)
    warn_of_rows_together(rows, data, specs, origins)
    warn_of_leaks({name: one for name, one in data.items() if "of" not in specs[name]})
    warn_of_rare(rows, data, settings["seed"])
    warn_of_copies(data, specs)
    warn_of_one_block(settings["one_block"])


def check(text: str) -> None:
    """Check the settings ``text``, see :mod:`lit.workflow.preflight_settings`.

    Raises:
        InputError: the first thing that is wrong.
    """
    settings = json.loads(text)
    specs, rows = settings["datasets"], settings["rows"]
    check_analyses(settings["analyses"], rows, specs)
    data: dict[str, Dataset] = {}
    for name in sorted(specs, key=lambda name: "of" in specs[name]):
        data[name] = _load(name, settings, data)
    origins = {name: spec.get("of", name) for name, spec in specs.items()}
    check_recorded(**settings["recorded"])
    rows = [row for row in rows if "recorded" not in row]
    check_tokens(rows, specs, data, settings["models"])
    check_labels(rows, data, settings["takes"])
    files = files_read(settings["contents"], origins)
    batch = settings["batch"]
    check_sides(rows, data, settings["seeds"])
    models, kernels = settings["models"], settings["kernels"]
    check_rows(rows, data, models, settings["seed"], origins, batch, files, kernels)
    check_apart(rows, data, settings["seeds"], origins)
    check_different(rows, data, settings["seeds"], origins)
    _warn(rows, data, settings, origins)
    check_together(settings["together"], data)
    check_moved(settings["moved"], data)
    for name, entry in settings["learners"].items():
        get_learner(entry, f"learners.{name}")
    for name, entry in settings["algorithms"].items():
        get_algorithm(entry, f"algorithms.{name}")


def main(path: Path, text: str) -> None:
    """Check the settings ``text``, unless ``path`` says that they were; then write them there."""
    if path.exists() and path.read_bytes() == text.encode():
        return
    with logs.job():
        check(text)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.stdin.read())
