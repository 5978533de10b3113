"""Analyses: what a study asks of its code lengths beyond the main table, one module a kind.

A module of the kind's name has

``TITLE``           heading of its section in the report;
``TAKES``           the rows that it can be made of, in words;
``COLUMNS``         what the report's table shows, heading by column;
``select(rows, options, datasets)``  the rows that it uses; an InputError with the arms and the remedy where there are none.
                    It sees no results: it is asked before the first job (:func:`check_analysis`), and again by ``tabulate``,
                    so that nothing is found wrong after the training that could have been found before it;
``tabulate(results, options)``  the table, a DataFrame that is written as CSV;
``draw(table)``     its figure, from that table alone;
``describe(table)`` paragraphs of plain text: what it shows, what it does not, and how sure it is.
"""

import dataclasses
import importlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from lit.errors import InputError
from lit.files import store
from lit.files.user_code import import_factory
from lit.measures.information_transfer import train_set_information
from lit.measures.intervals import estimate
from lit.study import label_transforms
from lit.study.entities import belongs

Arrays = Mapping[str, np.ndarray]
Row = dict[str, Any]  # see Results.rows
Datasets = Mapping[str, Mapping[str, Any]]  # see Results.datasets
PARTS = ("TITLE", "TAKES", "COLUMNS", "select", "tabulate", "draw", "describe")


@dataclass(frozen=True)
class Results:
    """What an analysis is given: the rows of its arms and the stored arrays behind them.

    Attributes:
        rows: One mapping an arm and n: ``arm``, ``n``, ``k``, ``target``, ``source_dataset``, ``model``, ``learner``,
            ``labels``, ``source_labels``, ``before`` (what M was trained on first, each with ``dataset``, ``labels``, ``n``),
            and names of what it is computed from: ``cold``, ``warm`` (runs), ``source``
            (None where M is theta0) and ``source_cold`` (the source set coded from theta0, or None). Cells of sequences have
            besides ``sequence``, ``algorithm``, ``heads``, ``tasks`` (how many), ``order``, ``t``, ``j``, ``task``, ``head``.
        codes: Arrays of each run, see :func:`lit.coding.merge.merge_spans`: ``bits/mixture`` (S, >= k), the code; ``bits/start``,
            the start state left untouched, and ``right/start``, where it is right; ``label``, ``index`` (S, >= k);
            ``blocks`` (B, 2); ``classes``.
        sources: Arrays of each source, see :func:`lit.training.sources.train_source`, weights left out.
        seeds: The S seeds.
        datasets: Config's entry of each data set, and what is planted in it.
        models: Config's entry of each network that codes or gives features.
        data: Arrays of each data set's file, for the analyses that look at examples: ``x`` (N, ...), ``y`` (N,), and of
            features ``head/*``, see :func:`lit.networks.features.extract_features`.
        seconds: What a data set's file, a run's code lengths or a state of a sequence took to compute, by name, for the
            analyses that say so.
    """

    rows: list[Row]
    codes: Mapping[str, Arrays]
    sources: Mapping[str, Arrays]
    seeds: list[int]
    datasets: Datasets
    models: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    data: Mapping[str, Arrays] = field(default_factory=dict)
    seconds: Mapping[str, float] = field(default_factory=dict)

    def bits(self, run: str, k: int, expert: str = "mixture") -> np.ndarray:
        """(S, k) bits of the first k labels of a run."""
        return self.codes[run][f"bits/{expert}"][:, :k]

    def own(self, row: Mapping[str, Any]) -> np.ndarray:
        """(S,) bits of a row's own code, from its M or, with n = 0, from theta0."""
        return self.bits(row["warm"], row["k"]).sum(axis=1)

    def transfer(self, row: Mapping[str, Any]) -> np.ndarray:
        """(S,) L_IT of a row in bits, by seed."""
        return self.bits(row["cold"], row["k"]).sum(axis=1) - self.bits(row["warm"], row["k"]).sum(
            axis=1
        )

    def memorised(self, row: Mapping[str, Any]) -> np.ndarray:
        """(S,) K(M_n) of a row in bits; NaN where M's training labels were not coded from theta0."""
        if row["source_cold"] is None:
            return np.full(len(self.seeds), np.nan)
        return train_set_information(
            self.bits(row["source_cold"], row["n"]), self.sources[row["source"]]["bits"]
        )

    def blocks(self, row: Mapping[str, Any]) -> list[tuple[int, int]]:
        """Pairs (start, stop) of the blocks of a row's code from theta0, the last one cut at k."""
        blocks = self.codes[row["cold"]]["blocks"].tolist()
        return [(start, min(stop, row["k"])) for start, stop in blocks if start < row["k"]]

    def classes(self, row: Mapping[str, Any]) -> int:
        return int(self.codes[row["cold"]]["classes"])

    def uniform(self, row: Mapping[str, Any]) -> float:
        """k log2 C of a row."""
        return row["k"] * float(np.log2(self.classes(row)))


