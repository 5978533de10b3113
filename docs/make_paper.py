"""Write the article from published tables: ``make paper``, into ``build/paper/paper.pdf``.

The text is ``docs/paper/article.typ``; its numbers are expressions as in ``docs/findings/``, whose
values it takes, and its figures are drawn anew from the same tables. Typst sets it: one package
from PyPI with fonts of its own, where a fresh machine has no TeX.
"""

import functools
import re
import sys
from pathlib import Path
from typing import Any

import typst
import yaml
from make_findings import PUBLISHED, ROOT, TEXTS, environment

from lit.figures import get_figure, style
from lit.study.outputs import FIGURES
from lit.tables.reading import read_table

PAPER = ROOT / "docs" / "paper"
IMAGE = re.compile(r'image\("([\w-]+?)--([\w-]+?)(?:--([\w+.-]+))?\.pdf"')


def written() -> str:
    """The text with its numbers, in Typst's markup."""
    return environment(PAPER, TEXTS).get_template("article.typ").render()


def draw(study: str, name: str, arms: str, folder: Path) -> None:
    """A figure of a published study, from its table: of all arms, or of those joined by ``+``."""
    published = PUBLISHED / study
    entry: Any = name if name in FIGURES else analyses(study)[name]
    table = read_table(published / "tables" / f"{FIGURES.get(name, name)}.csv")
    if arms:
        table = table[table["arm"].isin(arms.split("+"))]
    table.attrs["subjects"] = subjects(study)
    path = folder / "--".join(filter(None, (study, name, arms)))
    style.save(get_figure(entry).draw(table), f"{path}.pdf", f"{path}.png")


@functools.cache
def analyses(study: str) -> dict[str, Any]:
    return yaml.safe_load((PUBLISHED / study / "config.yaml").read_text())["analyses"]


@functools.cache
def subjects(study: str) -> list[list[str]]:
    """Target and model of all arms in their order, see :func:`lit.figures.style.looks`."""
    table = read_table(PUBLISHED / study / "tables" / "information_transfer.csv")
    return table[["target", "model"]].drop_duplicates().to_numpy().tolist()


def make_paper(folder: Path) -> Path:
    """The article and all that it is made of, in a folder; returns the path of the PDF."""
    folder.mkdir(parents=True, exist_ok=True)
    text = written()
    (folder / "article.typ").write_text(text, encoding="utf-8")
    (folder / "style.typ").write_text((PAPER / "style.typ").read_text(), encoding="utf-8")
    for study, name, arms in dict.fromkeys(IMAGE.findall(text)):
        draw(study, name, arms, folder)
    path = folder / "paper.pdf"
    typst.compile(folder / "article.typ", output=path, root=folder, ignore_system_fonts=True)
    return path


if __name__ == "__main__":
    print(make_paper(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "build" / "paper"))
