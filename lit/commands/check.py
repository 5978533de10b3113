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

    plan, origin, counts, own_code = check_study(study)
    if file_only:
        print("\n".join([counts, *own_code]))
        print("No data or weights were read; without --file-only they are.")
        return
    from lit.study.config_files import check_name
    from lit.study.locate import naming_lines
    from lit.workflow import expectations, preflight

    for line in own_code:  # before any of it is run
        print(line, flush=True)
    with logs.job(), naming_lines(plan.study.config, origin):
        preflight.check(plan.check_settings())
    check_name(plan.study.name, [study], plan.paths.origin())  # last, as it says nothing of them
    print(counts)
    table = Path(plan.paths.table("information_transfer"))
    print(f"\n{expectations.costs(plan)}\n\n{expectations.powers(plan.study, table)}")
