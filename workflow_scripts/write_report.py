"""Write the self-contained report page."""

import json
from pathlib import Path

from lit.report.page import make_report
from lit.workflow.job import job
from lit.workflow.run_times import run_times

with job(snakemake) as settings:
    tables, figures = (
        {Path(path).stem: Path(path) for path in paths}
        for paths in (snakemake.input.tables, snakemake.input.figures)
    )
    times = run_times(json.loads(snakemake.params.records))
    page = make_report(tables, figures, settings, times)
    Path(snakemake.output[0]).write_text(page, encoding="utf-8")
