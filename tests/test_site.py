"""The documentation site: built as make docs does, every page whole, no link that leads nowhere."""

import re
import subprocess
import sys
import urllib.parse
from html.parser import HTMLParser
from pathlib import Path

import pytest
import yaml
from conftest import ROOT
from test_docs import PAGES

pytestmark = pytest.mark.slow


class Page(HTMLParser):
    """A page's addresses, its anchors, and the text of its article outside of code."""

    def __init__(self, path: Path):
        super().__init__()
        self.links: list[str] = []
        self.anchors: set[str] = set()
        self.words: list[str] = []
        self.inside: list[str] = []
        self.feed(path.read_text())

    def handle_starttag(self, tag, attributes):
        named = dict(attributes)
        self.links += [named[key] for key in ("href", "src") if named.get(key)]
        self.anchors |= {named[key] for key in ("id", "name") if named.get(key)}
        if tag in ("article", "code", "pre", "script", "style"):
            self.inside.append(tag)

    def handle_endtag(self, tag):
        if self.inside and self.inside[-1] == tag:
            self.inside.pop()

    def handle_data(self, data):
        if self.inside == ["article"]:
            self.words.append(data)


def build(source, folder):
    """Build the pages of a folder by the command of ``make docs``."""
    pytest.importorskip("material", reason="make .venv/.docs installs it")
    listed = subprocess.run(
        ["make", "-n", "-o", ".venv/.docs", "docs"], cwd=ROOT, capture_output=True, text=True, check=True
    )  # fmt: skip
    (options,) = re.findall(r"-m (mkdocs build.*)", listed.stdout)
    command = [sys.executable, "-m", *options.split(), "--site-dir", folder]
    return subprocess.run(command, cwd=source, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The folder of the site, and its pages by path."""
    folder = tmp_path_factory.mktemp("site")
    done = build(ROOT, folder)
    assert not done.returncode, done.stdout + done.stderr
    return folder, {path: Page(path) for path in folder.rglob("*.html")}


def test_make_docs_fails_at_a_warning(tmp_path):
    """With --quiet it went through, and the site had what it warned of."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/index.md").write_text("[a page](nowhere.md)")
    (tmp_path / "mkdocs.yml").write_text("site_name: a\nstrict: true\ntheme: null\n")
    done = build(tmp_path, tmp_path / "site")
    assert done.returncode
    assert "'nowhere.md'" in done.stderr


def test_no_link_of_the_site_leads_nowhere(site):
    folder, pages = site
    dead = []
    for path, page in pages.items():
        for link in page.links:
            parts = urllib.parse.urlsplit(link)
            if parts.scheme or parts.netloc or path.name == "404.html":
                continue
            target = (path.parent / urllib.parse.unquote(parts.path)).resolve()
            target = target / "index.html" if target.is_dir() else target
            anchor = urllib.parse.unquote(parts.fragment)
            known = pages[target].anchors if target in pages else set()
            if not target.exists() or (anchor and anchor not in known | {"__top"}):
                dead.append(f"{path.relative_to(folder)}: {link}")
    assert len(pages) > 40
    assert not dead


def test_no_page_shows_marks_of_its_source(site):
    """Lists, tables, links and comments are what they look like on GitHub, not text."""
    folder, pages = site
    marks = re.compile(r"\| ?---|\]\(|^ *- \w|^\d+\. \w|<!--|:(?:func|class|meth):|\*\*|:::", re.M)
    wrong = {
        str(path.relative_to(folder)): found[0]
        for path, page in pages.items()
        if (found := marks.search("".join(page.words)))
    }
    assert not wrong


def test_every_page_is_in_the_navigation():
    text = re.sub(r"!!python/\S+", "", (ROOT / "mkdocs.yml").read_text())
    named = re.findall(r"[\w./-]+\.md", str(yaml.safe_load(text)["nav"]))
    assert len(named) == len(set(named))
    assert {str(path.relative_to(ROOT)) for path in PAGES if ".github" not in path.parts} <= {
        *named
    }
    assert all((ROOT / name).exists() for name in named)
