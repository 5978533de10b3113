"""Draw one figure from its table."""

import json

from lit import logs
from lit.figures import get_figure
from lit.figures.style import save
from lit.tables.reading import read_table

with logs.job(snakemake.log[0]):
    draw = get_figure(json.loads(snakemake.params.settings)).draw
    save(draw(read_table(snakemake.input[0])), snakemake.output.pdf, snakemake.output.png)
