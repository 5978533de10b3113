"""Make the table of one analysis of a study's code lengths."""

from lit.analyses import get_analysis, options_of
from lit.analyses.results import read_results
from lit.workflow.job import job

with job(snakemake) as settings:
    files = snakemake.input
    analysis = get_analysis(settings["options"])
    results = read_results(settings, files.codes, files.sources, files.data)
    table = analysis.tabulate(results, options_of(settings["options"]))
    table.to_csv(snakemake.output[0], index=False)
