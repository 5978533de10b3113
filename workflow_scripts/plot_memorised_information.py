"""Draw the figure memorised_information."""

from lit import logs, plots, tables

with logs.job(snakemake.log[0]):
    table = tables.read_table(snakemake.input[0])
    plots.save(plots.plot_memorised_information(table), snakemake.output.pdf, snakemake.output.png)
