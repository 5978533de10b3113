"""What the schema allows and no job could make sense of, as far as the config alone shows it."""

import itertools
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from lit.errors import InputError, check_known
from lit.study import label_transforms
from lit.study.arm_names import belongs
from lit.study.codes import NETWORK, level
from lit.study.config_files import Where, place
from lit.study.entities import Pretraining, Row, Study
from lit.study.kinds import Algorithm, Analysis, Learner, kind_of, kinds_of
from lit.study.learners import entry_of, names_of
from lit.study.locate import path_of_arm
from lit.study.outputs import FIGURES, TABLES
from lit.study.paths import group_name
from lit.study.schema_text import default

# What planning can bear, and far more than a study needs.
LONGEST_NAME, MOST_BLOCKS = 200, 200_000
ENDS = ("from", "to")  # of a range of rows
OF_DATA = ("target", "source")  # keys of an arm that name a data set


def check_datasets(config: Mapping[str, Any], origin: Where) -> None:
    """What is made from another data set: features of it, or a view."""
    for name, spec in config["datasets"].items():
        where = f"{place(origin, ('datasets', name))}: datasets.{name}"
        for key, what, known in (
            ("of", "data set", config["datasets"]),
            ("model", "model", config["models"]),
        ):
            if key in spec:
                check_known(f"{where}.{key}", what, spec[key], known)
        _check_ends(spec.get("rows", {}), ("datasets", name, "rows"), origin)
        if spec["kind"] == "features":
            _check_backbone(spec, config["models"][spec["model"]], where)
        for key, keep in (("draw", "permuted"), ("angle", "rotated")):
            if key in spec and spec.get("keep") != keep:
                raise InputError(f"{where}.{key}: belongs to keep: {keep}; take it out")
        if spec.get("keep") == "rotated" and "angle" not in spec:
            raise InputError(f"{where}: keep: rotated needs angle, in degrees; write angle: 45")
        if "of" in spec and "of" in config["datasets"][spec["of"]]:
            raise InputError(
                f"{where}.of: {spec['of']!r} is made from another data set itself; name that one"
            )


def _check_ends(rows: Mapping[str, Any], path: tuple[str, ...], origin: Where) -> None:
    """Refuse a range of rows that ends before it begins."""
    for column, asked in rows.items():
        low, high = (asked.get(end) if isinstance(asked, Mapping) else None for end in ENDS)
        if low is not None and high is not None and low > high:
            where = f"{place(origin, (*path, column))}: {'.'.join(path)}.{column}"
            raise InputError(
                f"{where}: from: {low} is larger than to: {high}, so that no row is between them;"
                f" write {{from: {high}, to: {low}}}"
            )


def _check_backbone(spec: Mapping[str, Any], model: Mapping[str, Any], where: str) -> None:
    """Refuse options of features that their model does not have."""
    if spec.get("trained") is False and not model.get("weights"):
        raise InputError(
            f"{where}.trained: model {spec['model']!r} has no weights, so it is random itself"
        )
    if "layer" in spec and model["kind"] == "patches":
        raise InputError(f"{where}.layer: model {spec['model']!r} has no layers; take it out")
    if "pooling" in spec and model["kind"] != "transformers":
        raise InputError(
            f"{where}.pooling: belongs to models of kind transformers, but {spec['model']!r} is of"
            f" kind {model['kind']}; take it out"
        )


def check_momentum(config: Mapping[str, Any], origin: Where) -> None:
    """Refuse a momentum that its optimiser has no use for."""
    entries = [(["training"], config.get("training", {}))]
    for part in ("learners", "algorithms"):
        entries += [([part, name], entry) for name, entry in config.get(part, {}).items()]
    for path, entry in entries:
        if entry.get("momentum") and entry.get("optimizer") != "sgd":
            where = f"{place(origin, path)}: {'.'.join(path)}.momentum"
            raise InputError(f"{where}: belongs to optimizer: sgd; write that too, or take it out")


