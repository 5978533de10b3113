"""Draw one figure from its table."""

from lit import logs
from lit.figures import get_figure
from lit.figures.style import save
from lit.tables.reading import read_table

with logs.job(snakemake.log[0]):
    figure = get_figure(snakemake.params.kind).draw(read_table(snakemake.input[0]))
    save(figure, snakemake.output.pdf, snakemake.output.png)