def get_analysis(entry: str | Mapping[str, Any], where: str = "analyses") -> Any:
    """The module of an analysis, by its kind or its entry. Imported by name, so that each has a code digest.

    Raises:
        InputError: a factory that cannot be imported, or lacks a part of an analysis.
    """
    if isinstance(entry, str) or entry["kind"] != "python":
        kind = entry if isinstance(entry, str) else entry["kind"]
        return importlib.import_module(f"lit.analyses.{kind}")
    found = import_factory(entry["factory"], where, entry.get("factory_digest"))
    if missing := [name for name in PARTS if not hasattr(found, name)]:
        raise InputError(
            f"{where}: factory: {entry['factory']!r} has no {missing[0]}; an analysis has {', '.join(PARTS)}"
        )
    return found


def options_of(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    """What an analysis is given as its options: its entry in the config, or of a user's own what stands there under options."""
    return entry.get("options", {}) if entry["kind"] == "python" else entry


def check_analysis(
    name: str, options: Mapping[str, Any], rows: list[Row], datasets: Datasets
) -> None:
    """Check that an analysis can be made of its rows, and that it uses every arm that it names.

    Args:
        name: The analysis' own.
        options: Its entry in the config.
        rows: Those of its arms.
        datasets: Config's entry of each data set.

    Raises:
        InputError: naming the analysis, the arms and the remedy.
    """
    where = f"analyses.{name}"
    analysis = get_analysis(options, where)
    try:
        used = analysis.select(rows, options_of(options), datasets)
    except InputError as error:
        raise InputError(f"{where}: {error}") from error
    except Exception as error:
        if options["kind"] != "python":
            raise
        raise InputError(
            f"{where}: factory: select of {options['factory']!r} failed: {error!r}"
        ) from error
    for asked in options.get("arms", []):
        if not any(belongs(row["arm"], asked) for row in used):
            raise InputError(
                f"{where}.arms: nothing of arm {asked!r} can be used: {options['kind']} takes"
                f" {analysis.TAKES}; leave the arm out, or change it"
            )


def trained(rows: list[Row]) -> list[Row]:
    """Rows whose M is a trained one."""
    return [row for row in rows if row["n"] != 0]


def in_one_order(rows: list[Row], options: Mapping[str, Any], kind: str) -> list[Row]:
    """Rows that are set in an order, against a reference.

    Raises:
        InputError: one row, or a reference of which it is open what row is meant.
    """
    if len(rows) < 2:
        raise InputError(
            f"analysis {kind}: needs several rows to set in an order, and has arm {rows[0]['arm']} alone; add one"
        )
    if len(named := [row for row in rows if row["arm"] == options.get("reference")]) > 1:
        sizes = ", ".join(str(row["n"]) for row in named)
        raise InputError(
            f"analysis {kind}: the reference {named[0]['arm']} has several n ({sizes}), and one row is needed;"
            " name an arm of one n"
        )
    return rows


def read_results(
    settings: Mapping[str, Any], codes: Sequence[str], sources: Sequence[str], data: Sequence[str]
) -> Results:
    """What an analysis is given, from its files.

    Args:
        settings: See :meth:`lit.workflow.plan.Plan.analysis_settings`.
        codes: Files of code lengths, one a run, in the order of ``settings["codes"]``.
        sources: Files of sources, one a seed group, in the order of ``settings["sources"]``.
        data: Files of the data sets whose inputs are shown, in the order of ``settings["shown"]``.

    Raises:
        InputError: a file that is missing or damaged.
    """
    coded = {
        run: store.read(path, "codelengths", run=run)
        for run, path in zip(settings["codes"], codes, strict=True)
    }
    shown = zip(settings["shown"], data, strict=True)
    return Results(
        rows=settings["rows"],
        codes={run: arrays for run, (arrays, _) in coded.items()},
        sources=store.read_sources(settings["sources"], sources)[0],
        seeds=next(iter(coded.values()))[1]["seeds"],
        datasets=settings["datasets"],
        models=settings["models"],
        data={name: store.read(path, "dataset", dataset=name)[0] for name, path in shown},
        seconds={name: _seconds(paths) for name, paths in settings["records"].items()},
    )


def _seconds(records: Sequence[str]) -> float:
    """Sum of what Snakemake measured; NaN where results were moved here without their records."""
    if not all(Path(path).exists() for path in records):
        return math.nan
    return float(sum(pd.read_csv(path, sep="\t")["s"].iloc[0] for path in records))


def on_one_stream(results: Results, kind: str) -> Results:
    """The same results, every row cut at the smallest k of them.

    Raises:
        InputError: naming two arms that do not code the same labels in the same order.
    """
    k = min(row["k"] for row in results.rows)
    first, *others = results.rows
    label = results.codes[first["cold"]]["label"][:, :k]
    for row in others:
        if not np.array_equal(label, results.codes[row["cold"]]["label"][:, :k]):
            raise InputError(
                f"analysis {kind}: arms {first['arm']} and {row['arm']} code other labels; take arms of one data set, features"
                " of it among them"
            )
    return dataclasses.replace(results, rows=[row | {"k": k} for row in results.rows])


def about(row: Mapping[str, Any]) -> dict[str, Any]:
    """The columns that say which row of the main table this is."""
    names = ("arm", "target", "model", "learner", "n", "k")
    return {name: row[name] for name in names} | {
        "source": row["source_dataset"],
        "labels": label_transforms.name(row["labels"]),
        "source_labels": label_transforms.name(row["source_labels"]),
    }


def one_of(table: pd.DataFrame, column: str) -> Any:
    """The value that a column has throughout.

    Raises:
        ValueError: it has several.
    """
    (value,) = set(table[column])
    return value


def spread(name: str, values: np.ndarray) -> dict[str, float]:
    """Columns ``<name>_bits``, ``_se``, ``_ci_low``, ``_ci_high`` of values (S,) by seed: :func:`lit.measures.intervals.estimate`."""
    found = estimate(values)
    columns = {"bits": found.mean, "se": found.se, "ci_low": found.ci[0], "ci_high": found.ci[1]}
    return {f"{name}_{column}": value for column, value in columns.items()}


def mean_and_se(name: str, values: np.ndarray) -> dict[str, float]:
    """Columns ``<name>_bits`` and ``_se`` of values (S,) by seed, where no interval is wanted."""
    se = float(stats.sem(values)) if len(values) > 1 else math.nan
    return {f"{name}_bits": float(np.mean(values)), f"{name}_se": se}


def number(value: float) -> str:
    """A whole number as people read it, with a true minus sign."""
    text = f"{value:,.0f}"
    return ("0" if text == "-0" else text).replace("-", "−")


def percent(share: float) -> str:
    """A share in whole per cent."""
    return f"{number(100 * share)} %"


def plus_minus(mean: float, se: float) -> str:
    """A mean with its standard error, if there is one."""
    return number(mean) if np.isnan(se) else f"{number(mean)} ± {number(se)}"


def with_interval(row: Mapping[Any, Any], name: str) -> str:
    """The bits of :func:`spread` in words, with their interval if there is one."""
    low, high = row[f"{name}_ci_low"], row[f"{name}_ci_high"]
    interval = "" if np.isnan(low) else f" (95 % interval {number(low)} to {number(high)})"
    return f"{number(row[f'{name}_bits'])} bits{interval}"
