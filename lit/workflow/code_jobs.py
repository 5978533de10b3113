"""Jobs that code streams: blocks, their merging, and decoding as a check; codes recorded
elsewhere."""

import functools
from collections.abc import Iterator, Sequence
from typing import Any

from lit.errors import InputError, nearest
from lit.files.provenance import as_stored
from lit.study.entities import Pretraining, RecordedRun, Run
from lit.study.sequences import Stage
from lit.workflow.data_jobs import DataJobs
from lit.workflow.job_code import job_code
from lit.workflow.shared import Job, Shared


class CodeJobs:
    """What the rules code_block, merge_blocks and decode_run ask, by a run's id."""

    def __init__(self, shared: Shared, data: DataJobs):
        self._study = shared.study
        self._paths = shared.paths
        self._groups = shared.groups
        self._shared = shared
        self._data = data
        # What the jobs of a run share is worked out once.
        self.spans = functools.cache(self._study.spans)
        self._start_of = functools.cache(lambda run: {b: a for a, b in self.spans(run)})
        self._of_run = functools.cache(self._find_of_run)
        self._coded_from = functools.cache(self._find_coded_from)

    def block_settings(self, run_id: str, group: str, start: int, stop: int) -> dict[str, Any]:
        return self._of_run(run_id) | {
            "seeds": self._groups[group],
            "blocks": [[*block] for block in self._study.schedule.blocks_of(start, stop)],
            "next_end": self._study.schedule.next_end(stop),
        }

    def _find_of_run(self, run_id: str) -> dict[str, Any]:
        """Settings that all blocks of a run have in common."""
        run = self._study.parts[run_id]
        stage = run.source if isinstance(run.source, Stage) and run.source.several else None
        return as_stored(
            {
                "run": run_id,
                "source": run.source.id if run.source else None,
                "position": stage.place_of(run.target, run.labels) if stage else None,
                "datasets": self._datasets(run),
                "model": self._shared.model(run.model),
                "labels": run.labels,
                "learner": self._shared.learner(run.learner),
                "side": run.side,
                "head": run.head,
            }
        )

    def block_inputs(self, run_id: str, group: str, start: int) -> dict[str, str | list[str]]:
        """One function for all roles: to call it takes Snakemake longer than to answer."""
        before = []  # the block that a chain's job goes on from
        if start and self._study.is_chain(run_id):
            before = [self._paths.block(run_id, group, self._start_of(run_id)[start], start)]
        return self._coded_from(run_id, group) | {"before": before}

    def _find_coded_from(self, run_id: str, group: str) -> dict[str, str | list[str]]:
        """Files that a seed group of a run is coded from, by role."""
        run = self._study.parts[run_id]
        source = run.source
        remembers = source is not None and self._study.remembers(run_id)
        return {
            "data": self._data.file(run.target),
            "source": [self._paths.source(source.id, group)] if source else [],
            "memory": [self._data.file(source.dataset)] if source and remembers else [],
        }

    def block_code(self, part_id: str) -> str:
        learner = self._study.learner(self._study.parts[part_id].learner)
        return job_code("code_block", {"learner": learner})

    def blocks(self, run_id: str, group: str | None = None) -> list[str]:
        """Block files of a run, learner by learner and group by group, or of one group."""
        groups = self._groups if group is None else [group]
        return [
            self._paths.block(part.id, g, *span)
            for part in self._study.runs[run_id].parts
            for g in groups
            for span in self.spans(part.id)
        ]

    def merge_settings(self, run_id: str) -> dict[str, Any]:
        """Which files belong together."""
        run = self._study.coded[run_id]
        shown_in = self._data.shown_in
        own = shown_in(run.target)
        return {
            "run": run_id,
            "sources": [
                {"id": at.id, "dataset": at.dataset, "own": shown_in(at.dataset) == own}
                for at in chain(run)
            ],
            "datasets": self._datasets(run),
            "groups": list(self._groups.values()),
            "parts": self._parts(run_id),
        }

    def _parts(self, run_id: str) -> list[dict[str, Any]]:
        """Of each learner what :func:`lit.workflow.read_blocks.read_blocks` is given."""
        return [
            {
                "learner": part.learner,
                "run": part.id,
                "k": self._study.lengths[part.id],
                "files": len(self.spans(part.id)),
            }
            for part in self._study.runs[run_id].parts
        ]

    def merge_inputs(self, run_id: str) -> dict[str, list[str]]:
        """Among these, ``sources`` are all that M was trained on."""
        run = self._study.coded[run_id]
        source = self._paths.source
        return {
            "blocks": self.blocks(run_id),
            "sources": [source(stage.id, group) for stage in chain(run) for group in self._groups],
            "data": [self._data.file(name) for name in self._datasets(run)],
        }

    def recorded_settings(self, run_id: str) -> dict[str, Any]:
        """Settings of read_recording; its file or folder is known by its content."""
        run, k = self._study.recorded[run_id], self._study.lengths[run_id]
        return as_stored(
            {
                "run": run_id,
                "recorded": run.run,
                "start": run.start,
                "classes": run.classes,
                "k": k,
                "seeds": self._study.seeds,
                "blocks": [[*block] for block in self._study.schedule.blocks_of(0, k)],
                "content": self._shared.content(run.path),
            }
        )

    def files(self) -> list[str]:
        return [self._paths.codelengths(run) for run in self._study.runs]

    def _datasets(self, run: Run) -> list[str]:
        """The target, and what M was trained on where it is another."""
        return list(dict.fromkeys([run.target, *(stage.dataset for stage in chain(run))]))

    def jobs(self, run_id: str) -> Iterator[Job]:
        for group in self._groups:
            for start, stop in self.spans(run_id):
                name = f"{run_id}/seeds-{group}/{start}-{stop}"
                yield "code_block", name, self._paths.block(run_id, group, start, stop)

    def decode_settings(self, run_id: str, group: str) -> dict[str, Any]:
        """Settings of decode_run: by learner those of a block that is the whole stream."""
        k = self._study.lengths[run_id]
        parts = self._study.runs[run_id].parts
        return {
            "run": run_id,
            "code": self._study.code,
            "seeds": self._groups[group],
            "blocks": [[*block] for block in self._study.schedule.blocks_of(0, k)],
            "parts": self._parts(run_id),
            "coders": {p.learner: self.block_settings(p.id, group, 0, k) for p in parts},
        }

    def decode_code(self, run_id: str, group: str) -> str:
        return job_code("decode_run", self.decode_settings(run_id, group))

    def decode_inputs(self, run_id: str, group: str) -> dict[str, str | list[str]]:
        parts = [self._coded_from(part.id, group) for part in self._study.runs[run_id].parts]
        memory = next((part["memory"] for part in parts if part["memory"]), [])
        return {**parts[0], "memory": memory, "codes": self.blocks(run_id, group)}

    def decoded_runs(self, decode: bool | str) -> list[str]:
        """Runs that audit decodes: none, one by its id, or all.

        Raises:
            InputError: a run that the study does not have.
        """
        if decode is True or decode == "true":
            return list(self._study.coded)
        # In its jobs, Snakemake makes a text of "decode=" without a value.
        if not decode or decode in ("false", "None"):
            return []
        if not isinstance(decode, str) or decode not in self._study.coded:
            known = nearest(str(decode), self._study.coded)
            raise InputError(f"decode: no run is named {decode!r}; {known}")
        return [decode]


def chain(run: Run | RecordedRun) -> Sequence[Pretraining | Stage]:
    """What a run's M was trained on, stage by stage; nothing for theta0, or where it is not at
    hand."""
    return [] if run.source is None else run.source.chain()
