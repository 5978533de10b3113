"""Turn merged code lengths into the tables of Information Transfer."""

from lit import logs
from lit.tables.make import make_tables
from lit.workflow.job import job

with job(snakemake) as settings:
    files = snakemake.input
    made = make_tables(settings, files.codes, files.sources, files.data)
    for path in snakemake.output:
        made[path.rsplit("/", 1)[1].removesuffix(".csv")].to_csv(path, index=False)
    for row in made["information_transfer"].itertuples():
        logs.log.info(
            "%s, n = %s: L_IT = %.1f +- %.1f bits", row.arm, row.n, row.l_it_bits, row.l_it_se
        )
