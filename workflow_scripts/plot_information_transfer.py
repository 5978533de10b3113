"""Draw the figure information_transfer."""

from lit import logs, plots, tables

with logs.job(snakemake.log[0]):
    table = tables.read_table(snakemake.input[0])
    plots.save(plots.plot_information_transfer(table), snakemake.output.pdf, snakemake.output.png)
