"""Train the models M of one source for one seed group."""

import json

from lit import jobs, logs, store
from lit.engine import training_options
from lit.sources import train_source

with logs.job(snakemake.log[0]):
    settings = json.loads(snakemake.params.settings)
    device = jobs.start_torch(snakemake.threads, snakemake.config, snakemake.resources)
    arrays = train_source(
        settings["model"],
        store.read_dataset(snakemake.input.data),
        settings["labels"],
        settings["n"],
        settings["stop"],
        settings["seeds"],
        training_options(settings["training"]),
        device,
    )
    store.write(snakemake.output[0], "source", arrays, **jobs.provenance(settings, snakemake.params.code, device))
