"""Write the main table as LaTeX, and a macro for each of its numbers."""

from pathlib import Path

from lit.report.latex import latex_numbers, latex_table
from lit.tables.reading import read_table
from lit.workflow.job import job

with job(snakemake):
    table = read_table(snakemake.input[0])
    Path(snakemake.output.table).write_text(latex_table(table))
    Path(snakemake.output.numbers).write_text(latex_numbers(table))
