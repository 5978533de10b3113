"""Train the models M of one source for one seed group."""

import json
from pathlib import Path

from lit import contents, jobs, logs, stale, store
from lit.checkpoint import Checkpoint
from lit.engine import State
from lit.fitting import Training
from lit.sources import train_source
from lit.stack import read_options

with logs.job(snakemake.log[0]):
    stale.check_inputs(snakemake.input, snakemake.params.made)
    settings = json.loads(snakemake.params.settings)
    contents.check_weights(settings["model"])
    device = jobs.start_torch(snakemake.config, snakemake.resources)
    made_by = jobs.provenance(settings, snakemake.params.code, snakemake.input, device)
    before = None
    if snakemake.input.before:
        stored = store.read(snakemake.input.before[0], "source", source=settings["before"], seeds=settings["seeds"])[0]
        before = State.from_arrays(stored)
    checkpoint = Checkpoint(Path(snakemake.output[0]).with_suffix(".checkpoint"), **made_by)
    arrays = train_source(
        settings["model"],
        store.read_dataset(snakemake.input.data, settings["dataset"]),
        settings["labels"],
        settings["n"],
        settings["stop"],
        settings["seeds"],
        read_options(Training, settings["training"]),
        device,
        checkpoint,
        before,
    )
    contents.check_weights(settings["model"])
    store.write(snakemake.output[0], "source", arrays, **made_by)
    checkpoint.remove()
