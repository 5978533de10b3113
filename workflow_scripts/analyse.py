"""Make the table of one analysis of a study's code lengths."""

import json

from lit import logs
from lit.analyses import get_analysis, options_of
from lit.analyses.results import read_results
from lit.workflow.refuse_stale import check_inputs

with logs.job(snakemake.log[0]):
    settings = json.loads(snakemake.params.settings)
    files = snakemake.input
    check_inputs(snakemake.input, snakemake.params.made)
    analysis = get_analysis(settings["options"])
    results = read_results(settings, files.codes, files.sources, files.data)
    table = analysis.tabulate(results, options_of(settings["options"]))
    table.to_csv(snakemake.output[0], index=False)
