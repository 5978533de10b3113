"""Make one analysis of a study's code lengths: its table, and the figure drawn from it."""

import json

from lit import logs
from lit.analyses import get_analysis, options_of, read_results
from lit.figures import style
from lit.tables.make import read_table
from lit.workflow.refuse_stale import check_inputs

with logs.job(snakemake.log[0]):
    settings = json.loads(snakemake.params.settings)
    files = snakemake.input
    check_inputs(snakemake.input, snakemake.params.made)
    analysis = get_analysis(settings["options"])
    results = read_results(settings, files.codes, files.sources, files.data)
    table = analysis.tabulate(results, options_of(settings["options"]))
    table.to_csv(snakemake.output.table, index=False)
    style.save(
        analysis.draw(read_table(snakemake.output.table)),
        snakemake.output.pdf,
        snakemake.output.png,
    )
