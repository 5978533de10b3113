"""Draw one figure from its table."""

from lit.figures import get_figure
from lit.figures.style import save
from lit.tables.reading import read_table
from lit.workflow.job import job

with job(snakemake) as settings:
    table = read_table(snakemake.input[0])
    table.attrs["subjects"] = settings["subjects"]
    save(get_figure(settings).draw(table), snakemake.output.pdf, snakemake.output.png)
