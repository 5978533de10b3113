"""check: whether a study can run, what it takes, and how small a difference it can tell."""

from pathlib import Path
from typing import Annotated

import typer

from lit.commands.arguments import StudyFile


def check(
    study: StudyFile,
    file_only: Annotated[
        bool,
        typer.Option(
            "--file-only",
            help="The file alone: no data or weights are read, and no code that it names is run.",
        ),
    ] = False,
) -> None:
    """Check a study and compute nothing: file, data, models; jobs, time, memory; power.

    Code that the study names by factory is run, as it is by run; --file-only lists it and runs
    nothing of it.
    """
    from lit import logs
    from lit.workflow.check_study import check_study

    plan, said = check_study(study)
    print(said, flush=True)
    if file_only:
        print("No data or weights were read; without --file-only they are.")
        return
    from lit.study.config_files import check_name
    from lit.workflow import expectations, preflight

    check_name(plan.study.name, [study], plan.paths.origin())
    with logs.job():
        preflight.check(plan.check_settings())
    table = Path(plan.paths.table("information_transfer"))
    print(f"\n{expectations.costs(plan)}\n\n{expectations.powers(plan.study, table)}")
