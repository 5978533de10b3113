"""What MkDocs builds the site of: pages and files of the whole repository, each at its own path.

So a link is written once, and leads somewhere on the site as it does in a clone. A file of code
that a page links to becomes a page which shows it; a folder stands for the README.md in it.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files, InclusionLevel

ROOT = Path(__file__).resolve().parent.parent
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")),
    *(ROOT / name / "README.md" for name in ("config", "results", "examples")),
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "results" / "published").glob("*/README.md")),
]
CODE = {".py": "python", ".smk": "python", ".yaml": "yaml", ".json": "json", ".cff": "yaml"}
LINK = re.compile(r"(\]\()([^)\s#]+)(#[^)\s]*)?(\))")
COMMENT = re.compile(r"^<!-- .*? -->\n", re.M)  # marks for tests and scripts, not for readers


def linked(page: Path) -> Iterator[tuple[str, Path]]:
    """Each file or folder of the repository that a page links to, as it is written there."""
    for _, link, _, _ in LINK.findall(page.read_text()):
        target = (page.parent / link).resolve()
        if target.exists() and target.is_relative_to(ROOT):
            yield link, target


def shown(target: Path) -> bool:
    """Whether a file is shown as a page: code, and what has no suffix, such as LICENSE."""
    return target.is_file() and (target.suffix in CODE or not target.suffix)


def show(target: Path) -> str:
    """The page that shows a file of code; the search does not look into it."""
    fence = f"```{CODE.get(target.suffix, 'text')}\n{target.read_text().rstrip()}\n```\n"
    title = target.relative_to(ROOT)
    return f"---\nsearch: {{exclude: true}}\nhide: [toc]\n---\n\n# `{title}`\n\n{fence}"


def on_files(files: Files, config: Any) -> Files:
    """The theme's own files, all pages, and all that these link to."""
    ours = Path(config.docs_dir)
    made = Files([f for f in files if not (f.src_dir and Path(f.src_dir) == ours)])
    for page in PAGES:
        made.append(File.generated(config, str(page.relative_to(ROOT)), abs_src_path=str(page)))
    for target in sorted({target for page in PAGES for _, target in linked(page)} - {*PAGES}):
        name = str(target.relative_to(ROOT))
        if shown(target):
            aside = InclusionLevel.NOT_IN_NAV
            made.append(File.generated(config, f"{name}.md", content=show(target), inclusion=aside))
        elif target.is_file():
            made.append(File.generated(config, name, abs_src_path=str(target)))
    return made


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """The text without marks, and with links to the pages that stand for code and folders."""
    folder = (ROOT / page.file.src_uri).parent

    def lead(found: re.Match[str]) -> str:
        target = (folder / found[2]).resolve()
        more = ".md" if shown(target) else "/README.md" if target.is_dir() else ""
        return f"{found[1]}{found[2].rstrip('/')}{more}{found[3] or ''}{found[4]}"

    return LINK.sub(lead, COMMENT.sub("", markdown))
