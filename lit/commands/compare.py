"""compare: two results of a study row by row, or two of its arms."""

import sys
import textwrap
from pathlib import Path
from typing import Annotated

import typer

WIDE = 88  # characters of a line of text
NAMED = 5  # rows that are shown of each table before the rest is counted
ORDER = ["L_IT", "from θ₀", "from M"]  # of two arms' differences: the answer, then its two parts


def compare(
    one: Annotated[
        str,
        typer.Argument(
            metavar="A", show_default=False, help="A study's file, or a folder of results."
        ),
    ],
    other: Annotated[
        str | None,
        typer.Argument(
            metavar="B",
            show_default=False,
            help="The results that A has to agree with, such as results/published/STUDY.",
        ),
    ] = None,
    within: Annotated[
        str,
        typer.Option(
            metavar="WHAT",
            help="What counts as the same: bits, rounding, or the interval that B states.",
        ),
    ] = "interval",
    arms: Annotated[
        tuple[str, str] | None,
        typer.Option(
            metavar="X Y", help="Two arms of the study A to compare instead, paired by seed."
        ),
    ] = None,
) -> None:
    """Compare two results of one study row by row, or two arms of a study.

    Ends with 0 if every row is at least within what --within says, else with 1.
    """
    if (other is None) == (arms is None):
        raise typer.BadParameter(
            f"name a second folder of results, or two arms by --arms X Y{_arms_of(one)}"
        )
    if arms is not None:
        _compare_arms(one, *arms)
    elif not _compare_results(one, str(other), within):
        sys.exit(1)


def _compare_results(one: str, other: str, within: str) -> bool:
    """Print how the tables of two folders agree; whether all are within what was asked for."""
    from rich.console import Console
    from rich.table import Table

    from lit.analyses.words import percent
    from lit.errors import check_known
    from lit.tables import agreement
    from lit.workflow.results_folder import results_folder

    check_known("compare: --within", "measure", within, agreement.ALLOWED)
    found = list(agreement.compare_tables(results_folder(one), results_folder(other)))
    shown = Table(box=None, padding=(0, 1, 0, 0))
    shown.add_column("rows of", no_wrap=True)
    for verdict in (*agreement.VERDICTS, "one side"):
        shown.add_column(verdict, justify="right")
    for table in found:
        shown.add_row(table.name, *map(str, table.counts.values()), str(len(table.only)))
    Console().print(shown)
    for table in found:
        said = [*table.differing, *table.only]
        more = [f"and {len(said) - NAMED} more"] if len(said) > NAMED else []
        for line in (*said[:NAMED], *more, *table.columns):
            print(f"{table.name}: {line}")
    print(f"rounding: relative differences of at most {agreement.ROUNDED:g}")
    if largest := max(table.largest for table in found):
        print(f"interval: at most {percent(largest)} of the way to its end")
    reached = [name for name in agreement.ALLOWED if all(table.holds(name) for table in found)]
    if reached:
        print(f"All rows are {agreement.ALLOWED[reached[0]]}.")
    else:
        print("Rows differ.")
    return within in reached


def _arms_of(study: str) -> str:
    """Which arms a study's file has; nothing of a folder."""
    if not Path(study).is_file():
        return ""
    from lit.study.config import read_study

    return f" of {', '.join(dict.fromkeys(row.arm for row in read_study(study).rows))}"


def _compare_arms(study: str, one: str, other: str) -> None:
    """Print what one arm has more than the other."""
    from rich.console import Console
    from rich.table import Table

    from lit.analyses.words import say_p, size
    from lit.report.formats import format_bits, format_interval
    from lit.workflow.compare_arms import compare_arms, say_waste

    found = compare_arms(study, one, other)
    shown = Table("of", "M", title=f"{one} less {other}, bits", box=None, padding=(0, 2, 0, 0))
    for heading in ("difference", "95 % interval", "p, adjusted", ""):
        shown.add_column(heading, justify="right")
    rows = [(name, n, pair) for n, differences in found for name, pair in differences.items()]
    for name, n, pair in sorted(rows, key=lambda row: ORDER.index(row[0])):  # n stay in order
        said = "told apart" if pair.apart else "not told apart"
        bits = format_bits(pair.more.mean), format_interval(*pair.more.ci)
        cold = name == "from θ₀"
        if not cold or n == found[0][0]:  # the code from θ₀ is the same for all n
            shown.add_row(name, "" if cold else size(n), *bits, say_p(pair.p), said)
    Console().print(shown)
    for line in textwrap.wrap(say_waste(found), WIDE):
        print(line)
    print("Differences are paired by seed. An interval is by itself, and wider where seeds share")
    print("examples; whether two are told apart is judged at 5 % for all rows together (paired")
    print("t-tests over seeds, Holm; the same difference counts once). So the two may disagree.")
    if any("from θ₀" not in differences for _, differences in found):
        print("Both arms have one code from θ₀: their L_IT differ by as many bits as their codes")
        print("from M, which is one test.")
    if any("L_IT" not in differences for _, differences in found):
        print("L_IT is not compared, as the learners differ: it counts from each one's own θ₀.")
