"""Draw the figure bits_per_label."""

import pandas as pd

from lit import logs, plots

with logs.job(snakemake.log[0]):
    table = pd.read_csv(snakemake.input[0], dtype={"n": "Int64"})
    plots.save(plots.plot_bits_per_label(table), snakemake.output.pdf, snakemake.output.png)
