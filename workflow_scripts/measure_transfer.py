"""Turn merged code lengths into the tables of Information Transfer."""

import json

from lit import logs
from lit.tables.make import make_tables
from lit.workflow.refuse_stale import check_inputs

with logs.job(snakemake.log[0]):
    files = snakemake.input
    check_inputs(snakemake.input, snakemake.params.made)
    made = make_tables(
        json.loads(snakemake.params.settings), files.codes, files.sources, files.data
    )
    for path in snakemake.output:
        made[path.rsplit("/", 1)[1].removesuffix(".csv")].to_csv(path, index=False)
    for row in made["information_transfer"].itertuples():
        logs.log.info(
            "%s, n = %s: L_IT = %.1f +- %.1f bits", row.arm, row.n, row.l_it_bits, row.l_it_se
        )
