"""What the rules ask of a study, as text for Snakemake's rerun triggers.

A job's settings are one canonical JSON text, so that the order of keys in the YAML does not matter
and a changed value reruns exactly the jobs that use it.
"""

import dataclasses
import functools
import json
from collections.abc import Callable, Iterable
from typing import Any

from lit.files.provenance import as_text
from lit.study.entities import Study
from lit.workflow.expected_files import audit_settings, expected_file, expected_files
from lit.workflow.job_code import our_files
from lit.workflow.preflight_settings import preflight_settings
from lit.workflow.refuse_stale import mark
from lit.workflow.study_jobs import StudyJobs


def _texts(settings: Callable[..., Any]) -> Callable[..., str]:
    """Settings as texts, each kept: a large study asks for them tens of thousands of times."""
    return functools.cache(lambda *job: as_text(settings(*job)))


class Plan(StudyJobs):
    """The jobs of a study, with their settings as text: only here are mappings written."""

    def __init__(self, study: Study, trusted: bool = True):
        super().__init__(study, trusted)
        self.data_settings = _texts(self.data.settings)
        self.source_settings = _texts(self.sources.settings)
        self.block_settings = _texts(self.codes.block_settings)
        self.merge_settings = _texts(self.codes.merge_settings)
        self.recorded_settings = _texts(self.codes.recorded_settings)
        self.decode_settings = _texts(self.codes.decode_settings)
        self.table_settings = _texts(self.results.table_settings)
        self.analysis_settings = _texts(self.results.analysis_settings)
        self.figure_settings = _texts(self.results.figure_settings)
        self.report_settings = _texts(lambda: study.config)
        self.check_settings = _texts(lambda: preflight_settings(self))
        self._mark = functools.cache(self._find_mark)

    def planned_code(self) -> str:
        """For the environment of jobs: what our files are as the digests of code are worked out.

        These are kept: an edit from now on is in none of them, see
        :func:`lit.workflow.job_code.check_code`.
        """
        files = json.dumps(our_files())
        for name in self.data.used():
            self.data.code(name)
        for source in self.study.sources:
            self.sources.code(source)
        for part in self.study.parts:
            self.codes.block_code(part)
        for run in self.study.coded:
            self.codes.decode_code(run, next(iter(self.groups)))
        for name in self.results.analyses:
            self.results.analysis_code(name)
        for name in self.results.figures:
            self.results.figure_code(name)
        return files

    def _find_mark(self, path: str) -> str | None:
        """What has to have made a file, in a word; None of what is no result file of the study."""
        file = expected_file(self, path)
        return mark(vars(file)) if file else None

    def made(self, paths: Iterable[str]) -> str:
        """What has to have made each of a job's input files; null of those that do not say."""
        return json.dumps([self._mark(str(path)) for path in paths])

    def expected(self, decode: Iterable[str] = ()) -> str:
        """Settings of audit and publish, users' files compared by content; runs to be decoded."""
        jobs = Plan(self.study, trusted=False) if self.trusted else self
        return as_text(audit_settings(jobs, decode))

    def forecast_settings(self) -> str:
        """Settings of plan: every job that takes long, with what has to have made its file and the
        files that this is made from; the schedule; the kinds of learners."""
        computing = list(self.computing())
        files = expected_files(self, (path for _, _, path in computing))
        jobs = [
            (*job, mark(vars(file)), file.inputs)
            for job, file in zip(computing, files, strict=True)
        ]
        used = {part.learner for part in self.study.parts.values()}
        return as_text(
            {
                "jobs": jobs,
                "schedule": dataclasses.asdict(self.study.schedule),
                "learners": {name: self.study.learner(name)["kind"] for name in used},
            }
        )

    def records(self) -> str:
        """For the report and publish, see :meth:`timed`."""
        return as_text(self.timed())