def _check_names(config: Mapping[str, Any], arm: Mapping[str, Any], where: str) -> list[str]:
    """Refuse names that the config does not have, and a probe of anything but a linear model.

    Returns the arm's learners that remember M's examples.
    """
    known = {
        "target": config["datasets"],
        "source": config["datasets"],
        "sequence": config.get("sequences", {}),
        "algorithm": kinds_of(Algorithm) | config.get("algorithms", {}),
        "model": config["models"],
    }
    named = [(key, arm[key]) for key in known if key in arm]
    named += [("source", step["source"]) for step in arm.get("before", [])]
    for key, name in named:
        what, more = ("data set", " under datasets") if key in OF_DATA else (key, "")
        check_known(f"{where}: {key}", what, name, known[key], more)
    model, learners = config["models"][arm["model"]], names_of(arm["learner"])
    if model["kind"] == "patches":
        raise InputError(
            f"{where}: model {arm['model']!r} is of kind patches, which makes features and has no"
            " output; name it in a data set of kind features, or in each: {backbones: [...]}"
        )
    linear = model["kind"] == "linear" and model.get("bias", True)
    all_learners = kinds_of(Learner) | config.get("learners", {})
    for name in learners:
        check_known(f"{where}: learner", "learner", name, all_learners)
        if level(f"{name}.") != NETWORK:
            raise InputError(
                f"{where}: learner {name!r} is named like experts that code: network leaves out;"
                " take a name without architecture or generic"
            )
        entry = entry_of(config, "learners", name)
        if kind_of(Learner, entry).linear and not linear:
            raise InputError(
                f"{where}: learner {name!r} is a {entry['kind']}, which solves a linear model;"
                " write model: one of kind linear with a bias"
            )
    return [n for n in learners if entry_of(config, "learners", n).get("memory") == "source"]


def check_arm(config: Mapping[str, Any], arm: Mapping[str, Any], where: str) -> None:
    """Refuse an arm with a target that names what is not there, or cannot be trained or coded."""
    remembering = _check_names(config, arm, where)
    labels, before, sizes = arm.get("labels"), arm.get("before"), arm.get("n")
    kept = label_transforms.kept(arm.get("source_labels", labels))
    if arm.get("source", arm["target"]) == arm["target"] and label_transforms.kept(labels) != kept:
        raise InputError(
            f"{where}: source_labels keeps other classes than labels; name the data set twice"
        )
    if sizes is None and not config["models"][arm["model"]].get("weights"):
        raise InputError(
            f"{where}: n is missing; write on how many examples M is trained, n: [0, 256, 1024]"
        )
    if before and (sizes is None or 0 in (sizes if isinstance(sizes, list) else [sizes])):
        raise InputError(
            f"{where}: before says what M was trained on earlier; write n, the examples after that,"
            " above 0"
        )
    if remembering and (before or sizes is None):
        remembers = f"learner {remembering[0]!r} has memory: source"
        behind = "before" if before else "weights"
        raise InputError(f"{where}: {remembers}, but the examples behind {behind} are not at hand")


def check_sequence_arm(config: Mapping[str, Any], arm: Mapping[str, Any], where: str) -> None:
    """Refuse an arm of a sequence that names what is not there, or cannot be coded."""
    if "algorithm" not in arm:
        remedy = "write algorithm: plain, or each: {algorithms: [plain, joint]}"
        raise InputError(f"{where}: algorithm is missing; {remedy}")
    if remembering := _check_names(config, arm, where):
        remembers = f"learner {remembering[0]!r} has memory: source"
        raise InputError(f"{where}: {remembers}, but M was trained on several tasks")
    if "target" not in arm:
        return
    if "dissect" in arm:
        raise InputError(f"{where}: dissect is of all tasks of a sequence; take it or target out")
    sequence, at = config["sequences"][arm["sequence"]], f"{where}: sequence {arm['sequence']!r}"
    if sequence.get("heads") == "multi":
        raise InputError(f"{at} has a head for each task, and target none; write heads: single")
    if len(sequence.get("orders", [])) > 1:
        raise InputError(f"{at} has several orders, and target needs one last task; keep one")


def check_training(study: Study, where: Where) -> None:
    """Refuse sources and blocks without anything to train on: M would silently stay as it began."""
    for row in study.rows:
        source = row.warm.source
        for step in source.chain() if isinstance(source, Pretraining) else []:
            at = f"{place(where, path_of_arm(row.arm, study.config))}: arm {row.arm!r}"
            _check_source(step, study.config.get("training", {}), at)
    for run in study.parts.values():
        learner = study.learner(run.learner)
        known = next((end for end in study.schedule.inner(study.lengths[run.id]) if end > 1), None)
        if known is None or not kind_of(Learner, learner).holds_out or study.remembers(run.id):
            continue
        if _left(known, learner) < 1:
            raise InputError(
                f"{where}: learner {run.learner!r}: validation: {learner['validation']:g} holds all"
                f" {known} labels out that the first model knows; write a smaller share, or a"
                " larger stream.first_block"
            )


