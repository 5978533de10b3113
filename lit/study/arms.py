"""How an arm of a config becomes rows of the table, each of two runs and the start states behind them."""

import itertools
from collections.abc import Iterator, Mapping
from typing import Any

from lit.errors import InputError, nearest
from lit.study import label_transforms
from lit.study.checks import check_arm, check_sequence_arm
from lit.study.entities import Pretraining, Row, Run, algorithm_entry
from lit.study.kinds import DEFAULT_LEARNER, Algorithm, Learner, kind_of, kinds_of
from lit.study.label_transforms import Transform
from lit.study.origin import Where
from lit.study.sequences import Stage, cells_of, orders_of, tasks_of, views_of

# Of an arm's each: features they are.
BACKBONES: dict[str, dict[str, Any]] = {"backbones": {}, "twins": {"trained": False}}
PARTS = {"head": "new", "features": "only"}  # of an arm's dissect: what becomes of M's head


def each(arm: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """An arm, or with ``each`` one for every pair of classes, class that the source is without, or backbone."""
    one = {key: value for key, value in arm.items() if key != "each"}
    if "each" not in arm:
        yield one
        return
    ((how, classes),) = arm["each"].items()
    if how == "algorithms":
        for algorithm in classes:
            yield one | {"name": f"{arm['name']}.{algorithm}", "algorithm": algorithm}
    elif how == "pairs":
        for pair in itertools.combinations(classes, 2):
            yield one | {
                "name": f"{arm['name']}.{pair[0]}+{pair[1]}",
                "labels": {"classes": list(pair)},
            }
    elif how in BACKBONES:
        for backbone in classes:
            yield one | {
                "name": f"{arm['name']}.{backbone}",
                "target": _features_name(arm["target"], backbone, how),
            }
    else:
        for left_out in classes:
            yield one | {
                "name": f"{arm['name']}.{left_out}",
                "source_labels": {"without": [left_out]},
            }


def _features_name(target: str, backbone: str, how: str) -> str:
    return f"{target}.{backbone}" + (".random" if how == "twins" else "")


def all_datasets(config: Mapping[str, Any], where: Where) -> dict[str, Any]:
    """The config's data sets, the features that arms ask for with ``each``, and the views that sequences are made of."""
    found = dict(config["datasets"])
    for sequence, entry in config.get("sequences", {}).items():
        for name, spec in views_of(
            entry, config["datasets"], f"{where}: sequences.{sequence}"
        ).items():
            if found.setdefault(name, spec) != spec:
                raise InputError(
                    f"{where}: sequences.{sequence} makes a view called {name!r}, but datasets has another; rename that"
                )
    for arm in config["arms"]:
        ((how, backbones),) = arm.get("each", {"": []}).items()
        for backbone in backbones if how in BACKBONES else []:
            at = f"{where}: arm {arm['name']!r}: each.{how}"
            if backbone not in config["models"]:
                raise InputError(
                    f"{at}: no model is named {backbone!r}; {nearest(backbone, config['models'])}"
                )
            if arm["target"] not in config["datasets"]:
                raise InputError(
                    f"{at}: no data set is named {arm['target']!r}, of which there could be features;"
                    f" {nearest(arm['target'], config['datasets'])}"
                )
            if how == "twins" and not config["models"][backbone].get("weights"):
                raise InputError(
                    f"{at}: model {backbone!r} has no weights, so it is random itself; give it weights, or leave it out"
                )
            name = _features_name(arm["target"], backbone, how)
            spec = {"kind": "features", "of": arm["target"], "model": backbone} | BACKBONES[how]
            if found.setdefault(name, spec) != spec:
                raise InputError(
                    f"{where}: arm {arm['name']!r} makes features called {name!r}, but datasets has others; rename those"
                )
    return found


def rows(config: Mapping[str, Any], arm: Mapping[str, Any], where: str) -> Iterator[Row]:
    check_arm(config, arm, where)
    target, model, learner = arm["target"], arm["model"], arm.get("learner", DEFAULT_LEARNER)
    origin, labels = arm.get("source", target), arm.get("labels")
    source_labels = arm.get("source_labels", labels if origin == target else None)
    stop = arm.get("stop", _stop(source_labels))
    before, head = None, "keep"
    for step in arm.get("before", []):
        before = Pretraining(
            step["source"],
            step.get("labels"),
            model,
            step["n"],
            _stop(step.get("labels")),
            before,
            head,
        )
        head = step.get("head", "keep")
    cold = Run(target, labels, model, _cold_learner(config, learner))
    sizes, memorised = (
        arm.get("n"),
        arm.get("train_set_information", config.get("train_set_information", True)),
    )
    for n in sizes if isinstance(sizes, list) else [sizes]:
        source = (
            None if n == 0 else Pretraining(origin, source_labels, model, n, stop, before, head)
        )
        warm = (
            cold
            if source is None
            else Run(target, labels, model, learner, source, arm.get("head", "keep"))
        )
        source_cold = None
        if source is not None and n is not None and before is None and memorised:
            source_cold = Run(origin, source_labels, model, cold.learner, side="back")
        yield Row(
            arm["name"], cold, warm, source_cold, arm.get("k", config["stream"]["k"]), learner
        )


def cells(config: Mapping[str, Any], arm: Mapping[str, Any], where: str) -> Iterator[Row]:
    """Rows of a sequence: after each task, the stream of every task so far and of the next."""
    check_sequence_arm(config, arm, where)
    entry, name, model, learner = (
        config["sequences"][arm["sequence"]],
        arm["algorithm"],
        arm["model"],
        arm.get("learner", DEFAULT_LEARNER),
    )
    several, at_hand = (
        entry.get("heads", "single") == "multi",
        kind_of(Algorithm, algorithm_entry(config, name)).all_at_hand,
    )
    parts, cold_learner = (
        [PARTS[part] for part in arm.get("dissect", [])],
        _cold_learner(config, learner),
    )
    for number, order in enumerate(orders_of(entry)):
        tasks = tuple(tasks_of(entry)[i] for i in order)
        last = Stage(arm["sequence"], tasks, number, len(tasks) - 1, model, name, several, at_hand)
        for stage in last.chain():
            for task, cell in cells_of(stage, parts):
                cold = Run(task.dataset, task.labels, model, cold_learner)
                warm = Run(task.dataset, task.labels, model, learner, stage, cell.head)
                yield Row(
                    arm["name"],
                    cold,
                    warm,
                    None,
                    arm.get("k", config["stream"]["k"]),
                    learner,
                    cell,
                )


def _stop(labels: Transform) -> str:
    """How training ends by default."""
    return "memorise" if label_transforms.are_random(labels) else "early"


def _cold_learner(config: Mapping[str, Any], name: str) -> str:
    """The first learner that is the same from theta0, where what concerns M alone has no meaning: its runs are shared."""

    def cold(entry: Mapping[str, Any]) -> dict[str, Any]:
        return {key: value for key, value in entry.items() if key not in ("memory", "gentle")}

    named = {kind: {"kind": kind} for kind in kinds_of(Learner)} | config.get("learners", {})
    return next(other for other, entry in named.items() if cold(entry) == cold(named[name]))
