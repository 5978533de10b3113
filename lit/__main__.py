"""``python -m lit check study.yaml``: check a study's file without running anything of it."""

import argparse
import sys
from collections.abc import Sequence

from lit.errors import InputError
from lit.workflow.check_study import check_study


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the command line, or these arguments; end with the reason where a study cannot run."""
    parser = argparse.ArgumentParser(
        prog="python -m lit", description="Information Transfer in bits."
    )
    commands = parser.add_subparsers(required=True, metavar="command")
    check = commands.add_parser("check", help="check a study's file without running anything of it")
    check.add_argument("file", help="the study, such as config/config.yaml")
    try:
        print(check_study(parser.parse_args(arguments).file))
    except InputError as error:
        sys.exit(f"Error: {error}")


if __name__ == "__main__":
    main()
