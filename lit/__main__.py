"""Commands for the shell, as ``python -m lit`` or ``lit``; see docs/command-line.md.

Each is a module of ``lit/commands`` that imports what it needs when it is called, so that help
comes at once. They define nothing that a study's YAML file does not.
"""

import sys
from collections.abc import Sequence

import typer

from lit.commands.check import check
from lit.commands.compare import compare
from lit.commands.export import export
from lit.commands.init import init
from lit.commands.run import run
from lit.commands.show import show
from lit.errors import InputError

HELP = """Information Transfer (L_IT): how many bits did a network learn?

From your data to an answer: **init** DATA, **check**, **run**, **show**.

They end with 0 if all is well, 1 if something was refused, failed or differs, 2 if the command
line itself is wrong."""

app = typer.Typer(
    help=HELP,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)
# What stands behind the file of run is Snakemake's.
OTHERS = {"allow_extra_args": True, "ignore_unknown_options": True}
for command in (init, check, run, show, compare, export):
    settings = OTHERS if command is run else {}
    app.command(no_args_is_help=True, context_settings=settings)(command)


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the command line, or these arguments; end with the reason where something is wrong.

    Raises:
        SystemExit: all but success, with the exit code or the reason.
    """
    try:
        app(arguments)
    except InputError as error:
        sys.exit(f"Error: {error}")
    except SystemExit as end:
        if end.code:
            raise


if __name__ == "__main__":
    main()
