"""Turn merged code lengths into the tables of Information Transfer."""

import json

import numpy as np

from lit import logs, store, tables

with logs.job(snakemake.log[0]):
    settings = json.loads(snakemake.params.settings)
    codes = {run: store.read(path, "codelengths", run=run) for run, path in settings["codes"].items()}
    seeds = next(iter(codes.values()))[1]["seeds"]
    duplicates = {run: attributes["duplicates"] for run, (_, attributes) in codes.items()}
    codes = {run: arrays for run, (arrays, _) in codes.items()}
    sources = {}
    for source, paths in settings["sources"].items():
        parts = [store.read(path, "source", source=source)[0] for path in paths]
        sources[source] = {name: np.concatenate([part[name] for part in parts]) for name in ("bits", "accuracy")}
    by_seed = tables.transfer_by_seed(settings["study"], settings["rows"], codes, sources, seeds, duplicates)
    made = {
        "information_transfer": tables.transfer_table(by_seed),
        "information_transfer_by_seed": by_seed,
        "code_lengths": tables.code_length_table(codes, settings["runs"], seeds),
        "curves": tables.curve_table(settings["rows"], codes, seeds),
    }
    for path in snakemake.output:
        made[path.rsplit("/", 1)[1].removesuffix(".csv")].to_csv(path, index=False)
    for row in made["information_transfer"].itertuples():
        logs.log.info("%s, n = %s: L_IT = %.1f +- %.1f bits", row.arm, row.n, row.l_it_bits, row.l_it_se)
