"""The report page, from tables. Every string is escaped."""

import base64
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from lit.analyses import get_analysis
from lit.files import provenance
from lit.report.analysis_charts import analysis_charts
from lit.report.answer import answer
from lit.report.charts import MEAN, Chart
from lit.report.code_lengths import codes_table, learners_table
from lit.report.controls import (
    explain_errors,
    explain_intervals,
    find_controls,
    find_data_warnings,
    find_warnings,
)
from lit.report.examples import find_examples
from lit.report.formats import format_bits, format_count, format_share
from lit.report.names import say_in, say_model, say_names
from lit.report.pages import get_template
from lit.report.rows import rows_to_show
from lit.report.scripts import as_data, chart_data, page_scripts, security_policy
from lit.report.study_charts import study_charts
from lit.report.tables import analysis_table, arms_table, as_file, column
from lit.report.titles import heading, question_of
from lit.report.two_arms import how_to_compare
from lit.report.versions import versions
from lit.study.codes import HEADLINE
from lit.study.label_transforms import SHUFFLED
from lit.tables.reading import outside_sequences, read_table

SHOWN_AT_ONCE = 24  # rows of an analysis' table that stands open


def make_report(
    paths: Mapping[str, Path],
    figures: Mapping[str, Path],
    config: Mapping[str, Any],
    times: pd.DataFrame | None = None,
    made_with: Mapping[str, str] | None = None,
) -> str:
    """One self-contained HTML page. The order of the config's keys does not matter.

    Args:
        paths: CSV files of the tables, by name.
        figures: PNG files of the figures of users' own analyses, by name; of others none is needed.
        config: The study.
        times: Jobs, seconds and largest memory by rule, see :mod:`lit.workflow.run_times`.
        made_with: Versions of what made the tables, by package, if not those that run here.
    """
    tables = {name: read_table(path) for name, path in paths.items()}
    every = tables["information_transfer"]
    table = outside_sequences(every)
    charts: dict[str, Chart] = {}
    shown = _add(charts, "study", study_charts(tables))
    names = pd.unique(every[["arm", "target", "source"]].to_numpy().ravel())
    analyses = [
        _section(charts, name, entry, tables[name], paths[name], figures.get(name), names)
        for name, entry in sorted(config.get("analyses", {}).items())
    ]
    scripts = page_scripts()
    arms, alike = arms_table(rows_to_show(table))
    return get_template("report.html").render(
        study=config["study"],
        title=say_names([config["study"]])[str(config["study"])],
        question=question_of(config),
        answer=_answer(tables, analyses, config),
        warnings=find_warnings(every, config) | find_data_warnings(tables["datasets"], every),
        compare="" if analyses else how_to_compare(table),
        arms=arms,
        alike=alike,
        untrained=len(table) - len(rows_to_show(table)),
        cells=len(every) - len(table),
        code=table["code"].iloc[0] if "code" in table and len(table) else HEADLINE,
        seeds=int(every["seeds"].iloc[0]),
        intervals=f"{explain_intervals(every)} {explain_errors(every)}",
        charts=shown,
        analyses=analyses,
        controls=_controls_table(table),
        choices=_choices(charts),
        datasets=_datasets_table(tables["datasets"]),
        codes=codes_table(tables["code_lengths"]),
        learners=learners_table(config, tables["code_lengths"]),
        cost=_cost(tables["code_lengths"], times),
        config=yaml.safe_dump(config, sort_keys=True, allow_unicode=True),
        files=[column(str(name), tables["provenance"][name]) for name in tables["provenance"]],
        digests=_digests(paths, config),
        versions=made_with or versions(),
        downloads={name: as_file(path) for name, path in paths.items()},
        data=as_data({name: chart_data(chart) for name, chart in charts.items()}),
        scripts=scripts,
        policy=security_policy(scripts),
    )


def _add(charts: dict[str, Chart], name: str, more: list[Chart]) -> list[tuple[str, Chart]]:
    """Put charts among those of the page; each with the name that its element has."""
    named = [(f"{name}-{i}", chart) for i, chart in enumerate(more, 1)]
    charts.update(named)
    return named


def _section(
    charts: dict[str, Chart],
    name: str,
    entry: Mapping[str, Any],
    table: pd.DataFrame,
    path: Path,
    figure: Path | None,
    names: Iterable[Any],
) -> dict[str, Any]:
    """An analysis as the page shows it. Its last paragraph is the caveat of those before it.

    Paragraphs have the ``names`` of arms and data sets as people say them.
    """
    analysis = get_analysis(entry)
    image = None
    if figure is not None and len(table) > 1:
        image = "data:image/png;base64," + base64.b64encode(Path(figure).read_bytes()).decode()
    return {
        "name": name,
        "kind": entry["kind"],
        "beyond_shares": _compares_shares(entry["kind"], table),
        "title": heading(name, entry),
        "paragraphs": [say_in(text, names) for text in analysis.describe(table)],
        "charts": _add(charts, name, analysis_charts(entry["kind"], table)),
        "image": image,
        "examples": find_examples(table) if entry["kind"] == "extremes" else None,
        "table": analysis_table(table, analysis.COLUMNS),
        "open": len(table) <= SHOWN_AT_ONCE,
        "rows": len(table),
        "download": as_file(path),
    }


