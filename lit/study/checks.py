"""What the schema allows and no job could make sense of, as far as the config alone shows it."""

import itertools
import math
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from lit.errors import InputError, nearest
from lit.study import label_transforms
from lit.study.entities import Pretraining, Study, belongs, learner_entry
from lit.study.kinds import ALGORITHMS, FIGURES, HOLDING_OUT, LEARNERS, SEQUENTIAL, TABLES
from lit.study.origin import Where, place
from lit.study.paths import group_name
from lit.study.sequences import Stage, Task

# What planning can bear, and far more than a study needs.
LONGEST_NAME, MOST_BLOCKS = 200, 200_000
RESERVED = {*TABLES, *FIGURES}
HELD_OUT = {
    "validation": 0.2,
    "max_validation": 2048,
}  # of lit.training.options.HeldOut, which needs torch


def check_datasets(config: Mapping[str, Any], origin: Where) -> None:
    """What is made from another data set: features of it, or a view."""
    for name, spec in config["datasets"].items():
        where = place(origin, ("datasets", name))
        for key, known in (("of", config["datasets"]), ("model", config["models"])):
            if key in spec and spec[key] not in known:
                raise InputError(
                    f"{where}: datasets.{name}.{key}: nothing is named {spec[key]!r}; {nearest(spec[key], known)}"
                )
        if spec.get("trained") is False and not config["models"][spec["model"]].get("weights"):
            raise InputError(
                f"{where}: datasets.{name}.trained: model {spec['model']!r} has no weights that could be left out; it is random"
            )
        for key, keep in (("draw", "permuted"), ("angle", "rotated")):
            if key in spec and spec.get("keep") != keep:
                raise InputError(
                    f"{where}: datasets.{name}.{key}: belongs to keep: {keep}; take it out"
                )
        if spec.get("keep") == "rotated" and "angle" not in spec:
            raise InputError(
                f"{where}: datasets.{name}: keep: rotated needs angle, in degrees; write angle: 45"
            )
        if "of" in spec and "of" in config["datasets"][spec["of"]]:
            raise InputError(
                f"{where}: datasets.{name}.of: {spec['of']!r} is made from another data set itself; name that one"
            )


def check_arm(config: Mapping[str, Any], arm: Mapping[str, Any], where: str) -> None:
    target, model, learner = arm["target"], arm["model"], arm.get("learner", LEARNERS[0])
    origin, labels, before = arm.get("source", target), arm.get("labels"), arm.get("before", [])
    for key, name, known in (
        ("target", target, config["datasets"]),
        ("source", origin, config["datasets"]),
        ("model", model, config["models"]),
        ("learner", learner, dict.fromkeys(LEARNERS) | config.get("learners", {})),
        *(("source", step["source"], config["datasets"]) for step in before),
    ):
        if name not in known:
            raise InputError(f"{where}: {key}: no {key} is named {name!r}; {nearest(name, known)}")
    if origin == target and label_transforms.kept(labels) != label_transforms.kept(
        arm.get("source_labels", labels)
    ):
        raise InputError(
            f"{where}: source_labels keeps other classes than labels; name the data set twice for that"
        )
    pretrained = bool(config["models"][model].get("weights"))
    sizes = arm.get("n")
    if sizes is None and not pretrained:
        raise InputError(
            f"{where}: n is missing; write n: [0, 256, 1024], the numbers of examples that M is trained on"
        )
    if before and (sizes is None or 0 in (sizes if isinstance(sizes, list) else [sizes])):
        raise InputError(
            f"{where}: before says what M was trained on earlier; write n, the examples after that, above 0"
        )
    entry = learner_entry(config, learner)
    check_linear(learner, entry, config["models"][model], where)
    if entry.get("memory") == "source" and (before or (pretrained and sizes is None)):
        behind = "what M was trained on before" if before else "weights"
        raise InputError(
            f"{where}: learner {learner!r} has memory: source, but the examples behind {behind} are not at hand"
        )


def check_sequence_arm(config: Mapping[str, Any], arm: Mapping[str, Any], where: str) -> None:
    if "algorithm" not in arm:
        raise InputError(
            f"{where}: algorithm is missing; write algorithm: plain, or each: {{algorithms: [plain, joint]}}"
        )
    known = {
        "sequence": config.get("sequences", {}),
        "algorithm": dict.fromkeys(ALGORITHMS) | config.get("algorithms", {}),
        "model": config["models"],
        "learner": dict.fromkeys(LEARNERS) | config.get("learners", {}),
    }
    for key, names in known.items():
        if (name := arm.get(key, LEARNERS[0])) not in names:
            raise InputError(f"{where}: {key}: no {key} is named {name!r}; {nearest(name, names)}")
    learner = arm.get("learner", LEARNERS[0])
    entry = learner_entry(config, learner)
    check_linear(learner, entry, config["models"][arm["model"]], where)
    if entry.get("memory") == "source":
        raise InputError(
            f"{where}: learner {learner!r} has memory: source, but M was trained on several tasks"
        )


