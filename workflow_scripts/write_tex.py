"""Write the main table as LaTeX."""

from pathlib import Path

import pandas as pd

from lit import logs
from lit.report import latex_table

with logs.job(snakemake.log[0]):
    Path(snakemake.output[0]).write_text(latex_table(pd.read_csv(snakemake.input[0], dtype={"n": "Int64"})))