def _compares_shares(kind: str, table: pd.DataFrame) -> bool:
    """Whether an analysis compares one arm with one whose M knows the classes' shares alone."""
    if kind != "compare":
        return False
    taught = table.drop_duplicates("arm")["source_labels"].tolist()
    return len(taught) == 2 and taught.count(SHUFFLED) == 1


def _answer(
    tables: Mapping[str, pd.DataFrame],
    analyses: Iterable[Mapping[str, Any]],
    config: Mapping[str, Any],
) -> str:
    """The study's answer, from its tables and what its analyses say."""
    every = tables["information_transfer"]
    table = outside_sequences(every)
    by_seed = outside_sequences(tables["information_transfer_by_seed"])
    said = [*analyses]
    models = {name: say_model(entry) for name, entry in config.get("models", {}).items()}
    cells = len(every) - len(table)
    return answer(table, cells, _kept(said), by_seed, _beyond_shares(said), models)


def _kept(analyses: Iterable[Mapping[str, Any]]) -> str:
    """What the first analysis of what is kept along sequences finds, and how surely: two lines."""
    found = (one["paragraphs"][:2] for one in analyses if one["kind"] == "retention")
    return "\n".join(next(found, []))


def _beyond_shares(analyses: Iterable[Mapping[str, Any]]) -> str:
    """By how much an arm and that of its shares differ, where an analysis has just these."""
    return next((one["paragraphs"][1] for one in analyses if one["beyond_shares"]), "")


def _choices(charts: Mapping[str, Chart]) -> dict[str, Any]:
    """What a reader may choose between, of what the charts have."""
    found: dict[str, dict[str, None]] = {"arm": {}, "code": {}, "seed": {}}
    for chart in charts.values():
        for name in set(found) & set(chart.rows):
            found[name] |= dict.fromkeys(chart.rows[name])
    said = say_names(found["arm"])
    return {
        "arms": [(arm, said[arm]) for arm in found["arm"]],
        "codes": list(found["code"]),
        "seeds": sorted((seed for seed in found["seed"] if seed != MEAN), key=int),
        "units": any("value_label" in chart.rows for chart in charts.values()),
    }


def _controls_table(table: pd.DataFrame) -> list[dict[str, Any]]:
    rows = pd.DataFrame(find_controls(table))
    if rows.empty:
        return []
    said = say_names(rows["arm"])
    return [
        column("arm", rows["arm"], lambda name: said[name]),
        column("n", rows["n"], format_count),
        column("train accuracy", rows["m_train_accuracy"], format_share),
        column("K(Mₙ), bits", rows["k_m_bits"].astype(float), format_bits),
        column("share of n log₂ C", 100 * rows["memorised"].astype(float), _signed),
        column("L_IT, bits", rows["l_it_bits"], format_bits),
        column("share of k log₂ C", 100 * rows["share"].astype(float), _signed),
        column("within 0.5 %", rows["holds"], lambda holds: "yes" if holds else "NO"),
        column("memorised", rows["full"], lambda full: "yes" if full else "no"),
    ]


def _signed(share: float) -> str:
    return f"{share:.2f} %".replace("-", "−")


def _datasets_table(table: pd.DataFrame) -> list[dict[str, Any]]:
    headings = {"dataset": "data set", "kind": "kind", "examples": "examples"}
    headings |= {"shape": "shape of one", "classes": "C", "class_names": "classes", "type": "type"}
    headings |= {"scaling": "scaling of inputs", "warnings": "warnings", "notes": "notes"}
    wide = ("class_names", "scaling", "warnings", "notes")
    return [
        column(heading, table[name], wide=name in wide)
        for name, heading in headings.items()
        if table[name].notna().any()
    ]


def _cost(codes: pd.DataFrame, times: pd.DataFrame | None) -> dict[str, Any]:
    """What the study took: operations counted for its codes, and jobs where they were timed."""
    found: dict[str, Any] = {"flops": float(codes["flops"].sum()), "table": []}
    if times is not None and len(times):
        memory = times["max_memory_mb"].astype(float) / 1024
        found |= {"jobs": int(times["jobs"].sum()), "hours": times["cpu_seconds"].sum() / 3600}
        found["table"] = [
            column("rule", times["rule"], lambda rule: rule.replace("_", " ")),
            column("jobs", times["jobs"], format_count),
            column("hours by the clock, summed", times["seconds"] / 3600, "{:.3f}".format),
            column("core hours", times["cpu_seconds"] / 3600, "{:.3f}".format),
            column("largest memory, GiB", np.round(memory, 2), "{:.2f}".format),
        ]
    return found


def _digests(paths: Mapping[str, Path], config: Mapping[str, Any]) -> list[dict[str, Any]]:
    digests = {"config": provenance.config_digest(json.dumps(config, sort_keys=True))}
    digests |= {f"tables/{name}.csv": provenance.file_digest(path) for name, path in paths.items()}
    return [column("digest of", digests), column("digest", digests.values())]
