"""``python -m lit check study.yaml``: check a study's file without running anything of it.

``python -m lit export study.yaml out.parquet``: its code lengths as a file of recorded runs.
"""

import argparse
import sys
from collections.abc import Sequence

from lit.errors import InputError
from lit.workflow.check_study import check_study
from lit.workflow.export_study import export_study


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the command line, or these arguments; end with the reason where a study cannot run."""
    parser = argparse.ArgumentParser(
        prog="python -m lit", description="Information Transfer in bits."
    )
    commands = parser.add_subparsers(required=True, metavar="command")
    check = commands.add_parser("check", help="check a study's file without running anything of it")
    check.add_argument("file", help="the study, such as config/config.yaml")
    export = commands.add_parser("export", help="a study's code lengths as recorded runs")
    export.add_argument("file", help="the study, whose results are there")
    export.add_argument("out", help="a new file, .parquet or .h5; see docs/recorded.md")
    export.add_argument("--code", help="network, architecture or shortest; default the study's")
    check.set_defaults(command=lambda said: check_study(said.file))
    export.set_defaults(command=lambda said: export_study(said.file, said.out, said.code))
    said = parser.parse_args(arguments)
    try:
        print(said.command(said))
    except InputError as error:
        sys.exit(f"Error: {error}")


if __name__ == "__main__":
    main()
