"""Write the self-contained report page."""

from pathlib import Path

from lit import logs
from lit.provenance import config_digest, file_digest
from lit.report import write_report
from lit.tables import read_table

with logs.job(snakemake.log[0]):
    tables = {Path(path).stem: read_table(path) for path in snakemake.input.tables}
    figures = {Path(path).stem: Path(path) for path in snakemake.input.figures}
    digests = {"config": config_digest(snakemake.params.settings)}
    digests |= {f"tables/{name}.csv": file_digest(path) for name, path in zip(tables, snakemake.input.tables, strict=True)}
    page = write_report(tables, figures, snakemake.config, digests)
    Path(snakemake.output[0]).write_text(page, encoding="utf-8")
