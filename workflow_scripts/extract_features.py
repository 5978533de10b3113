"""Pass a data set through a frozen backbone and write its features as a data set of their own."""

import dataclasses
from pathlib import Path

from lit.data.overlap import row_hashes
from lit.files import store, user_files
from lit.files.checkpoint import Checkpoint
from lit.networks.features import extract_features
from lit.workflow.job import job
from lit.workflow.torch_job import provenance, start_torch

with job(snakemake) as settings:
    user_files.check_weights(settings["model"])
    device = start_torch(snakemake.config, snakemake.resources)
    made_by = provenance(settings, snakemake.params.code, snakemake.input, device)
    data = store.read_dataset(snakemake.input.data, settings["of"])
    checkpoint = Checkpoint(Path(snakemake.output[0]).with_suffix(".checkpoint"), **made_by)
    arrays = extract_features(
        settings["model"],
        data,
        settings["seed"],
        device,
        **settings["taken"],
        checkpoint=checkpoint,
        where=f"features {settings['dataset']}",
    )
    user_files.check_weights(settings["model"])
    arrays |= {"y": data.y, "row_hash": row_hashes(arrays["x"])}
    scaling = f"as the backbone gives them; its own inputs were {data.scaling}"
    about = dataclasses.replace(data, scaling=scaling, vocabulary=None).about()
    store.write(snakemake.output[0], "dataset", arrays, **about, **made_by)
    checkpoint.remove()
