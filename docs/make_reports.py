"""Write the pages of published studies from their tables: ``python docs/make_reports.py``.

A report shows tables, so a better page needs no study to be run again. Of the study's RO-Crate the
page's size and digest are written with it; all else that is published stays. A test compares.
"""

import sys
from pathlib import Path

import pandas as pd
import yaml

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from lit.report.page import make_report  # noqa: E402
from lit.study.outputs import TABLES  # noqa: E402
from lit.workflow.crate import describe_anew, made_with  # noqa: E402

PUBLISHED = ROOT / "results" / "published"
PAGE = "report/index.html"


def published() -> list[Path]:
    """Folders of published studies."""
    return sorted(path.parent.parent for path in PUBLISHED.glob(f"*/{PAGE}"))


def page_of(folder: Path) -> str:
    """The page that today's code makes of a published folder's tables."""
    config = yaml.safe_load((folder / "config.yaml").read_text(encoding="utf-8"))
    analyses = config.get("analyses", {})
    own = [name for name, entry in analyses.items() if entry["kind"] == "python"]
    return make_report(
        {name: folder / "tables" / f"{name}.csv" for name in (*TABLES, *sorted(analyses))},
        {name: folder / "figures" / f"{name}.png" for name in own},
        config,
        pd.read_csv(folder / "run_times.csv"),
        made_with(folder),
    )


def write_page(folder: Path) -> None:
    """Write a folder's page, and its digest into the crate, where it differs from today's."""
    page = page_of(folder)
    if (folder / PAGE).read_text(encoding="utf-8") != page:
        (folder / PAGE).write_text(page, encoding="utf-8")
        describe_anew(folder, PAGE)
        print((folder / PAGE).relative_to(ROOT))


if __name__ == "__main__":
    for path in published():
        write_page(path)
