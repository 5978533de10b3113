"""Results of a study, by its file or their folder."""

from pathlib import Path

from lit.errors import InputError
from lit.files import store
from lit.files.result_files import Arrays
from lit.study.config import read_study
from lit.study.config_files import check_name
from lit.study.paths import Paths
from lit.tables.agreement import MAIN


def results_folder(where: str) -> Path:
    """The folder with the results of a study.

    Args:
        where: The study's file, or the folder: ``results/<study>``, or a published one.

    Raises:
        InputError: it holds no tables, or those of another file that gives its study this name.
    """
    folder, again = Path(where), ""
    if not folder.is_dir():
        folder = Path(_paths(read_study(where).name, where).root)
        again = f"; run the study first: python -m lit run {where}"
    if not (folder / MAIN).is_file():
        raise InputError(f"{folder} holds no results ({MAIN} is not there){again}")
    return folder


def read_codes(name: str, run: str, where: str) -> tuple[Arrays, store.Attributes]:
    """Code lengths of a run among the results of the study ``name``.

    Args:
        name: The study's.
        run: The run's id.
        where: The study's file.

    Raises:
        InputError: they are not there yet, are damaged, or those of another file that gives its
            study this name.
    """
    paths = _paths(name, where)
    path = paths.codelengths(run)
    if not Path(path).is_file():
        raise InputError(
            f"{paths.root} holds no results of {run} ({path} is not there); run the study first:"
            f" python -m lit run {where}"
        )
    return store.read(path, "codelengths", run=run)


def _paths(name: str, where: str) -> Paths:
    """Where the results of a file's study lie, which another file's of the same name are not."""
    paths = Paths(name)
    check_name(name, [where], paths.origin())
    return paths
