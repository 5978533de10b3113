"""Write the self-contained report page."""

from pathlib import Path

from lit.report.page import make_report
from lit.workflow.job import job

with job(snakemake) as settings:
    tables, figures = (
        {Path(path).stem: Path(path) for path in paths}
        for paths in (snakemake.input.tables, snakemake.input.figures)
    )
    page = make_report(tables, figures, settings)
    Path(snakemake.output[0]).write_text(page, encoding="utf-8")
