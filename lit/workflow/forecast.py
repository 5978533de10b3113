"""What a study will cost: jobs, examples to train on, and time by records of earlier jobs."""

import contextlib
import itertools
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import nnls

from lit.errors import InputError
from lit.files import store
from lit.study.schedule import Schedule
from lit.workflow.refuse_stale import mark, other_inputs

# From what is most like a job to what is least: the parts of a job that an earlier one must share.
# Of another model nothing follows: a transformer's job can take a hundred times an MLP's.
LIKENESS = {
    "data set, model and learner": ("rule", "data", "model", "learner"),
    "model and learner": ("rule", "model", "learner"),
}
RULE = "rule"  # of jobs without a model
_UNTIMED = "How long they take is not known before such jobs have run here:"


@dataclass(frozen=True)
class Job:
    """What is known of a job by its name.

    Attributes:
        rule, data, model, learner: What it is like, empty where a rule has none; of a task,
            ``data`` is its sequence and ``learner`` its algorithm.
        examples: Labelled examples that its models are trained on, over seeds and blocks.
        work: What its time grows with: these examples, or for ``replay`` the growth of the root of
            those sent.
    """

    rule: str
    data: str
    model: str
    learner: str
    examples: int
    work: float


def job_of(rule: str, name: str, schedule: Schedule, learners: Mapping[str, str]) -> Job | None:
    """A job by its rule and the name of its record, such as ``<run>/seeds-0-4/1024-2048``.

    Args:
        rule: Its rule.
        name: As in ``benchmarks/<rule>/<name>.tsv``, see results/README.md.
        schedule: Cuts streams into blocks.
        learners: Kind of every learner by its name.

    Returns:
        None where the study knows no such learner.
    """
    what, *rest = name.split("/")
    parts = what.split("--")
    seeds = _seeds(rest[0].removeprefix("seeds-")) if rest else 1
    if rule in ("train_source", "train_task"):
        model, learner = (parts[2], "") if rule == "train_source" else parts[1:3]
        n = 0 if parts[3] == "pretrained" else int(parts[3].removeprefix("n"))
        return Job(rule, parts[0], model, learner, seeds * n, seeds * n)
    if rule != "code_block":
        return Job(rule, what, "", "", 0, 0.0)
    data, _, model, learner = parts[:4]
    if learner not in learners:
        return None
    start, stop = map(int, rest[1].split("-"))
    examples = sum(begin for begin, _ in schedule.blocks_of(start, stop))
    work: float = examples
    if learners[learner] == "replay":
        examples, work = stop - start, math.sqrt(stop) - math.sqrt(start)
    return Job(rule, data, model, learner, seeds * examples, seeds * work)


def _seeds(group: str) -> int:
    """Seeds of a group by its name: ``3``, ``0-4`` or ``0+2+7``."""
    consecutive = re.fullmatch(r"(\d+)-(\d+)", group)
    return int(consecutive[2]) - int(consecutive[1]) + 1 if consecutive else group.count("+") + 1


def forecast(settings: Mapping[str, Any], results: Path) -> pd.DataFrame:
    """One row a rule: jobs left to run, their examples, and seconds by records of earlier jobs.

    What is left to run is what is missing, what other settings, data or code made, and what follows
    from either.

    Args:
        settings: See :meth:`lit.workflow.plan.Plan.forecast_settings`.
        results: Folder of all studies; another's records count as far as it names things alike.

    Returns:
        ``rule``, ``finished``, ``left``, ``examples`` (of those left), ``seconds`` (NaN without
        records), ``by``.
    """
    schedule, learners = Schedule(**settings["schedule"]), settings["learners"]
    known = list(_records(results, schedule, learners))
    planned: dict[str, list[tuple[Job, bool]]] = {}
    finished = find_finished([job[2:] for job in settings["jobs"]])
    for rule, name, path, *_ in settings["jobs"]:
        job = job_of(rule, name, schedule, learners)
        assert job is not None, "a study knows its own learners"
        planned.setdefault(rule, []).append((job, path in finished))
    rows = [
        {"rule": rule, "finished": sum(done for _, done in jobs)}
        | _cost([job for job, done in jobs if not done], known)
        for rule, jobs in planned.items()
    ]
    return pd.DataFrame(rows, columns=["rule", "finished", "left", "examples", "seconds", "by"])


