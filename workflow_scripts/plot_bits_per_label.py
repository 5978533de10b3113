"""Draw the figure bits_per_label."""

from lit import logs, plots, tables

with logs.job(snakemake.log[0]):
    table = tables.read_table(snakemake.input[0])
    plots.save(plots.plot_bits_per_label(table), snakemake.output.pdf, snakemake.output.png)
