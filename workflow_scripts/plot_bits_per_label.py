"""Draw the figure bits_per_label."""

from lit import logs
from lit.figures import style
from lit.tables import make

with logs.job(snakemake.log[0]):
    table = make.read_table(snakemake.input[0])
    style.save(style.plot_bits_per_label(table), snakemake.output.pdf, snakemake.output.png)
