"""A study: from a validated config to the runs, start states and table rows that it consists of.

No torch here and nothing slow: every cluster job reads the config anew.
"""

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from lit.errors import InputError
from lit.study.arms import all_datasets, cells, each, recorded_rows, rows
from lit.study.checks import (
    check_analysis,
    check_datasets,
    check_momentum,
    check_size,
    check_training,
    check_unique,
)
from lit.study.codes import SHORTEST
from lit.study.config_files import Origin, Where, place, spot
from lit.study.config_text import read_config
from lit.study.entities import RecordedRun, Row, Run, Study
from lit.study.kinds import DEFAULT_LEARNER, are_generic
from lit.study.learners import names_of
from lit.study.locate import path_of_arm
from lit.study.schedule import Schedule
from lit.study.schema import validate
from lit.study.sequences import check_sequence

NAMED = ("datasets", "models", "learners", "analyses", "sequences", "algorithms")


def read_study(path: str) -> Study:
    """The study of a file.

    Raises:
        InputError: naming the file, the line and the remedy.
    """
    config, text = read_config(path)
    return load_study(config, Origin([text]))


def load_study(config: Mapping[str, Any], where: Where = "config") -> Study:
    """Validate a config and expand it.

    Args:
        config: The mapping read from YAML.
        where: How errors name the file, or the origin that knows its lines.

    Raises:
        InputError: naming the key and the remedy.
    """
    validate(config, where)
    if config["study"].lower() == "published":
        at = place(where, ("study",))
        raise InputError(f"{at}: study: results/published/ is taken; choose another name")
    groups = _seed_groups(config["seeds"], where)
    schedule = _schedule(config.get("stream", {}), where)
    full = {"models": {}, **config}
    full["datasets"] = all_datasets(full, where)
    check_datasets(full, where)
    check_momentum(config, where)
    for name, entry in full.get("sequences", {}).items():
        at = f"{place(where, ('sequences', name))}: sequences.{name}"
        check_sequence(entry, full["datasets"], at)
    for part in NAMED:
        spots = [spot(where, (part, name), name) for name in full.get(part, {})]
        _check_case(full.get(part, {}), part, where, spots)
    study = Study(config, full["datasets"], schedule, groups, _rows(full, where))
    _check_recorded(study.rows, where)
    _collect(study, where)
    check_size(study, where)
    check_training(study, where)
    _check_generic(study, where)
    for name in config.get("analyses", {}):
        check_analysis(study, name, f"{place(where, ('analyses', name))}: analyses.{name}")
    return study


def _check_generic(study: Study, where: Where) -> None:
    """Refuse generic learners alone where the code that is shown has none of their experts: from
    theta0 it would be the uniform code, and L_IT all that M knows."""
    for row in study.rows:
        names = [] if row.is_recorded else names_of(row.learner)
        if names and are_generic(map(study.learner, names)) and study.code != SHORTEST:
            at = f"{place(where, path_of_arm(row.arm, study.config))}: arm {row.arm!r}"
            beside = ", ".join(dict.fromkeys([*DEFAULT_LEARNER, *names]))
            raise InputError(
                f"{at}: learner {row.learner!r} has experts of the code {SHORTEST} alone, and"
                f" {study.code} is shown; write learner: [{beside}], or code: {SHORTEST}"
            )


def _schedule(stream: Mapping[str, Any], where: Where) -> Schedule:
    blocks = stream.get("blocks", [])
    if blocks != sorted(blocks):
        at, ordered = place(where, ("stream", "blocks")), sorted(blocks)
        raise InputError(f"{at}: stream.blocks: boundaries must increase; write {ordered}")
    cuts = {key: value for key, value in stream.items() if key != "k"}
    return Schedule(**cuts | {"blocks": tuple(blocks)})


def _rows(config: Mapping[str, Any], where: Where) -> list[Row]:
    """Rows of all arms, those that ``each`` makes among them."""
    arms = [
        (i, one)
        for i, arm in enumerate(config["arms"])
        for one in each(arm, config.get("datasets", {}))
    ]
    names = [arm["name"] for _, arm in arms]
    spots = [spot(where, ("arms", i), f"arms[{i}]") for i, _ in arms]
    check_unique(names, f"{where}: arms: two arms are named", spots)
    _check_case(names, "arms", where, spots)
    made = (
        _maker(arm)(config, arm, f"{place(where, ('arms', i))}: arms[{i}] ({arm['name']})")
        for i, arm in arms
    )
    return list(itertools.chain.from_iterable(made))


def _maker(arm: Mapping[str, Any]) -> Callable[..., Iterable[Row]]:
    """What makes an arm's rows."""
    if "recorded" in arm:
        return recorded_rows
    return cells if "sequence" in arm else rows


def _check_case(names: Iterable[str], part: str, where: Where, spots: Sequence[str]) -> None:
    """File systems may not tell apart what differs in case alone."""
    lower = [name.lower() for name in names]
    check_unique(lower, f"{where}: {part}: but for upper case, two are named", spots)


def _collect(study: Study, where: Where) -> None:
    """Put the runs and sources of the rows into the study, each once."""
    for row in study.rows:
        for run, length in ((row.cold, row.k), (row.warm, row.k), (row.source_cold, row.n or 0)):
            if run is not None:
                _put(study.runs, run, where)
                for part in run.parts:
                    _put(study.parts, part, where)
                for one in run.parts if isinstance(run, Run) else [run]:
                    study.lengths[one.id] = max(length, study.lengths.get(one.id, 0))
        for source in row.warm.source.chain() if row.warm.source is not None else []:
            _put(study.sources, source, where)
    for run in study.coded.values():  # as far as all of its learners go
        study.lengths[run.id] = min(study.lengths[part.id] for part in run.parts)


def _put(known: dict[str, Any], one: Any, where: Where) -> None:
    """Refuse names of data sets and models that would give two results one file."""
    if known.setdefault(one.id, one) != one:
        remedy = "rename a data set or a model, without dots"
        raise InputError(f"{where}: two results would both be called {one.id!r}; {remedy}")


def _check_recorded(rows: Iterable[Row], where: Where) -> None:
    """Refuse runs of one name that were recorded in two files: results go by that name."""
    known: dict[str, tuple[str, str]] = {}
    for row in rows:
        if isinstance(row.cold, RecordedRun):
            run, path = row.cold.run, row.cold.path
            arm, other = known.setdefault(run, (row.arm, path))
            if path != other:
                raise InputError(
                    f"{where}: arms {arm!r} and {row.arm!r} have recorded runs that are both called"
                    f" {run!r}, in {other} and in {path}; record or export one of them under"
                    " another name"
                )


def _seed_groups(seeds: list[Any], where: Where) -> list[list[int]]:
    where = place(where, ("seeds",))
    if len({isinstance(s, list) for s in seeds}) > 1:
        raise InputError(f"{where}: seeds: write numbers [0, 1] or groups [[0, 1], [2]], not both")
    groups = [list(s) if isinstance(s, list) else [s] for s in seeds]
    check_unique([s for group in groups for s in group], f"{where}: seeds: given twice:")
    return groups
