"""How an arm of a config becomes rows of the table: two runs each, and the start states behind."""

import itertools
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from lit.errors import InputError, check_known
from lit.study import label_transforms
from lit.study.checks import check_arm, check_sequence_arm
from lit.study.config_files import Where, place
from lit.study.entities import Pretraining, RecordedRun, Row, Run
from lit.study.kinds import Algorithm, Learner, default_learner, kind_of, kinds_of
from lit.study.label_transforms import Transform
from lit.study.learners import entry_of, joined, names_of
from lit.study.recordings import THETA0, read_runs
from lit.study.sequences import Stage, cells_of, orders_of, tasks_of, views_of

# Of an arm's each: features they are.
BACKBONES: dict[str, dict[str, Any]] = {"backbones": {}, "twins": {"trained": False}}
PARTS = {"head": "new", "features": "only"}  # of an arm's dissect: what becomes of M's head
OF_M = ("memory", "gentle")  # options of a learner that concern M, and mean nothing from theta0


def each(
    arm: Mapping[str, Any], datasets: Mapping[str, Mapping[str, Any]]
) -> Iterator[dict[str, Any]]:
    """An arm and its learner; with ``each``, one for each pair, class, source, backbone or
    algorithm."""
    one = {key: arm[key] for key in arm if key != "each"}
    usual = default_learner(datasets.get(arm.get("target", ""), {}))
    one["learner"] = joined(arm.get("learner", usual))
    if "each" not in arm:
        yield one
        return
    ((how, named),) = arm["each"].items()
    items: Iterable[Any] = itertools.combinations(named, 2) if how == "pairs" else named
    for item in items:
        suffix, changed = item, {}
        if how == "algorithms":
            changed = {"algorithm": item}
        elif how == "pairs":
            suffix = f"{item[0]}+{item[1]}"
            changed = {"labels": {"classes": list(item)}}
        elif how == "sources":
            changed = {} if item == arm["target"] else {"source": item}
        elif how in BACKBONES:
            changed = {"target": _features_name(arm["target"], item, how)}
        else:
            changed = {"source_labels": {"without": [item]}}
        yield one | {"name": f"{arm['name']}.{suffix}"} | changed


def _features_name(target: str, backbone: str, how: str) -> str:
    return f"{target}.{backbone}" + (".random" if how == "twins" else "")


def all_datasets(config: Mapping[str, Any], where: Where) -> dict[str, Any]:
    """The config's data sets, features that arms ask for with ``each``, and views for sequences."""
    found, made = dict(config.get("datasets", {})), []
    for sequence, entry in config.get("sequences", {}).items():
        at = f"{place(where, ('sequences', sequence))}: sequences.{sequence}"
        views = views_of(entry, config["datasets"], at)
        made += [(at, "a view", name, spec) for name, spec in views.items()]
    for i, arm in enumerate(config["arms"]):
        at = f"{place(where, ('arms', i))}: arm {arm['name']!r}"
        made += [(at, "features", name, spec) for name, spec in _features_of(config, arm, at)]
    for at, what, name, spec in made:
        if found.setdefault(name, spec) != spec:
            raise InputError(
                f"{at} makes {what} called {name!r}, but datasets has another; rename that"
            )
    return found


