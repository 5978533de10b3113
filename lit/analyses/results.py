"""What an analysis is given: the rows of its arms, and the stored arrays behind them."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from lit.coding.label_order import count_labels
from lit.files import store
from lit.files.result_files import Arrays
from lit.measures.information_transfer import train_set_information
from lit.measures.samples import Sample, sample
from lit.study.codes import HEADLINE

Row = dict[Any, Any]  # see Results.rows; also one of a table
Options = Mapping[str, Any]  # of an analysis
Datasets = Mapping[str, Mapping[str, Any]]  # see Results.datasets


@dataclass(frozen=True)
class Results:
    """The rows of an analysis' arms and the stored arrays behind them.

    Attributes:
        rows: One mapping an arm and n: ``arm``, ``n``, ``k``, ``target``, ``source_dataset``,
            ``model``, ``learner``, ``labels``, ``source_labels``, ``before`` (what M was trained on
            first, each with ``dataset``, ``labels``, ``n``), and names of what it is computed from:
            ``cold``, ``warm`` (runs), ``source`` (None where M is theta0) and ``source_cold`` (the
            source set coded from theta0, or None). Cells of sequences have besides ``sequence``,
            ``algorithm``, ``heads``, ``tasks`` (how many), ``order``, ``t``, ``j``, ``task``,
            ``head``.
        codes: Arrays of each run, see :func:`lit.coding.merge.unite`: the three codes
            ``bits/network``, ``bits/architecture``, ``bits/shortest`` (S, >= k); ``bits/start``,
            the start state left untouched, and ``right/start``, where it is right; ``label``,
            ``index`` (S, >= k); ``blocks`` (B, 2); ``classes``. Of recorded runs, see
            docs/recorded.md, ``bits/network``, ``blocks``, ``classes``, and perhaps ``index``.
        sources: Arrays of each source, see :func:`lit.training.start_states.train_source`, weights
            left out.
        seeds: The S seeds.
        datasets: Config's entry of each data set, and what is planted in it.
        models: Config's entry of each network that codes or gives features.
        data: Arrays of each data set's file, for the analyses that look at examples: ``x``
            (N, ...), ``y`` (N,), and of features ``classifier/*``, see
            :func:`lit.networks.features.extract_features`.
        seconds: What a data set's file, a run's code lengths or a state of a sequence took to
            compute, by name, for the analyses that say so.
        code: Which of the three codes the analysis is of.
    """

    rows: list[Row]
    codes: Mapping[str, Arrays]
    sources: Mapping[str, Arrays]
    seeds: list[int]
    datasets: Datasets
    models: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    data: Mapping[str, Arrays] = field(default_factory=dict)
    seconds: Mapping[str, float] = field(default_factory=dict)
    code: str = HEADLINE

    def bits(self, run: str, k: int | None = None, expert: str = "") -> np.ndarray:
        """(S, k) bits of the first k labels of a run, under the analysis' code or an expert."""
        return self.codes[run][f"bits/{expert or self.code}"][:, :k]

    def total(self, row: Row, run: str) -> np.ndarray:
        """(S,) bits of a row's code from theta0 (``cold``) or from its M (``warm``)."""
        return self.bits(row[run], row["k"]).sum(axis=1)

    def sample(self, row: Row, bits: np.ndarray) -> Sample:
        """The sum of (S, k) bits of a row's stream, or differences, and whose examples they are."""
        cold, target = self.codes[row["cold"]], row["target"]
        origin = self.datasets.get(target, {}).get("of", target)
        return sample(bits, cold.get("index"), cold["blocks"], origin, cold.get("group"))

    def saved(self, row: Row) -> Sample:
        """L_IT of a row."""
        k = row["k"]
        return self.sample(row, self.bits(row["cold"], k) - self.bits(row["warm"], k))

    def own_sample(self, row: Row) -> Sample:
        """A row's own code, from its M or, with n = 0, from theta0."""
        return self.sample(row, self.bits(row["warm"], row["k"]))

    def own(self, row: Row) -> np.ndarray:
        """(S,) bits of a row's own code, from its M or, with n = 0, from theta0."""
        return self.total(row, "warm")

    def transfer(self, row: Row) -> np.ndarray:
        """(S,) L_IT of a row in bits, by seed."""
        return self.total(row, "cold") - self.total(row, "warm")

    def static(self, row: Row) -> np.ndarray:
        """(S,) bits of a row's labels under its start state left as it is."""
        return self.bits(row["warm"], row["k"], "start").sum(axis=1)

    def accuracy(self, row: Row) -> np.ndarray:
        """(S,) share of a row's labels that its start state gets right as it is."""
        right = self.codes[row["warm"]]["right/start"][:, : row["k"]]
        return right.sum(axis=1) / self.labels(row)

    def hidden(self, row: Row) -> np.ndarray:
        """(S,) L_IT less what the start state saves as it is; see ``tabulate`` of forgetting."""
        uniform = self.labels(row) * np.log2(self.classes(row))
        return self.transfer(row) - (uniform - self.static(row))

    def memorised(self, row: Row) -> np.ndarray:
        """(S,) K(M_n) of a row in bits; NaN where theta0 did not code M's training labels."""
        if row["source_cold"] is None:
            return np.full(len(self.seeds), np.nan)
        cold = self.bits(row["source_cold"], row["n"])
        return train_set_information(cold, self.sources[row["source"]]["bits"])

    def blocks(self, row: Row) -> list[tuple[int, int]]:
        """Pairs (start, stop) of the blocks of a row's code from theta0, the last one cut at k."""
        blocks = self.codes[row["cold"]]["blocks"].tolist()
        return [(start, min(stop, row["k"])) for start, stop in blocks if start < row["k"]]

    def classes(self, row: Row) -> int:
        """Number of classes C of a row's labels."""
        return int(self.codes[row["cold"]]["classes"])

    def labels(self, row: Row, end: int | None = None) -> np.ndarray:
        """(S,) labels that a row's examples carry, or the first ``end`` of them."""
        return count_labels(self.codes[row["cold"]], row["k"] if end is None else end)

    def uniform(self, row: Row) -> float:
        """Bits of a row's labels under the uniform code, k log2 C; a mean over seeds."""
        return float(self.labels(row).mean() * np.log2(self.classes(row)))


def read_results(
    settings: Mapping[str, Any], codes: Sequence[str], sources: Sequence[str], data: Sequence[str]
) -> Results:
    """What an analysis is given, from its files: of code lengths, sources, and data sets shown.

    Args:
        settings: See :meth:`lit.workflow.plan.Plan.analysis_settings`, which has the files' order:
            code lengths one a run, sources one a seed group.

    Raises:
        InputError: a file that is missing or damaged.
    """
    runs = zip(settings["codes"], codes, strict=True)
    coded = {run: store.read(path, "codelengths", run=run) for run, path in runs}
    shown = zip(settings["shown"], data, strict=True)
    return Results(
        code=settings["code"],
        rows=settings["rows"],
        codes={run: arrays for run, (arrays, _) in coded.items()},
        sources=store.read_sources(settings["sources"], sources)[0],
        seeds=next(iter(coded.values()))[1]["seeds"],
        datasets=settings["datasets"],
        models=settings["models"],
        data={name: store.read(path, "dataset", dataset=name)[0] for name, path in shown},
        seconds={name: sum_seconds(paths) for name, paths in settings["records"].items()},
    )


def sum_seconds(records: Sequence[str]) -> float:
    """Sum of what Snakemake measured; NaN where results were moved here without their records."""
    if not all(Path(path).exists() for path in records):
        return math.nan
    return float(sum(pd.read_csv(path, sep="\t")["s"].iloc[0] for path in records))
