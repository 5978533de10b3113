"""Rows of the main table as tables, analyses and preflight are given them."""

from typing import Any

from lit.study import label_transforms
from lit.study.entities import RecordedRun, Row, Run, Study
from lit.study.learners import names_of
from lit.study.sequences import Stage
from lit.workflow.code_jobs import chain


def describe_row(study: Study, row: Row) -> dict[str, Any]:
    """An arm at one n, or a cell of a sequence: its settings, and the runs and the source of it."""
    source = row.warm.source
    said = {
        "arm": row.arm,
        "n": row.n,
        "k": row.k,
        "cold": row.cold.id,
        "warm": row.warm.id,
        "source": source.id if source else None,
        "source_cold": row.source_cold.id if row.source_cold else None,
        "target": row.cold.target,
        "source_dataset": row.warm.trained_on,
        "model": row.cold.model,
        "learner": row.learner,
        "code": study.code_of([row]),
        "memory": "none" if row.is_recorded else _memory(study, row),
        "labels": row.cold.labels,
        "source_labels": source.labels if source else row.cold.labels,
        "before": [
            {"dataset": stage.dataset, "labels": stage.labels, "n": stage.n}
            for stage in chain(row.warm)[:-1]
        ],
    }
    if row.is_recorded:
        return said | {"recorded": row.warm.id}
    if row.cell is None or not isinstance(source, Stage):
        return said
    said |= {
        "sequence": source.sequence,
        "algorithm": source.algorithm,
        "heads": "multi" if source.several else "single",
        "tasks": len(source.tasks),
    }
    return said | vars(row.cell)


def _memory(study: Study, row: Row) -> str:
    """``source`` where a learner remembers M's examples."""
    entries = [study.learner(name) for name in names_of(row.learner)]
    return next((e["memory"] for e in entries if e.get("memory", "none") != "none"), "none")


def describe_run(run: Run | RecordedRun) -> dict[str, str]:
    """What a run is, in the words of the tables."""
    return {
        "start": run.start,
        "model": run.model,
        "learner": run.learner,
        "target": run.target,
        "labels": label_transforms.name(run.labels),
    }


def kept_heads(row: Row) -> dict[str, Any]:
    """What becomes of M's output layer when the stream is coded, and after each stage before."""
    between = [getattr(stage, "head", "keep") for stage in chain(row.warm)[1:]]
    return {"head": row.warm.head, "heads_between": between}