def _features_of(
    config: Mapping[str, Any], arm: Mapping[str, Any], where: str
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Names and entries of the features that an arm asks for with ``each``."""
    ((how, backbones),) = arm.get("each", {"": []}).items()
    for backbone in backbones if how in BACKBONES else []:
        at = f"{where}: each.{how}"
        check_known(at, "model", backbone, config["models"])
        more = ", of which there could be features"
        check_known(at, "data set", arm["target"], config["datasets"], more)
        if how == "twins" and not config["models"][backbone].get("weights"):
            raise InputError(
                f"{at}: model {backbone!r} has no weights, so it is random itself; leave it out"
            )
        spec = {"kind": "features", "of": arm["target"], "model": backbone} | BACKBONES[how]
        yield _features_name(arm["target"], backbone, how), spec


def rows(config: Mapping[str, Any], arm: Mapping[str, Any], where: str) -> Iterator[Row]:
    """Rows of an arm with a target, one for each n."""
    check_arm(config, arm, where)
    target, model, learner = arm["target"], arm["model"], arm["learner"]
    origin, labels = arm.get("source", target), arm.get("labels")
    source_labels = arm.get("source_labels", labels if origin == target else None)
    stop = arm.get("stop", _stop(source_labels))
    before, head = _before(arm, model)
    cold = Run(target, labels, model, _cold_learner(config, learner))
    k = arm.get("k", config["stream"]["k"])
    memorised = arm.get("train_set_information", config.get("train_set_information", True))
    sizes = arm.get("n")
    for n in sizes if isinstance(sizes, list) else [sizes]:
        if n == 0:
            yield Row(arm["name"], cold, cold, None, k, learner)
            continue
        source = Pretraining(origin, source_labels, model, n, stop, before, head)
        warm = Run(target, labels, model, learner, source, arm.get("head", "keep"))
        source_cold = None
        if n is not None and before is None and memorised:
            source_cold = Run(origin, source_labels, model, cold.learner, side="back")
        yield Row(arm["name"], cold, warm, source_cold, k, learner)


def _before(arm: Mapping[str, Any], model: str) -> tuple[Pretraining | None, str]:
    """What M is trained on first, and what becomes of its output layer after that."""
    before, head = None, "keep"
    for step in arm.get("before", []):
        labels = step.get("labels")
        before = Pretraining(step["source"], labels, model, step["n"], _stop(labels), before, head)
        head = step.get("head", "keep")
    return before, head


def recorded_rows(config: Mapping[str, Any], arm: Mapping[str, Any], where: str) -> Iterator[Row]:
    """Rows of an arm of recorded runs, one for each M; of the file only what it says of itself."""
    path, at = arm["recorded"], f"{where}: recorded"
    try:
        runs = read_runs(path)
    except InputError as error:
        raise InputError(f"{at}: {error}") from error
    if "run" not in arm and len(runs) > 1:
        raise InputError(f"{at}: {path} has several runs; write run: one of {', '.join(runs)}")
    run = arm.get("run", next(iter(runs)))
    check_known(f"{where}: run", "run", run, runs, f" in {path}")
    about = runs[run]
    if not about["starts"]:
        raise InputError(f"{at}: run {run!r} of {path} has no start but theta0; record an M")
    k = arm.get("k", config.get("stream", {}).get("k", about["k"]))
    if k > about["k"]:
        raise InputError(
            f"{where}: k = {k}, but run {run!r} of {path} has {about['k']} examples; write k:"
            f" {about['k']} or less"
        )
    target = about.get("dataset", run)
    same = (target, about.get("model", "recorded"), about["classes"])
    cold = RecordedRun(path, run, THETA0, *same, n=0, trained_on=target)
    for start in arm.get("start", about["starts"]):
        check_known(f"{where}: start", "M", start, about["starts"], f" in run {run!r} of {path}")
        more = about["starts"][start]
        n, source = more.get("n"), more.get("source", target)
        warm = RecordedRun(path, run, start, *same, n=n, trained_on=source)
        yield Row(arm["name"], cold, warm, None, k, warm.learner)


def cells(config: Mapping[str, Any], arm: Mapping[str, Any], where: str) -> Iterator[Row]:
    """Rows of a sequence: after each task, the stream of every task so far and of the next; with a
    target, that alone after the last task."""
    check_sequence_arm(config, arm, where)
    entry, name = config["sequences"][arm["sequence"]], arm["algorithm"]
    model, learner = arm["model"], arm["learner"]
    cold_learner = _cold_learner(config, learner)
    k = arm.get("k", config["stream"]["k"])
    several = entry.get("heads", "single") == "multi"
    at_hand = kind_of(Algorithm, entry_of(config, "algorithms", name)).all_at_hand
    parts = [PARTS[part] for part in arm.get("dissect", [])]
    for number, order in enumerate(orders_of(entry)):
        tasks = tuple(tasks_of(entry)[i] for i in order)
        last = Stage(arm["sequence"], tasks, number, len(tasks) - 1, model, name, several, at_hand)
        if "target" in arm:
            cold = Run(arm["target"], None, model, cold_learner)
            warm = Run(arm["target"], None, model, learner, last)
            yield Row(arm["name"], cold, warm, None, k, learner)
            continue
        for stage in last.chain():
            for task, cell in cells_of(stage, parts):
                cold = Run(task.dataset, task.labels, model, cold_learner)
                warm = Run(task.dataset, task.labels, model, learner, stage, cell.head)
                yield Row(arm["name"], cold, warm, None, k, learner, cell)


def _stop(labels: Transform) -> str:
    """How training ends by default."""
    return "memorise" if label_transforms.are_random(labels) else "early"


def _cold_learner(config: Mapping[str, Any], learner: str) -> str:
    """Learners from theta0, each once: the first that is alike but for :data:`OF_M`."""

    def cold(entry: Mapping[str, Any]) -> dict[str, Any]:
        return {key: value for key, value in entry.items() if key not in OF_M}

    named = {kind: {"kind": kind} for kind in kinds_of(Learner)} | config.get("learners", {})
    firsts = [
        next(other for other, entry in named.items() if cold(entry) == cold(named[name]))
        for name in names_of(learner)
    ]
    return joined(list(dict.fromkeys(firsts)))