def _check_source(source: Pretraining, training: Mapping[str, Any], where: str) -> None:
    if source.n is None or source.stop == "memorise":
        return
    if source.n == 1:
        raise InputError(
            f"{where}: n: 1 leaves nothing to hold out; write n at least 2, or stop: memorise"
        )
    if _left(source.n, training) < 1:
        raise InputError(
            f"{where}: of n = {source.n} examples, training.validation:"
            f" {training['validation']:g} leaves none to train M on; write a smaller share"
        )


def _left(m: int, options: Mapping[str, Any]) -> int:
    """Of m examples, those that are not held out; see :func:`lit.training.fitting.split_prefix`."""
    share = options.get("validation", default("training", "validation"))
    most = options.get("max_validation", default("training", "max_validation"))
    return m - min(math.ceil(m * share), most)


def check_analysis(study: Study, name: str, where: str) -> None:
    """Refuse an analysis whose arms, reference or name do not serve."""
    if name.lower() in {*TABLES, *FIGURES}:
        raise InputError(f"{where}: every study has a table or figure of this name; choose another")
    entry, arms = study.config["analyses"][name], list(dict.fromkeys(row.arm for row in study.rows))
    asked = [("arms", arm) for arm in entry.get("arms", [])]
    if "reference" in entry:
        asked.append(("reference", entry["reference"]))
    for key, arm in asked:
        if not any(belongs(known, arm) for known in arms):
            check_known(f"{where}.{key}", "arm", arm, arms)
    rows = study.analysed(name)
    used = {row.arm for row in rows}
    if not used:
        sequential = kind_of(Analysis, entry).sequential
        of = (
            "sequences; name such arms"
            if sequential
            else "arms with a target, which it has none of"
        )
        raise InputError(f"{where}: {entry['kind']} is about {of}")
    _check_recorded(rows, entry, where)
    if "reference" in entry and entry["reference"] not in used:
        missing = entry["reference"]
        raise InputError(f"{where}.arms: the reference {missing!r} is not among them; add it")


def _check_recorded(rows: list[Row], entry: Mapping[str, Any], where: str) -> None:
    """Refuse recorded runs in an analysis that needs more than bits, or of which it is not."""
    recorded = [row.arm for row in rows if row.is_recorded]
    if not recorded:
        return
    kind, arm = kind_of(Analysis, entry), recorded[0]
    if not kind.recorded:
        raise InputError(
            f"{where}: {entry['kind']} needs more than bits, which are all that is known of the"
            f" recorded arm {arm!r}; name other arms under arms"
        )
    if entry.get("code", NETWORK) != NETWORK:
        raise InputError(
            f"{where}.code: the recorded arm {arm!r} has the code network alone; write code:"
            f" {NETWORK}, or name other arms under arms"
        )
    if kind.one_stream and len(recorded) < len(rows):
        other = next(row.arm for row in rows if not row.is_recorded)
        raise InputError(
            f"{where}: {entry['kind']} is of arms that code the same labels, which recorded arms"
            f" ({arm!r}) and others ({other!r}) do not show; name only one sort under arms"
        )


def check_size(study: Study, where: Where) -> None:
    """Refuse names that no file system takes, and more blocks than anyone can schedule."""
    for name in (*study.runs, *study.parts, *study.sources, *map(group_name, study.groups)):
        if len(name) > LONGEST_NAME:
            raise InputError(
                f"{where}: a result file would be called {name[:60]!r}..., {len(name)} characters"
                f" of at most {LONGEST_NAME}; choose shorter names, or groups of consecutive seeds"
            )
    left = MOST_BLOCKS // len(study.groups)
    for k in study.lengths.values():
        left -= 1 + sum(1 for _ in itertools.islice(study.schedule.inner(k), left + 1))
        if left < 0:
            raise InputError(
                f"{where}: the study has more than {MOST_BLOCKS:,} blocks over all runs and groups;"
                " choose a larger stream.growth, or fewer boundaries, arms, n or seed groups"
            )


def check_unique(names: list[Any], message: str, spots: Sequence[str] = ()) -> None:
    """Refuse what is given twice; ``spots`` says of each name where it is."""
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        both = [spot for name, spot in zip(names, spots, strict=False) if name == twice[0]]
        at = f" ({', and '.join(both)})" if both else ""
        remedy = (
            "each must have a name of its own" if isinstance(twice[0], str) else "write it once"
        )
        raise InputError(f"{message} {twice[0]!r}{at}; {remedy}")
