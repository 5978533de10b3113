"""What the rules ask of a study: each job's inputs and settings, as scalars for Snakemake's rerun triggers.

A job's settings are one canonical JSON text, so that the order of keys in the YAML does not matter and a
changed value reruns exactly the jobs that use it.
"""

import dataclasses
import functools
import itertools
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from lit.coding.learners import module_name
from lit.data.loaders import module_name as loader_module
from lit.errors import InputError, nearest
from lit.files import contents, user_code
from lit.files.provenance import code_digest
from lit.study import label_transforms
from lit.study.entities import Pretraining, Row, Run, Study, taken_from
from lit.study.kinds import EXISTS, FIGURES, ON_ONE_STREAM, SHOWN, TABLES, TIMED
from lit.study.paths import Paths, group_name
from lit.study.sequences import Stage
from lit.workflow import stored


class Plan:
    """Paths and settings of every job of a study.

    Args:
        study: The study.
        trusted: Whether users' files whose size, times and inode are as before are taken to hold what they held.
    """

    def __init__(self, study: Study, trusted: bool = True):
        self.study, self.paths, self.trusted = study, Paths(study.name), trusted
        self.groups = {group_name(group): group for group in study.groups}
        # What many jobs share is worked out once: a large study asks for it tens of thousands of times.
        self._model, self._spans = functools.cache(self._find_model), functools.cache(study.spans)
        self._content = functools.cache(functools.partial(contents.digest, trusted=trusted))
        self._code_of = functools.cache(user_code.digest)
        self._mark = functools.cache(lambda path: stored.mark(self, path))
        self.block_settings = functools.cache(
            self._find_block_settings
        )  # of a block, and for what reads it
        self._start_of = functools.cache(
            lambda run: {stop: start for start, stop in self._spans(run)}
        )

    # data -------------------------------------------------------------------------------------

    def data(self, name: str) -> str:
        """The file that holds a data set: prepared, a view, or extracted."""
        kind = self.study.datasets[name]["kind"]
        return {"features": self.paths.features, "view": self.paths.view}.get(
            kind, self.paths.dataset
        )(name)

    def _source_rule(self, source: str) -> str:
        """The rule that makes a source's file."""
        return "train_task" if isinstance(self.study.sources[source], Stage) else "train_source"

    def data_code(self, name: str) -> str:
        """Code digest of the rule that makes a data set's file; of a file that is read, for its kind's loader."""
        rule = self._data_rule(name)
        return code_digest(
            rule,
            *(
                [loader_module(self.study.datasets[name]["kind"])]
                if rule == "prepare_dataset"
                else []
            ),
        )

    def _data_rule(self, name: str) -> str:
        """The rule that makes a data set's file."""
        kinds = {"features": "extract_features", "view": "view_dataset"}
        return kinds.get(self.study.datasets[name]["kind"], "prepare_dataset")

    def dataset_settings(self, name: str) -> str:
        """Settings of prepare_dataset and view_dataset; where the data come from a user's file, with its content's digest."""
        spec = dict(self.study.datasets[name])
        spec.pop("root", None)  # where the same files lie does not matter
        there = EXISTS[spec["kind"]](spec["path"]) if spec["kind"] in EXISTS else False
        content = self._content(spec["path"]) if there else None
        return _text(dataset=name, spec=spec, content=content)

    def feature_settings(self, name: str) -> str:
        """Settings of extract_features."""
        spec = self.study.datasets[name]
        model, seed = self._model(spec["model"]), self.study.seeds[0]
        return _text(dataset=name, of=spec["of"], model=model, seed=seed, taken=taken_from(spec))

    def check_settings(self) -> str:
        """What lit.workflow.preflight is given: every data set with the models and sizes that meet in it."""
        specs = self.study.datasets
        used = self.used()
        models = [name for _, name in self.study.pairs()]
        models += [specs[name]["model"] for name in used if "model" in specs[name]]
        return _text(
            datasets={name: specs[name] for name in used},
            contents={name: self.dataset_settings(name) for name in used},
            models={name: self._model(name) for name in models},
            rows=[self._row(row) | self._heads(row) for row in self.study.rows],
            seed=self.study.seeds[0],
            batch=self._smallest_batch(),
            seeds=self.study.seeds,
            together={
                name: [
                    {"arm": row.arm, "target": row.cold.target, "labels": row.cold.labels}
                    for row in self.study.analysed(name)
                ]
                for name, entry in self.analyses.items()
                if entry["kind"] in ON_ONE_STREAM
            },
            algorithms={
                s.algorithm: self._algorithm(s)
                for s in self.study.sources.values()
                if isinstance(s, Stage)
            },
            analyses={
                name: {"options": entry, "rows": self._places(name)}
                for name, entry in self.analyses.items()
            },
            moved=self._moved(),
        )

    def _places(self, analysis: str) -> list[int]:
        """Places of an analysis' rows among all."""
        places = {id(row): place for place, row in enumerate(self.study.rows)}
        return [places[id(row)] for row in self.study.analysed(analysis)]

    def _moved(self) -> list[dict[str, Any]]:
        """Which data sets' training inputs are moved or mirrored, by how many pixels, and by which part of the config."""
        study, training = self.study, self.study.config.get("training", {})
        uses = [
            (f"learners.{run.learner}", study.learner(run.learner), run.target)
            for run in study.runs.values()
        ]
        trained = [
            s
            for s in study.sources.values()
            if isinstance(s, Pretraining) and s.n and s.stop != "memorise"
        ]
        uses += [("training", training, source.dataset) for source in trained]
        moved = {
            (by, name, entry.get("shift", 0), entry.get("mirror", False))
            for by, entry, name in uses
        }
        keys = ("by", "dataset", "shift", "mirror")
        return [dict(zip(keys, use, strict=True)) for use in sorted(moved) if use[2] or use[3]]

    def _smallest_batch(self) -> int:
        """Examples in the study's smallest minibatch, where that is below the defaults."""
        config = self.study.config
        options = [
            config.get("training", {}),
            *config.get("learners", {}).values(),
            *config.get("algorithms", {}).values(),
        ]
        return min(entry.get("batch", 32) for entry in options)

    # sources and blocks -----------------------------------------------------------------------

    def source_settings(self, source_id: str, group: str) -> str:
        """Settings of train_source, or of train_task."""
        source = self.study.sources[source_id]
        if isinstance(source, Stage):
            return self._stage_settings(source, group)
        return _text(
            source=source_id,
            dataset=source.dataset,
            model=self._model(source.model),
            labels=source.labels,
            n=source.n,
            stop=source.stop,
            before=source.before.id if source.before else None,
            seeds=self.groups[group],
            training=self.study.config.get("training", {}),
            **({} if source.head == "keep" else {"head": source.head}),
        )

    def _stage_settings(self, stage: Stage, group: str) -> str:
        return _text(
            source=stage.id,
            tasks=[
                vars(task) | {"train": train}
                for task, train in zip(stage.needed(), stage.trained_on(), strict=True)
            ],
            position=stage.position,
            several=stage.several,
            model=self._model(stage.model),
            algorithm=self._algorithm(stage),
            before=stage.before.id if stage.before else None,
            seeds=self.groups[group],
        )

    def source_data(self, source_id: str) -> list[str]:
        """Data files of a source; of a sequence those of all tasks that are trained on, or whose classes count, in order."""
        source = self.study.sources[source_id]
        if not isinstance(source, Stage):
            return [self.data(source.dataset)]
        needed = zip(source.needed(), source.trained_on(), strict=True)
        return [self.data(task.dataset) for task, train in needed if train or source.several]

    def source_code(self, source_id: str) -> str:
        """Code digest of train_source, or of train_task for a stage's algorithm."""
        source = self.study.sources[source_id]
        if not isinstance(source, Stage):
            return code_digest("train_source")
        kind = self.study.algorithm(source.algorithm)["kind"]
        return code_digest(
            "train_task", *([] if kind == "python" else [f"lit.continual.algorithms.{kind}"])
        )

    def _algorithm(self, stage: Stage) -> dict[str, Any]:
        """An algorithm's entry, with the digest of what a user's factory brings from outside."""
        spec = self.study.algorithm(stage.algorithm)
        if spec["kind"] != "python":
            return spec
        return spec | {
            "factory_digest": self._code_of(spec["factory"], f"algorithms.{stage.algorithm}")
        }

    def _find_block_settings(self, run_id: str, group: str, start: int, stop: int) -> str:
        """Settings of code_block."""
        run = self.study.runs[run_id]
        stage = run.source if isinstance(run.source, Stage) and run.source.several else None
        return _text(
            run=run_id,
            source=run.source.id if run.source else None,
            position=stage.place_of(run.target, run.labels) if stage else None,
            datasets=self._datasets(run),
            model=self._model(run.model),
            labels=run.labels,
            learner=self.study.learner(run.learner),
            side=run.side,
            head=run.head,
            seeds=self.groups[group],
            blocks=self.study.schedule.blocks_of(start, stop),
            next_end=self.study.schedule.next_end(stop),
        )

    def source_of(self, run_id: str, group: str) -> list[str]:
        """Source file of a run, none for theta0."""
        source = self.study.runs[run_id].source
        return [] if source is None else [self.paths.source(source.id, group)]

    def source_before(self, source_id: str, group: str) -> list[str]:
        """The source file that a source's training goes on from."""
        before = self.study.sources[source_id].before
        return [] if before is None else [self.paths.source(before.id, group)]

    def chain_of(self, run_id: str) -> list[str]:
        """Source files of all that a run's M was trained on, stage by stage and group by group; none for theta0."""
        return [
            self.paths.source(stage.id, group)
            for stage in _chain(self.study.runs[run_id])
            for group in self.groups
        ]

    def memory_of(self, run_id: str) -> list[str]:
        """The data file of M's own examples, where a run's learner remembers them."""
        source = self.study.runs[run_id].source
        return (
            [self.data(source.dataset)]
            if source is not None and self.study.remembers(run_id)
            else []
        )

    def block_before(self, run_id: str, group: str, start: int) -> list[str]:
        """The block file that a chain's job goes on from."""
        if start == 0 or not self.study.is_chain(run_id):
            return []
        return [self.paths.block(run_id, group, self._start_of(run_id)[start], start)]

    def block_inputs(self, run_id: str, group: str, start: int) -> dict[str, str | list[str]]:
        """Input files of code_block by name: one function, since Snakemake takes longer over calling than it over answering."""
        return {
            "data": self.data(self.study.runs[run_id].target),
            "source": self.source_of(run_id, group),
            "memory": self.memory_of(run_id),
            "before": self.block_before(run_id, group, start),
        }

    def run_data(self, run_id: str) -> list[str]:
        """Data files of a run: the target's, and those that M was trained on where they are others."""
        return [self.data(name) for name in self._datasets(self.study.runs[run_id])]

    def _datasets(self, run: Run) -> list[str]:
        return list(dict.fromkeys([run.target, *(stage.dataset for stage in _chain(run))]))

    def _origin(self, name: str) -> str:
        """The data set whose examples a data set shows: another's for a view or features, else its own."""
        return self.study.datasets[name].get("of", name)

    def blocks(self, run_id: str) -> list[str]:
        """Block files of a run, group by group."""
        return [block for group in self.groups for block in self.all_blocks(run_id, group)]

    def all_blocks(self, run_id: str, group: str) -> list[str]:
        """Block files of one seed group of a run."""
        return [self.paths.block(run_id, group, *span) for span in self._spans(run_id)]

    def decode_settings(self, run_id: str, group: str) -> str:
        """Settings of decode_run: those of a block that is the whole stream."""
        return self.block_settings(run_id, group, 0, self.study.lengths[run_id])

    def decoded_runs(self, decode: bool | str) -> list[str]:
        """Runs that audit decodes: none, one by its id, or all.

        Raises:
            InputError: a run that the study does not have.
        """
        if decode is True or decode == "true":
            return list(self.study.runs)
        if not decode or decode in (
            "false",
            "None",
        ):  # what Snakemake makes of "decode=", in its jobs a text
            return []
        if not isinstance(decode, str) or decode not in self.study.runs:
            raise InputError(
                f"decode: no run is named {decode!r}; {nearest(str(decode), self.study.runs)}"
            )
        return [decode]

    def merge_settings(self, run_id: str) -> str:
        """Settings of merge_blocks: which files belong together."""
        run = self.study.runs[run_id]
        return _text(
            run=run_id,
            sources=[
                {
                    "id": stage.id,
                    "dataset": stage.dataset,
                    "own": self._origin(stage.dataset) == self._origin(run.target),
                }
                for stage in _chain(run)
            ],
            datasets=self._datasets(run),
            groups=list(self.groups.values()),
            k=self.study.lengths[run_id],
        )

    def learner_module(self, run_id: str) -> str:
        """Module of a run's learner."""
        return module_name(self.study.learner(self.study.runs[run_id].learner)["kind"])

    def block_code(self, run_id: str) -> str:
        """Code digest of code_block for a run's learner."""
        return code_digest("code_block", self.learner_module(run_id))

    # what made files --------------------------------------------------------------------------

    def made(self, paths: Iterable[str]) -> str:
        """For a job: what has to have made each of its input files; null of those that do not say, such as tables."""
        return json.dumps([self._mark(str(path)) for path in paths])

    def result_files(self, paths: Iterable[str]) -> Iterator[stored.Stored]:
        """Result files by path, each with what it has to be made with and from."""
        return (file for path in paths if (file := stored.describe(self, path)))

    # audit ------------------------------------------------------------------------------------

    def expected(self, decode: Iterable[str] = ()) -> str:
        """For audit and publish: every file that the study asks for, and what it is made from, users' files by their content.

        Runs in ``decode`` are to be decoded.
        """
        if self.trusted:
            return Plan(self.study, trusted=False).expected(decode)
        proofs = []
        for run in self.study.runs:
            for group in self.groups:
                path, code = (self.paths.decoded(run, group, suffix) for suffix in ("json", "code"))
                inputs = stored.coded_from(self, run, group) | {
                    "codes": self.all_blocks(run, group)
                }
                proofs.append(
                    {
                        "path": path,
                        "code_file": code,
                        "inputs": inputs,
                        "wanted": run in set(decode),
                    }
                )
        return _text(
            root=self.paths.root,
            published=self.paths.published(),
            checked=self.paths.checked(),
            origin=self.paths.origin(),
            files=[vars(file) for file in self.result_files(stored.all_paths(self))],
            derived=self.derived(),
            made_from={
                "codes": [self.paths.codelengths(run) for run in self.study.runs],
                "sources": [
                    self.paths.source(source, group)
                    for source in self.study.sources
                    for group in self.groups
                ],
                "data": self.all_data(),
            },
            analyses={
                name: {
                    "settings": json.loads(self.analysis_settings(name)),
                    "made_from": self.analysis_inputs(name),
                }
                for name in self.analyses
            },
            proofs=proofs,
            tables=json.loads(self.table_settings()),
            config=self.study.config,
        )

    def used(self) -> list[str]:
        """Names of the data sets that a study uses, those that features and views are made from among them."""
        used = list(dict.fromkeys(name for name, _ in self.study.pairs()))
        specs = self.study.datasets
        return list(
            dict.fromkeys([*used, *(specs[name]["of"] for name in used if "of" in specs[name])])
        )

    def all_data(self) -> list[str]:
        """The files of all data sets."""
        return [self.data(name) for name in self.used()]

    def derived(self) -> list[str]:
        """Everything that is made from code lengths: tables, LaTeX, figures, report."""
        figures = [
            self.paths.figure(name, suffix) for name in self.figures for suffix in ("pdf", "png")
        ]
        tables = [self.paths.table(name) for name in self.tables]
        return [*tables, self.paths.tex("information_transfer"), *figures, self.paths.report()]

    # forecast ---------------------------------------------------------------------------------

    def forecast_settings(self) -> str:
        """For plan: every job that computes, as rule, name and result file; the schedule; the kinds of learners."""
        used = {run.learner for run in self.study.runs.values()}
        schedule = dataclasses.asdict(self.study.schedule)
        return _text(
            jobs=list(self._computing()),
            schedule=schedule,
            learners={name: self.study.learner(name)["kind"] for name in used},
        )

    def records(self) -> str:
        """For publish: Snakemake's benchmark files of the jobs that compute, by rule; of jobs of an earlier config, none."""
        files: dict[str, list[str]] = {}
        for rule, name, _ in self._computing():
            files.setdefault(rule, []).append(self.paths.benchmark(rule, name))
        return _text(**files)

    def _computing(self) -> Iterator[tuple[str, str, str]]:
        for name in self.used():
            yield self._data_rule(name), name, self.data(name)
        for source, group in itertools.product(self.study.sources, self.groups):
            yield (
                self._source_rule(source),
                f"{source}/seeds-{group}",
                self.paths.source(source, group),
            )
        for run, group in itertools.product(self.study.runs, self.groups):
            for start, stop in self._spans(run):
                yield (
                    "code_block",
                    f"{run}/seeds-{group}/{start}-{stop}",
                    self.paths.block(run, group, start, stop),
                )

    # measures ---------------------------------------------------------------------------------

    @property
    def analyses(self) -> Mapping[str, Mapping[str, Any]]:
        """The study's analyses, in the order of their names: in whichever a config has them, the report is the same."""
        return dict(sorted(self.study.config.get("analyses", {}).items()))

    @property
    def tables(self) -> list[str]:
        return [*TABLES, *self.analyses]

    @property
    def figures(self) -> list[str]:
        """Every study's figures, but none of K(M_n) where it is not measured, and one for each analysis."""
        unknown = (
            [] if any(row.source_cold for row in self.study.rows) else ["memorised_information"]
        )
        return [*(name for name in FIGURES if name not in unknown), *self.analyses]

    def analysis_inputs(self, name: str) -> dict[str, list[str]]:
        """Input files of analyse by name: codes, sources, and data whose inputs it shows."""
        settings = json.loads(self.analysis_settings(name))
        return {
            "codes": [self.paths.codelengths(run) for run in settings["codes"]],
            "sources": [
                self.paths.source(source, group)
                for source in settings["sources"]
                for group in self.groups
            ],
            "data": [self.data(target) for target in settings["shown"]],
        }

    def analysis_settings(self, name: str) -> str:
        """Settings of analyse: its options, its rows, and the runs and sources in its files."""
        rows, entry = self.study.analysed(name), self.analyses[name]
        runs = [
            run for row in rows for run in (row.cold, row.warm, row.source_cold) if run is not None
        ]
        targets, specs = list(dict.fromkeys(row.cold.target for row in rows)), self.study.datasets
        models = {row.cold.model for row in rows} | {
            specs[target]["model"] for target in targets if "model" in specs[target]
        }
        return _text(
            analysis=name,
            options=entry,
            rows=[self._row(row) for row in rows],
            codes=list(dict.fromkeys(run.id for run in runs)),
            sources=list(dict.fromkeys(row.warm.source.id for row in rows if row.warm.source)),
            datasets={target: specs[target] for target in targets},
            models={name: self._model(name) for name in models},
            shown=targets if entry["kind"] in SHOWN else [],
            records=self._records_of(rows) if entry["kind"] in TIMED else {},
        )

    def _records_of(self, rows: Iterable[Row]) -> dict[str, list[str]]:
        """Snakemake's benchmark files behind each target, each run and each state of a sequence of some rows."""
        found = {
            row.cold.target: [
                self.paths.benchmark(self._data_rule(row.cold.target), row.cold.target)
            ]
            for row in rows
        }
        for run, group in itertools.product(
            {run.id: run for row in rows for run in (row.cold, row.warm)}, self.groups
        ):
            spans = self._spans(run)
            found.setdefault(run, []).extend(
                self.paths.benchmark("code_block", f"{run}/seeds-{group}/{start}-{stop}")
                for start, stop in spans
            )
        stages = {row.warm.source.id for row in rows if isinstance(row.warm.source, Stage)}
        for stage, group in itertools.product(sorted(stages), self.groups):
            found.setdefault(stage, []).append(
                self.paths.benchmark("train_task", f"{stage}/seeds-{group}")
            )
        return found

    def analysis_code(self, name: str) -> str:
        """Code digest of analyse for an analysis."""
        return code_digest("analyse", f"lit.analyses.{self.analyses[name]['kind']}")

    def figure_settings(self, name: str) -> str:
        """Settings of plot_figure: which module draws a figure."""
        entry = {"kind": name} if name in FIGURES else self.analyses[name]
        return _text(**{key: entry[key] for key in ("kind", "factory") if key in entry})

    def figure_code(self, name: str) -> str:
        """Code digest of plot_figure for a figure."""
        kind = name if name in FIGURES else self.analyses[name]["kind"]
        return code_digest("plot_figure", f"lit.figures.{kind}")

    def report_code(self) -> str:
        """Code digest of write_report, which has every analysis describe its table."""
        kinds = {entry["kind"] for entry in self.analyses.values()}
        return code_digest(
            "write_report",
            "lit/report/templates/report.html",
            *(f"lit.analyses.{kind}" for kind in sorted(kinds)),
        )

    def table_settings(self) -> str:
        """Settings of measure_transfer: the rows of the main table, and what the runs and sources in its files are."""
        study = self.study
        return _text(
            study=study.name,
            rows=[self._row(row) for row in study.rows],
            codes=list(study.runs),
            sources=list(study.sources),
            runs={run.id: self._run(run) for run in study.runs.values()},
        )

    def _run(self, run: Run) -> dict[str, str]:
        start = "theta0" if run.source is None else run.source.id
        return {
            "start": start,
            "model": run.model,
            "learner": run.learner,
            "target": run.target,
            "labels": label_transforms.name(run.labels),
        }

    def report_settings(self) -> str:
        """Settings of write_report and publish: the whole config."""
        return json.dumps(self.study.config, sort_keys=True)

    def _row(self, row: Row) -> dict[str, Any]:
        source = row.warm.source
        return {
            "arm": row.arm,
            "n": row.n,
            "k": row.k,
            "cold": row.cold.id,
            "warm": row.warm.id,
            "source": source.id if source else None,
            "source_cold": row.source_cold.id if row.source_cold else None,
            "target": row.cold.target,
            "source_dataset": source.dataset if source else row.cold.target,
            "model": row.cold.model,
            "learner": row.learner,
            "memory": self.study.learner(row.learner).get("memory", "none"),
            "labels": row.cold.labels,
            "source_labels": source.labels if source else row.cold.labels,
            "before": [
                {"dataset": stage.dataset, "labels": stage.labels, "n": stage.n}
                for stage in _chain(row.warm)[:-1]
            ],
        } | _cell(row)

    def _heads(self, row: Row) -> dict[str, Any]:
        """For the check: what becomes of M's output layer when the stream is coded, and after each stage of its training."""
        if row.warm.source is None or isinstance(row.warm.source, Stage):
            return {"head": row.warm.head, "heads_between": []}
        return {
            "head": row.warm.head,
            "heads_between": [source.head for source in row.warm.source.chain()[1:]],
        }

    def _find_model(self, name: str) -> dict[str, Any]:
        """A model's entry, with digests of what it brings from outside: weights, or a factory's code."""
        spec = dict(self.study.config["models"][name])
        if spec.get("weights") not in (None, "DEFAULT") and os.path.isfile(spec["weights"]):
            spec["weights_digest"] = self._content(spec["weights"])
        if spec["kind"] == "python":
            spec["factory_digest"] = self._code_of(spec["factory"], f"models.{name}")
        return spec


def _cell(row: Row) -> dict[str, Any]:
    """What a row of a sequence has besides."""
    stage = row.warm.source
    if row.cell is None or not isinstance(stage, Stage):
        return {}
    return {
        "sequence": stage.sequence,
        "algorithm": stage.algorithm,
        "heads": "multi" if stage.several else "single",
        "tasks": len(stage.tasks),
    } | vars(row.cell)


def _chain(run: Run) -> Sequence[Pretraining | Stage]:
    """What a run's M was trained on, stage by stage; nothing for theta0."""
    return [] if run.source is None else run.source.chain()


def _text(**settings: Any) -> str:
    return json.dumps(settings, sort_keys=True)
