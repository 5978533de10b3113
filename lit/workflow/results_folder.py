"""Results of a study, by its file or their folder."""

from pathlib import Path

from lit.errors import InputError
from lit.study.config import load_study
from lit.study.config_files import Origin
from lit.study.config_text import read_config
from lit.study.paths import Paths

MAIN = "tables/information_transfer.csv"


def results_folder(where: str) -> Path:
    """The folder with the results of a study.

    Args:
        where: The study's file, or the folder: ``results/<study>``, or a published one.

    Raises:
        InputError: it holds no tables.
    """
    folder, again = Path(where), ""
    if not folder.is_dir():
        config, text = read_config(where)
        folder = Path(Paths(load_study(config, Origin([text])).name).root)
        again = f"; run the study first: python -m lit run {where}"
    if not (folder / MAIN).is_file():
        raise InputError(f"{folder} holds no results ({MAIN} is not there){again}")
    return folder
