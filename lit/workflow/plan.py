"""What the rules ask of a study, as text for Snakemake's rerun triggers.

A job's settings are one canonical JSON text, so that the order of keys in the YAML does not matter
and a changed value reruns exactly the jobs that use it.
"""

import dataclasses
import functools
import json
from collections.abc import Iterable

from lit.files.provenance import as_text
from lit.study.entities import Study
from lit.workflow.expected_files import audit_settings, expected_mark, made_from
from lit.workflow.job_code import our_files
from lit.workflow.preflight_settings import preflight_settings
from lit.workflow.study_jobs import StudyJobs


class Plan(StudyJobs):
    """The jobs of a study, with their settings as text: only here are mappings written."""

    def __init__(self, study: Study, trusted: bool = True):
        super().__init__(study, trusted)
        # Asked for tens of thousands of times by a large study.
        self._mark = functools.cache(lambda path: expected_mark(self, path))
        self.block_settings = functools.cache(self._block_settings)

    def data_settings(self, name: str) -> str:
        """Settings of prepare_dataset, view_dataset or extract_features."""
        return as_text(self.data.settings(name))

    def source_settings(self, source_id: str, group: str) -> str:
        """Settings of train_source, or of train_task for a stage."""
        return as_text(self.sources.settings(source_id, group))

    def _block_settings(self, run_id: str, group: str, start: int, stop: int) -> str:
        """Settings of code_block."""
        return as_text(self.codes.block_settings(run_id, group, start, stop))

    def merge_settings(self, run_id: str) -> str:
        """Settings of merge_blocks."""
        return as_text(self.codes.merge_settings(run_id))

    def decode_settings(self, run_id: str, group: str) -> str:
        """Settings of decode_run."""
        return as_text(self.codes.decode_settings(run_id, group))

    def table_settings(self) -> str:
        """Settings of measure_transfer."""
        return as_text(self.results.table_settings())

    def analysis_settings(self, name: str) -> str:
        """Settings of analyse."""
        return as_text(self.results.analysis_settings(name))

    def figure_settings(self, name: str) -> str:
        """Settings of plot_figure."""
        return as_text(self.results.figure_settings(name))

    def report_settings(self) -> str:
        """Settings of write_report and publish: the whole config."""
        return as_text(self.study.config)

    def check_settings(self) -> str:
        """Settings of lit.workflow.preflight."""
        return as_text(preflight_settings(self))

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
        for run in self.study.runs:
            self.codes.block_code(run)
            self.codes.block_code(run, "decode_run")
        for name in self.results.analyses:
            self.results.analysis_code(name)
        for name in self.results.figures:
            self.results.figure_code(name)
        return files

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
        jobs = [(*job, self._mark(job[2]), made_from(self, job[2])) for job in self.computing()]
        used = {run.learner for run in self.study.runs.values()}
        return as_text(
            {
                "jobs": jobs,
                "schedule": dataclasses.asdict(self.study.schedule),
                "learners": {name: self.study.learner(name)["kind"] for name in used},
            }
        )

    def records(self) -> str:
        """For publish: Snakemake's benchmark files of the jobs that take long, by rule."""
        files: dict[str, list[str]] = {}
        for rule, name, _ in self.computing():
            files.setdefault(rule, []).append(self.paths.benchmark(rule, name))
        return as_text(files)
