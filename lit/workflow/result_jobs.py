"""Jobs that make tables, figures and the report of code lengths."""

import functools
from collections.abc import Mapping
from typing import Any

from lit.study.entities import Row
from lit.study.kinds import Analysis, kind_of
from lit.study.outputs import FIGURES, TABLES
from lit.study.sequences import Stage
from lit.workflow.code_jobs import CodeJobs
from lit.workflow.data_jobs import DataJobs
from lit.workflow.job_code import job_code
from lit.workflow.rows import describe_row, describe_run
from lit.workflow.shared import Shared
from lit.workflow.source_jobs import SourceJobs


class ResultJobs:
    """What the rules of tables, analyses, figures and the report ask."""

    def __init__(self, shared: Shared, data: DataJobs, sources: SourceJobs, codes: CodeJobs):
        self._study = shared.study
        self._paths = shared.paths
        self._shared = shared
        self._data = data
        self._sources = sources
        self._codes = codes

    @property
    def analyses(self) -> Mapping[str, Mapping[str, Any]]:
        """The study's analyses, in the order of their names, whichever a config has them in."""
        return dict(sorted(self._study.config.get("analyses", {}).items()))

    def entry(self, name: str) -> dict[str, Any]:
        """An analysis' entry; of ``kind: python`` with its code's digest."""
        return self._shared.with_code("analyses", name, self.analyses[name])

    @property
    def tables(self) -> list[str]:
        return [*TABLES, *self.analyses]

    @property
    def figures(self) -> list[str]:
        """Names of all figures: none of K(M_n) where it is not measured, and one an analysis."""
        measured = any(row.source_cold for row in self._study.rows)
        unknown = [] if measured else ["memorised_information"]
        return [*(name for name in FIGURES if name not in unknown), *self.analyses]

    @property
    def own_figures(self) -> list[str]:
        """Those of users' own analyses, which the report shows as they are; it draws the others."""
        return [name for name, entry in self.analyses.items() if entry["kind"] == "python"]

    def files(self) -> list[str]:
        """All that is made from code lengths: tables, LaTeX, figures, report."""
        paths = self._paths
        figures = [paths.figure(name, suffix) for name in self.figures for suffix in ("pdf", "png")]
        tables = [paths.table(name) for name in self.tables]
        tex = [paths.tex(name) for name in ("information_transfer", "numbers")]
        return [*tables, *tex, *figures, paths.report()]

    def table_settings(self) -> dict[str, Any]:
        """Rows of the main table, and what the runs in its files are."""
        study = self._study
        return {
            "study": study.name,
            "code": study.code,
            "rows": [describe_row(study, row) for row in study.rows],
            "codes": list(study.runs),
            "sources": list(study.sources),
            "runs": {run.id: describe_run(run) for run in study.runs.values()},
        }

    def table_inputs(self) -> dict[str, list[str]]:
        return {
            "codes": self._codes.files(),
            "sources": self._sources.all_files(),
            "data": self._data.files(),
        }

    def analysis_settings(self, name: str) -> dict[str, Any]:
        """An analysis' options, its rows, and the runs and sources in its files."""
        rows = self._study.analysed(name)
        own = [row for row in rows if not row.is_recorded]
        entry = self.entry(name)
        kind = kind_of(Analysis, entry)
        specs = self._study.datasets
        runs = [run for row in rows for run in (row.cold, row.warm, row.source_cold) if run]
        targets = list(dict.fromkeys(row.cold.target for row in rows))
        datasets = {target: specs.get(target, {"kind": "recorded"}) for target in targets}
        models = {row.cold.model for row in own}
        models |= {spec["model"] for spec in datasets.values() if "model" in spec}
        return {
            "analysis": name,
            "options": entry,
            "code": self._study.code_of(rows, entry.get("code")),
            "rows": [describe_row(self._study, row) for row in rows],
            "codes": list(dict.fromkeys(run.id for run in runs)),
            "sources": list(dict.fromkeys(row.warm.source.id for row in rows if row.warm.source)),
            "datasets": datasets,
            "models": {name: self._shared.model(name) for name in models},
            "shown": targets if kind.shows_examples else [],
            "records": self._records_of(own) if kind.timed else {},
        }

    def analysis_inputs(self, name: str) -> dict[str, list[str]]:
        """Codes, sources, and data whose inputs it shows."""
        settings = self.analysis_settings(name)
        return {
            "codes": [self._paths.codelengths(run) for run in settings["codes"]],
            "sources": [path for id in settings["sources"] for path in self._sources.files(id)],
            "data": [self._data.file(target) for target in settings["shown"]],
        }

    def analysis_code(self, name: str) -> str:
        return job_code("analyse", {"options": self.analyses[name]})

    def _records_of(self, rows: list[Row]) -> dict[str, list[str]]:
        """Records of the jobs behind each target, each run and each stage of some rows."""
        sources = {row.warm.source.id for row in rows if isinstance(row.warm.source, Stage)}
        wanted: list[tuple[DataJobs | CodeJobs | SourceJobs, set[str]]] = [
            (self._data, {row.cold.target for row in rows}),
            (self._codes, {run.id for row in rows for run in (row.cold, row.warm)}),
            (self._sources, sources),
        ]
        return {
            name: [self._paths.times(rule, job) for rule, job, _ in jobs.jobs(name)]
            for jobs, names in wanted
            for name in sorted(names)
        }

    def figure_settings(self, name: str) -> dict[str, Any]:
        """Which module draws a figure, and the models and targets that colours stand for."""
        entry = {"kind": name} if name in FIGURES else self.entry(name)
        module = {key: entry[key] for key in ("kind", "factory", "factory_digest") if key in entry}
        return module | {"subjects": self.subjects}

    @functools.cached_property
    def subjects(self) -> list[list[str]]:
        """Target and model of all arms, in the order of the study."""
        rows = self._study.rows
        return [list(pair) for pair in dict.fromkeys((r.cold.target, r.cold.model) for r in rows)]

    @property
    def drawn_here(self) -> list[str]:
        """Kinds of the study's analyses whose figures are ours, with captions of their own."""
        return sorted({entry["kind"] for entry in self.analyses.values()} - {"python"})

    def figure_code(self, name: str) -> str:
        return job_code("plot_figure", self.figure_settings(name))

    def report_code(self) -> str:
        return job_code("write_report", self._study.config)

    def own_code(self) -> list[str]:
        """Digests of the user's own analyses, which the report describes too."""
        entries = [self.entry(name) for name in self.analyses]
        return [entry["factory_digest"] for entry in entries if "factory_digest" in entry]
