"""What a published folder says of itself: what was run, on what, and how long it took."""

import os
import platform
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from lit.report.titles import captions, question_of
from lit.report.versions import versions


def newest(paths: Iterable[str]) -> str:
    """Day (UTC) on which the newest of some files was made, as ``YYYY-MM-DD``."""
    made = max(Path(path).stat().st_mtime for path in paths)
    return datetime.fromtimestamp(made, UTC).date().isoformat()


def hardware() -> str:
    """Processor, cores and memory of this machine."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    name = names[0] if names else platform.processor()
    return f"{name}, {os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()}"


def write_readme(out: Path, config: Mapping[str, Any], times: pd.DataFrame) -> str:
    """The folder's README.md."""
    total, computing = times["seconds"].sum(), times["cpu_seconds"].sum()
    lines = [
        f"# Published results: {config['study']}",
        "",
        question_of(config),
        "",
        "Made by the target `publish` of the study's own command; do not edit by hand.",
        "",
        f"- Hardware: {hardware()}",
        f"- Versions: {', '.join(f'{k} {v}' for k, v in versions().items())}",
        f"- Seeds: {config['seeds']}",
        f"- Job seconds in all: {total:.0f} ({computing / 3600:.2f} core hours; `run_times.csv` has"
        " them by rule)",
        "- Settings: `config.yaml`. Tables: `tables/`, `tex/`. Page: `report/index.html`. Figures,"
        " PDF and PNG:",
        "",
    ]
    for path in sorted((out / "figures").glob("*.png")):
        lines += [f"![{path.stem}](figures/{path.name})", "", captions(config)[path.stem], ""]
    return "\n".join(lines).rstrip() + "\n"
