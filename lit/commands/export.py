"""export: a study's code lengths as a file of recorded runs."""

from typing import Annotated

import typer

from lit.commands.arguments import StudyFile


def export(
    study: StudyFile,
    out: Annotated[
        str, typer.Argument(metavar="OUT", help="A new file, .parquet or .h5.", show_default=False)
    ],
    code: Annotated[
        str | None,
        typer.Option(metavar="CODE", help="network, architecture or shortest; else the study's."),
    ] = None,
) -> None:
    """Write a study's code lengths as recorded runs."""
    from lit.workflow.export_study import export_study

    print(export_study(study, out, code))
