"""Code one span of a run's stream for one seed group."""

import json

from lit import jobs, logs, store
from lit.blocks import code_span
from lit.engine import State

with logs.job(snakemake.log[0]):
    settings = json.loads(snakemake.params.settings)
    device = jobs.start_torch(snakemake.threads, snakemake.config, snakemake.resources)
    source = None
    if snakemake.input.source:
        source = State.from_arrays(store.read(snakemake.input.source[0], "source")[0])
    arrays = code_span(
        settings["model"],
        store.read_dataset(snakemake.input.data),
        settings["labels"],
        settings["side"],
        settings["seeds"],
        settings["learner"],
        source,
        settings["head"],
        [tuple(block) for block in settings["blocks"]],
        settings["next_end"],
        device,
    )
    store.write(snakemake.output[0], "block", arrays, **jobs.provenance(settings, snakemake.params.code, device))
