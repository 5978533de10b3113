"""What preflight is given: every data set with the models and sizes that meet in it."""

import itertools
from collections.abc import Mapping
from typing import Any

from lit.study.entities import Pretraining, Study
from lit.study.kinds import Analysis, Learner, kind_of
from lit.study.sequences import Stage
from lit.workflow.rows import describe_row, kept_heads
from lit.workflow.study_jobs import StudyJobs


def preflight_settings(jobs: StudyJobs) -> dict[str, Any]:
    """Settings of :func:`lit.workflow.preflight.main`."""
    study, shared = jobs.study, jobs.shared
    analyses = jobs.results.analyses
    used = jobs.data.used()
    specs = {name: shared.with_code("datasets", name, study.datasets[name]) for name in used}
    learners = {run.learner: shared.learner(run.learner) for run in study.parts.values()}
    models = [name for _, name in study.pairs()]
    models += [spec["model"] for spec in specs.values() if "model" in spec]
    stages = [source for source in study.sources.values() if isinstance(source, Stage)]
    places = {id(row): place for place, row in enumerate(study.rows)}
    return {
        "datasets": specs,
        "contents": {name: jobs.data.settings(name) for name in used},
        "models": {name: shared.model(name) for name in models},
        "rows": [
            describe_row(study, row)
            | kept_heads(row)
            | {"stop": getattr(row.warm.source, "stop", None)}
            for row in study.rows
        ],
        "seed": study.seeds[0],
        "batch": _smallest_batch(study.config),
        "seeds": study.seeds,
        "together": {
            name: [
                {"arm": row.arm, "target": row.cold.target, "labels": row.cold.labels}
                for row in study.analysed(name)
            ]
            for name, entry in analyses.items()
            if kind_of(Analysis, entry).one_stream
            and not any(row.is_recorded for row in study.analysed(name))
        },
        "learners": {name: e for name, e in learners.items() if e["kind"] == "python"},
        "kernels": {name: e for name, e in learners.items() if "kernels" in e},
        "takes": {name: kind_of(Learner, entry).labels for name, entry in learners.items()},
        "algorithms": {s.algorithm: shared.algorithm(s.algorithm) for s in stages},
        "analyses": {
            name: {
                "options": jobs.results.entry(name),
                "rows": [places[id(row)] for row in study.analysed(name)],
            }
            for name in analyses
        },
        "recorded": _recorded(jobs),
        "moved": _moved(study),
        "one_block": _one_block(study),
    }


def _recorded(jobs: StudyJobs) -> dict[str, Any]:
    """Recorded runs: their files with what these hold, and the analyses of one stream of theirs."""
    study = jobs.study
    return {
        "runs": [
            jobs.codes.recorded_settings(name) | {"path": run.path}
            for name, run in study.recorded.items()
        ],
        "together": {
            name: [{"arm": row.arm, "run": row.cold.id, "k": row.k} for row in rows]
            for name, entry in jobs.results.analyses.items()
            if kind_of(Analysis, entry).one_stream
            for rows in [study.analysed(name)]
            if any(row.is_recorded for row in rows)
        },
    }


def _moved(study: Study) -> list[dict[str, Any]]:
    """Data sets whose inputs are moved or mirrored in training, and by what part of the config."""
    uses = [
        (f"learners.{run.learner}", study.learner(run.learner), run.target)
        for run in study.parts.values()
    ]
    uses += [
        ("training", study.config.get("training", {}), source.dataset)
        for source in study.sources.values()
        if isinstance(source, Pretraining) and source.n and source.stop != "memorise"
    ]
    moved = {
        (by, name, entry.get("shift", 0), entry.get("mirror", False)) for by, entry, name in uses
    }
    return [
        {"by": by, "dataset": name, "shift": shift, "mirror": mirror}
        for by, name, shift, mirror in sorted(moved)
        if shift or mirror
    ]


def _one_block(study: Study) -> dict[str, list[str]]:
    """Arms whose stream is one block, by its k as text."""
    found: dict[str, list[str]] = {}
    for row in study.rows:
        if not row.is_recorded and next(study.schedule.inner(row.k), None) is None:
            found.setdefault(str(row.k), []).append(row.arm)
    return found


def _smallest_batch(config: Mapping[str, Any]) -> int:
    """Examples in the study's smallest minibatch, where that is below the defaults."""
    parts = [config.get(part, {}).values() for part in ("learners", "algorithms")]
    options = itertools.chain([config.get("training", {})], *parts)
    return min(entry.get("batch", 32) for entry in options)
