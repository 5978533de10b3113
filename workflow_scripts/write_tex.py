"""Write the main table as LaTeX."""

from pathlib import Path

from lit.report.latex import latex_table
from lit.tables.reading import read_table
from lit.workflow.job import job

with job(snakemake):
    Path(snakemake.output[0]).write_text(latex_table(read_table(snakemake.input[0])))
