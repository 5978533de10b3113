"""The page over all studies of a results folder: the first line of each one's answer, and a link.

It is no result of a study: whoever has written a report writes it, for what is there. Studies that
run side by side may do so at once, so it is written again until it shows what the folder holds.
"""

from html.parser import HTMLParser
from pathlib import Path

from lit.files.store import write_whole
from lit.report.names import say_names
from lit.report.pages import get_template

ABOUT = {"question": "question", "description": "answer"}  # by the name of a report's meta element
HEAD = 20_000  # characters of a report that its head lies within
KINDS = {"Studies run here": "*/report/index.html"}
KINDS |= {"Published studies": "published/*/report/index.html"}


def write_index(root: str | Path) -> Path:
    """Write ``index.html`` into a results folder, and return its path."""
    path = Path(root) / "index.html"
    while True:
        text = make_index(root)
        if path.exists() and path.read_text(encoding="utf-8") == text:
            return path
        write_whole(path, text.encode())


def make_index(root: str | Path) -> str:
    """The page: a link to each report below a results folder, with the answer that it gives."""
    kinds = {kind: sorted(Path(root).glob(pattern)) for kind, pattern in KINDS.items()}
    studies = {
        kind: [_about(path, root) for path in paths] for kind, paths in kinds.items() if paths
    }
    return get_template("index.html").render(studies=studies)


def answer_of(report: str | Path) -> str:
    """What a report's page answers, if it says so."""
    return _said_in(Path(report)).get("answer", "")


def _about(path: Path, root: str | Path) -> dict[str, str]:
    """A study's name, where its report is, what that asks and what it answers, if it says so."""
    study = path.parts[-3]
    name = say_names([study])[study]
    return {"name": name, "link": path.relative_to(root).as_posix()} | _said_in(path)


def _said_in(path: Path) -> dict[str, str]:
    reader = _Description()
    with path.open(encoding="utf-8", errors="replace") as file:
        reader.feed(file.read(HEAD))
    return reader.found


class _Description(HTMLParser):
    """Finds what a page's head says of it."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "meta" and (name := ABOUT.get(values.get("name") or "")):
            self.found.setdefault(name, values.get("content") or "")