def check_linear(
    learner: str, entry: Mapping[str, Any], model: Mapping[str, Any], where: str
) -> None:
    """Refuse a probe of anything but a linear model with a bias."""
    if entry["kind"] == "probe" and not (model["kind"] == "linear" and model.get("bias", True)):
        raise InputError(
            f"{where}: learner {learner!r} is a probe, which solves a linear model; write model: one of kind linear with a bias"
        )


def check_tasks(tasks: Iterable[Task], where: str) -> None:
    """Refuse tasks of one class, whose labels take no bits."""
    for task in tasks:
        kept = label_transforms.kept(task.labels)
        if kept and len(next(iter(kept.values()))) < 2:
            raise InputError(
                f"{where}: task {task.name!r} has one class, so that there is nothing to code; give it two or more, or write"
                " numbers: kept, with which every task has all classes of the data set"
            )


def check_training(study: Study, where: Any) -> None:
    """Refuse sources and blocks without anything to train on: M would silently stay as it began.

    Raises:
        InputError: naming the arm or learner and the remedy.
    """
    for row in study.rows:
        source = row.warm.source
        for step in source.chain() if source is not None and row.cell is None else []:
            if not isinstance(step, Stage):  # which trains on all of its examples
                _check_source(step, study.config.get("training", {}), f"{where}: arm {row.arm!r}")
    for run in study.runs.values():
        learner = study.learner(run.learner)
        known = next((end for end in study.schedule.inner(study.lengths[run.id]) if end > 1), None)
        if known is None or learner["kind"] not in HOLDING_OUT or study.remembers(run.id):
            continue
        if _left(known, learner) < 1:
            raise InputError(
                f"{where}: learner {run.learner!r}: validation: {learner['validation']:g} holds all {known} labels out that the"
                " first model knows, and nothing is left to train on; write a smaller share, or a larger stream.first_block"
            )


def _check_source(source: Pretraining, training: Mapping[str, Any], where: str) -> None:
    if source.n is None or source.stop == "memorise":
        return
    if source.n == 1:
        raise InputError(
            f"{where}: n: 1 leaves nothing to hold out, so that M would stay untrained; write n at least 2, or stop: memorise"
        )
    if _left(source.n, training) < 1:
        raise InputError(
            f"{where}: of n = {source.n} examples, training.validation: {training['validation']:g} leaves none to train M on;"
            " write a smaller share"
        )


def _left(m: int, options: Mapping[str, Any]) -> int:
    """Of m examples, those that are not held out; see :func:`lit.training.held_out.split_prefix`."""
    share, most = (options.get(name, default) for name, default in HELD_OUT.items())
    return m - min(math.ceil(m * share), most)


def check_analysis(study: Study, name: str, where: str) -> None:
    if name.lower() in RESERVED:
        raise InputError(f"{where}: every study has a table or figure of this name; choose another")
    entry, arms = study.config["analyses"][name], list(dict.fromkeys(row.arm for row in study.rows))
    for key, asked in (
        ("arms", entry.get("arms", [])),
        ("reference", [entry["reference"]] if "reference" in entry else []),
    ):
        for arm in asked:
            if not any(belongs(known, arm) for known in arms):
                raise InputError(f"{where}.{key}: no arm is named {arm!r}; {nearest(arm, arms)}")
    if not study.analysed(name):
        of = (
            "sequences; name such arms"
            if entry["kind"] in SEQUENTIAL
            else "arms with a target, of which it finds none"
        )
        raise InputError(f"{where}: {entry['kind']} is about {of}")
    if "reference" in entry and entry["reference"] not in {row.arm for row in study.analysed(name)}:
        raise InputError(
            f"{where}.arms: the reference {entry['reference']!r} is not among them; add it"
        )


def check_size(study: Study, where: Where) -> None:
    """Refuse names that no file system takes, and more blocks than anyone can schedule, before they are listed."""
    for name in (*study.runs, *study.sources, *map(group_name, study.groups)):
        if len(name) > LONGEST_NAME:
            raise InputError(
                f"{where}: a result file would be called {name[:60]!r}..., {len(name)} characters; at most {LONGEST_NAME} are"
                " allowed: choose shorter names, or seed groups of consecutive seeds"
            )
    left = MOST_BLOCKS // len(study.groups)
    for k in study.lengths.values():
        left -= 1 + sum(1 for _ in itertools.islice(study.schedule.inner(k), left + 1))
        if left < 0:
            raise InputError(
                f"{where}: the study has more than {MOST_BLOCKS:,} blocks over all runs and seed groups;"
                " choose a larger stream.growth, fewer boundaries, or fewer arms, n and seed groups"
            )


def check_unique(names: list[Any], message: str) -> None:
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise InputError(f"{message} {twice[0]!r}; each must have a name of its own")