def find_finished(files: Sequence[tuple[str, str, Mapping[str, list[str]]]]) -> set[str]:
    """Files that are as the study asks for now, as are all that they are made from.

    Args:
        files: Each with its mark, see :func:`lit.workflow.refuse_stale.mark`, and the files that it
            is made from, by role. Only what these say of themselves is read.
    """
    said: dict[str, Mapping[str, Any]] = {}
    digests: dict[str, str] = {}
    for path, *_ in files:
        with contextlib.suppress(InputError):  # missing or damaged
            said[path], digests[path] = store.origin(path)
    finished = {
        path
        for path, wanted, inputs in files
        if path in said
        and mark(said[path]) == wanted
        and not any(other_inputs(said[path], inputs, digests))
    }
    size = -1
    while size != len(finished):  # what follows from others, in whichever order they are
        size = len(finished)
        for path, _, inputs in files:
            if not finished.issuperset(itertools.chain(*inputs.values())):
                finished.discard(path)
    return finished


def _records(
    results: Path, schedule: Schedule, learners: Mapping[str, str]
) -> Iterator[tuple[Job, float]]:
    """Earlier jobs of all studies, and their seconds."""
    for path in sorted(results.glob("*/benchmarks/*/**/*.tsv")):
        rule, *name = path.relative_to(results).with_suffix("").parts[2:]
        job = job_of(rule, "/".join(name), schedule, learners)
        if job is not None:
            yield job, float(pd.read_csv(path, sep="\t")["s"].iloc[0])


def _cost(left: Sequence[Job], known: Sequence[tuple[Job, float]]) -> dict[str, Any]:
    seconds, by = 0.0, dict.fromkeys([*LIKENESS, RULE], 0)
    for job in left:
        for name, parts in LIKENESS.items():
            alike = [
                (other.work, s)
                for other, s in known
                if all(getattr(other, p) == getattr(job, p) for p in parts)
            ]
            if alike:
                seconds += expected_seconds(job.work, alike)
                by[name if job.model else RULE] += 1
                break
        else:
            seconds = math.nan
    said = [f"{name} ({count})" for name, count in by.items() if count]
    if unknown := len(left) - sum(by.values()):
        said.append(f"nothing known ({unknown})")
    return {
        "left": len(left),
        "examples": sum(job.examples for job in left),
        "seconds": seconds,
        "by": ", ".join(said),
    }


def expected_seconds(work: float, alike: Sequence[tuple[float, float]]) -> float:
    """Seconds of a job, from (work, seconds) of others: a start and a rate by least squares."""
    sizes, seconds = np.array(alike, dtype=np.float64).T
    unit = max(sizes.max(), 1.0)  # both columns of one order, for the solver's sake
    (start, rate), _ = nnls(np.stack([np.ones_like(sizes), sizes / unit], axis=1), seconds)
    return float(start + rate * work / unit)


def as_text(table: pd.DataFrame, cores: int) -> str:
    """The forecast as people read it."""
    counts = ["finished", "left", "examples"]
    sums, seconds = table[counts].sum(), table["seconds"].sum(skipna=False)
    total = {"rule": "in all", **sums, "seconds": seconds, "by": ""}
    line, heads = "{:<18}{:>9}{:>9}{:>19}", ["rule", "finished", "to run", "training examples"]
    timed = table["seconds"][table["left"] > 0].notna().any() or not sums["left"]
    if timed:  # on a first run nothing is known
        line += "{:>11}   {}"
        heads += ["core time", "from earlier jobs of the same (how many)"]
    lines = [line.format(*heads)]
    for row in [*table.to_dict("records"), total]:
        numbers = [f"{int(row[name]):,}" for name in counts]
        times = [_time(row["seconds"]), row["by"]] if timed else []
        lines.append(line.format(row["rule"], *numbers, *times).rstrip())
    if not sums["left"]:
        lines.append("Nothing is left to run.")
    elif math.isnan(seconds):
        known = f"Known: {_time(table['seconds'].sum())}. For the rest" if timed else _UNTIMED
        lines.append(f"{known} run a job of each kind, or a smaller study, and ask again.")
    else:
        lines.append(
            f"{cores} cores: {_time(seconds / cores)} or more, since the blocks of a chain run one"
            " after the other."
        )
    return "\n".join(lines)


def _time(seconds: float) -> str:
    if math.isnan(seconds):
        return "unknown"
    minutes = math.ceil(seconds / 60)
    return f"{minutes // 60}:{minutes % 60:02d} h"
