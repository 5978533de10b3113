"""show: a study's main table and curves in the terminal."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    import pandas as pd


def show(
    results: Annotated[
        str,
        typer.Argument(
            metavar="STUDY", show_default=False, help="The study's file, or a folder of results."
        ),
    ],
) -> None:
    """Show a study's arms with intervals, and bits a label along the stream."""
    from rich.console import Console

    from lit.analyses.words import numbers
    from lit.report import terminal
    from lit.report.index import answer_of
    from lit.tables.agreement import MAIN
    from lit.tables.reading import has_m, outside_sequences, read_table
    from lit.workflow.not_computed import not_computed
    from lit.workflow.results_folder import results_folder

    folder, console = results_folder(results), Console()
    table = read_table(folder / MAIN)
    rows = outside_sequences(table)
    curves, report = folder / "tables/curves.csv", folder / "report/index.html"
    if len(rows):
        print(f"L_IT of M trained on n examples, bits of k = {numbers(rows['k'])} labels\n")
        console.print(terminal.arms_table(rows))
        print(terminal.without_inputs(rows))
        print(f"\n{answer_of(report) if report.is_file() else _answer(folder, table)}")
    if len(rows) and curves.is_file():
        print("\nBits a label along the stream: in its first block, block by block, in its last.")
        if has_m(rows).any():
            print("Where an arm's two codes end alike, a longer stream adds little to its L_IT.")
        print()
        console.print(terminal.curves_table(read_table(curves)))
        print()
    if cells := len(table) - len(rows):
        print(f"{cells} cells of sequences are in {folder / MAIN} and in the report.")
    for said in terminal.warnings_in(folder):
        print(f"Warning: {said}")
    if not Path(results).is_dir() and (remark := not_computed(results, folder)):
        print(f"Warning: {remark}")
    print(f"Report: {report}" if report.is_file() else f"Tables: {folder / 'tables'}")


def _answer(folder: Path, table: "pd.DataFrame") -> str:
    """The answer of results without a report, which lacks what their analyses say."""
    from lit.report.answer import answer
    from lit.tables.reading import outside_sequences, read_table

    rows, by_seed = outside_sequences(table), folder / "tables/information_transfer_by_seed.csv"
    seeds = outside_sequences(read_table(by_seed)) if by_seed.is_file() else None
    return answer(rows, len(table) - len(rows), by_seed=seeds)
