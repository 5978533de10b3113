"""Jobs that train what streams are coded from: sources, and the stages of sequences."""

from collections.abc import Iterator
from typing import Any

from lit.files.provenance import as_stored
from lit.study.sequences import Stage
from lit.workflow.data_jobs import DataJobs
from lit.workflow.job_code import job_code
from lit.workflow.shared import Job, Shared


class SourceJobs:
    """What train_source asks, and train_task for a stage, by a source's id and a seed group."""

    def __init__(self, shared: Shared, data: DataJobs):
        self._study = shared.study
        self._paths = shared.paths
        self._groups = shared.groups
        self._shared = shared
        self._data = data

    def settings(self, source_id: str, group: str) -> dict[str, Any]:
        source = self._study.sources[source_id]
        settings: dict[str, Any] = {
            "source": source_id,
            "model": self._shared.model(source.model),
            "before": source.before.id if source.before else None,
            "seeds": self._groups[group],
        }
        if isinstance(source, Stage):
            settings |= {
                "tasks": [vars(task) | {"train": train} for task, train in source.needed()],
                "position": source.position,
                "several": source.several,
                "algorithm": self._shared.algorithm(source.algorithm),
            }
        else:
            settings |= {
                "dataset": source.dataset,
                "labels": source.labels,
                "n": source.n,
                "stop": source.stop,
                "training": self._study.config.get("training", {}),
            } | ({} if source.head == "keep" else {"head": source.head})
        return as_stored(settings)

    def inputs(self, source_id: str, group: str) -> dict[str, list[str]]:
        """Data, for a stage those of all tasks that it needs; the source that it goes on from."""
        source = self._study.sources[source_id]
        data = [source.dataset]
        if isinstance(source, Stage):
            needed = source.needed()
            data = [task.dataset for task, train in needed if train or source.several]
        before = [source.before.id] if source.before else []
        return {
            "data": [self._data.file(name) for name in data],
            "before": [self._paths.source(name, group) for name in before],
        }

    def code(self, source_id: str) -> str:
        source = self._study.sources[source_id]
        if not isinstance(source, Stage):
            return job_code("train_source", {})
        return job_code("train_task", {"algorithm": self._study.algorithm(source.algorithm)})

    def files(self, source_id: str) -> list[str]:
        return [self._paths.source(source_id, group) for group in self._groups]

    def all_files(self) -> list[str]:
        return [path for source in self._study.sources for path in self.files(source)]

    def jobs(self, source_id: str) -> Iterator[Job]:
        is_stage = isinstance(self._study.sources[source_id], Stage)
        for group, path in zip(self._groups, self.files(source_id), strict=True):
            yield "train_task" if is_stage else "train_source", f"{source_id}/seeds-{group}", path
