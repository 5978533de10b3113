"""Every job of a study, by what it makes.

``*settings`` are what a job's file and record say that it was made with, ``*code`` is the digest of
its code, and ``*inputs`` are the files that it reads, by role.
"""

from collections.abc import Iterator

from lit.study.entities import Study
from lit.workflow.code_jobs import CodeJobs
from lit.workflow.data_jobs import DataJobs
from lit.workflow.result_jobs import ResultJobs
from lit.workflow.shared import Job, Shared
from lit.workflow.source_jobs import SourceJobs


class StudyJobs:
    """The jobs of a study.

    Args:
        study: The study.
        trusted: Whether users' files whose size, times and inode are as before count as unchanged.

    Attributes:
        groups: Seed groups by the name that they have in paths.
        data, sources, codes, results: Jobs by what they make.
    """

    def __init__(self, study: Study, trusted: bool = True):
        self.study = study
        self.trusted = trusted
        self.shared = Shared(study, trusted)
        self.paths = self.shared.paths
        self.groups = self.shared.groups
        self.data = DataJobs(self.shared)
        self.sources = SourceJobs(self.shared, self.data)
        self.codes = CodeJobs(self.shared, self.data)
        self.results = ResultJobs(self.shared, self.data, self.sources, self.codes)

    def computing(self) -> Iterator[Job]:
        """Every job that takes long: data, sources, blocks."""
        for name in self.data.used():
            yield from self.data.jobs(name)
        for source in self.study.sources:
            yield from self.sources.jobs(source)
        for run in self.study.parts:
            yield from self.codes.jobs(run)

    def timed(self) -> dict[str, list[str]]:
        """Records of the jobs that take long, by rule."""
        files: dict[str, list[str]] = {}
        for rule, name, _ in self.computing():
            files.setdefault(rule, []).append(self.paths.times(rule, name))
        return files
