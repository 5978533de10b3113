"""run: a study's jobs by Snakemake, with one bar over them."""

import sys

import typer

from lit.commands.arguments import StudyFile


def run(context: typer.Context, study: StudyFile) -> None:
    """Run a study by Snakemake; what is finished is kept, and the same command goes on.

    Everything behind the file is Snakemake's own:
    `run STUDY.yaml -- --cores 4 --profile profiles/slurm`. Without --cores, --jobs or a
    profile, all cores are used.
    """
    from lit.workflow.run_study import run_study

    sys.exit(run_study(study, context.args))
