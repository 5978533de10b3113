"""Print what a study will cost: jobs, examples to train on, and time by earlier jobs."""

import json
import os
from pathlib import Path

from lit import logs
from lit.workflow.forecast import as_text, forecast

with logs.job(snakemake.log[0]):
    table = forecast(json.loads(snakemake.params.settings), Path("results"))
    logs.log.info("%s", as_text(table, os.cpu_count() or 1))
