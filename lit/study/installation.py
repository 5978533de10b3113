"""Whether Python and this project lie where jobs can start, which a shell is given."""

import os
import re
from pathlib import Path

from lit.errors import InputError

# Tried with Snakemake 9.27, one by one. The folder that snakemake runs in may have any of them.
TO_A_SHELL = r"""[\s'"\\$&;|<>()*?`!]"""  # of Python, whose path starts every job unquoted
IN_A_FORMAT = r"[{}]"  # Snakemake takes them for a wildcard in the path of a script


def check_installation(python: str, project: str) -> None:
    """Refuse paths with which every job would fail before it has a log.

    Args:
        python: The interpreter that runs snakemake, and every job.
        project: The folder of this project.

    Raises:
        InputError: naming the path, the character and the remedy.
    """
    own = Path(python).is_relative_to(project)
    for path, what, wrong, remedy in (
        (python, "Python, which starts every job,", TO_A_SHELL, "an environment (.venv)"),
        (project, "this project", f"{IN_A_FORMAT}|{os.pathsep}", "the project"),
    ):
        if found := re.search(wrong, path):
            moved = "the project, and make its environment again there," if own else remedy
            name = "a blank" if found[0].isspace() else f"the character {found[0]}"
            raise InputError(
                f"{what} lies at {path!r}, and {name} in this path lets Snakemake's jobs fail; move"
                f" {moved} to a path of letters, digits, '.', '_' and '-'"
            )
