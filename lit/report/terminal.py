"""A study's tables in a terminal: arms with intervals, and bits a label along the stream."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
from rich.table import Table
from rich.text import Text

from lit.analyses.words import counted
from lit.report.controls import find_data_warnings, find_warnings
from lit.report.formats import format_bits, format_count, format_interval, records
from lit.report.rows import rows_to_show, unknown_without_m
from lit.tables.agreement import MAIN
from lit.tables.reading import read_table

BAR = 10  # characters
EIGHTHS = " ▏▎▍▌▋▊▉█"
HEIGHTS = "▁▂▃▄▅▆▇█"


def arms_table(table: pd.DataFrame) -> Table:
    """Every arm and n with its code lengths, its L_IT and a bar of it."""
    made = _table()
    for heading in ("from θ₀", "from M", "L_IT", "95 % interval"):
        made.add_column(heading, justify="right", no_wrap=True)
    made.add_column("", no_wrap=True)
    table = unknown_without_m(rows_to_show(table))
    most = max(table["l_it_bits"].max(), 1e-9)
    for row in table.to_dict("records"):
        made.add_row(
            Text(row["arm"]),
            _size(row["n"]),
            *(format_bits(row[f"l_{name}_bits"]) for name in ("theta0", "m", "it")),
            format_interval(row["l_it_ci_low"], row["l_it_ci_high"]),
            "" if pd.isna(row["l_it_bits"]) else bar(row["l_it_bits"] / most),
        )
    return made


def without_inputs(table: pd.DataFrame) -> str:
    """What true labels take without a look at their inputs: a line for each k and targets that
    take the same, as a data set and its features do."""
    rows = table[table["labels"] == "true"].drop_duplicates(["target", "k"])
    alike = rows.groupby(["k", "uniform_bits", "label_entropy_bits"], sort=False, dropna=False)
    lines = []
    for _, same in alike:
        row = records(same)[0]
        lines.append(
            f"{format_count(row['k'])} labels of {_named(same['target'])} take"
            f" {format_bits(row['uniform_bits'])} bits if all classes are equally likely,"
            f" {format_bits(row['label_entropy_bits'])} if their shares are known."
        )
    return "\n".join(lines)


def _named(targets: pd.Series) -> str:
    """The first of several names, and how many others there are."""
    others = len(targets) - 1
    return f"{targets.iloc[0]} and {counted(others, 'other')}" if others else str(targets.iloc[0])


def warnings_in(folder: Path) -> list[str]:
    """What the report of a folder of results warns of, see :func:`warnings_of`."""
    data = folder / "tables/datasets.csv"
    datasets = read_table(data) if data.is_file() else None
    return warnings_of(read_table(folder / MAIN), datasets)


def warnings_of(table: pd.DataFrame, datasets: pd.DataFrame | None) -> list[str]:
    """What the report warns of, and what to do; of the main table and of data sets.

    Results of an older version may lack the latter.
    """
    if datasets is None:
        datasets = pd.DataFrame(columns=["dataset", "kind", "warnings"])
    kinds = {name: {"kind": kind} for name, kind in datasets[["dataset", "kind"]].to_numpy()}
    for column, value in {"l_it_skewed": False, "n_before": 0}.items():  # likewise
        if column not in table:
            table = table.assign(**{column: value})
    found = find_warnings(table, {"datasets": kinds}) | find_data_warnings(datasets, table)
    return list(found.values())


def curves_table(curves: pd.DataFrame) -> Table:
    """Bits a label of each block along the stream, a mean over seeds, as a line of characters."""
    made = _table()
    made.add_column("first", justify="right")
    made.add_column("", no_wrap=True)
    made.add_column("last", justify="right")
    for (arm, n), line in _lines(curves):
        most = max(line.max(), 1e-9)
        ends = [f"{line.iloc[at]:.2f}" for at in (0, -1)]
        made.add_row(Text(arm), _size(n), ends[0], sparkline(line / most), ends[1])
    return made


def _table() -> Table:
    """With a column of arms and one of sizes of M."""
    made = Table(box=None, padding=(0, 2, 0, 0))
    made.add_column("arm", overflow="fold")
    made.add_column("n", justify="right", no_wrap=True)
    return made


def _size(n: Any) -> str:
    """What M was trained on, in a column of numbers."""
    return "ready" if pd.isna(n) else format_count(n) if n else "θ₀"


def _lines(curves: pd.DataFrame) -> Iterator[tuple[tuple[str, Any], pd.Series]]:
    """By arm and n, the mean bits a label of each block in the order of the stream."""
    arms = {arm: place for place, arm in enumerate(curves["arm"].unique())}
    places = curves["arm"].map(arms)
    ordered = curves.assign(place=places).sort_values(["place", "n"], kind="stable")
    for names, rows in ordered.groupby(["arm", "n"], sort=False, dropna=False):
        yield names, rows.groupby("block_start")["bits_per_label"].mean()  # type: ignore[misc]


def bar(share: float) -> str:
    """A share of a full bar in eighths of a character; nothing below 0."""
    eighths = round(min(max(share, 0.0), 1.0) * BAR * 8)
    return "█" * (eighths // 8) + EIGHTHS[eighths % 8].strip()


def sparkline(shares: pd.Series) -> str:
    """A character a value, its height the share of the highest."""
    top = len(HEIGHTS) - 1
    return "".join(HEIGHTS[round(min(max(share, 0.0), 1.0) * top)] for share in shares)
