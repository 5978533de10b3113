"""Every job of a study, by what it makes. Answers are mappings, paths and digests of code."""

from collections.abc import Iterator

from lit.study.entities import Study
from lit.study.paths import Paths, group_name
from lit.workflow.brought import Brought
from lit.workflow.code_jobs import CodeJobs
from lit.workflow.data_jobs import DataJobs
from lit.workflow.result_jobs import ResultJobs
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
        self.paths = Paths(study.name)
        self.groups = {group_name(group): group for group in study.groups}
        self.brought = Brought(study, trusted)
        self.data = DataJobs(study, self.paths, self.brought)
        shared = (study, self.paths, self.groups, self.brought, self.data)
        self.sources = SourceJobs(*shared)
        self.codes = CodeJobs(*shared)
        self.results = ResultJobs(
            study, self.paths, self.brought, self.data, self.sources, self.codes
        )

    def computing(self) -> Iterator[tuple[str, str, str]]:
        """Rule, name and file of every job that takes long: data, sources, blocks."""
        for name in self.data.used():
            yield from self.data.jobs(name)
        for source in self.study.sources:
            yield from self.sources.jobs(source)
        for run in self.study.runs:
            yield from self.codes.jobs(run)
