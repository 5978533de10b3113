"""Turn merged code lengths into the tables of Information Transfer."""

from lit import logs
from lit.tables.duplicates import warn_of_duplicates
from lit.tables.make import make_tables
from lit.tables.transfer import said_of
from lit.workflow.job import job

with job(snakemake) as settings:
    files = snakemake.input
    made = make_tables(settings, files.codes, files.sources, files.data)
    for path in snakemake.output:
        made[path.rsplit("/", 1)[1].removesuffix(".csv")].to_csv(path, index=False)
    table, datasets = made["information_transfer"], made["datasets"]
    for line in said_of(table):
        logs.log.info("%s", line)
    if repeated := warn_of_duplicates(table, dict(datasets[["dataset", "kind"]].to_numpy())):
        logs.log.warning("Warning: %s", repeated)
