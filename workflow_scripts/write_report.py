"""Write the self-contained report page."""

import json
from pathlib import Path

from lit import logs
from lit.report.page import make_report

with logs.job(snakemake.log[0]):
    tables, figures = (
        {Path(path).stem: Path(path) for path in paths}
        for paths in (snakemake.input.tables, snakemake.input.figures)
    )
    page = make_report(tables, figures, json.loads(snakemake.params.settings))
    Path(snakemake.output[0]).write_text(page, encoding="utf-8")
