"""Arguments that several commands have."""

from typing import Annotated

import typer

StudyFile = Annotated[
    str, typer.Argument(metavar="STUDY.yaml", show_default=False, help="The study's file.")
]
