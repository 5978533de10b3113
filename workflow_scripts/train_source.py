"""Train the models M of one source for one seed group."""

from pathlib import Path

from lit.data.classes import class_names, match_classes
from lit.files import store, user_files
from lit.files.checkpoint import Checkpoint
from lit.training.options import Training, read_options
from lit.training.sources import train_source
from lit.training.state import State
from lit.workflow.job import job
from lit.workflow.torch_job import provenance, start_torch

with job(snakemake) as settings:
    user_files.check_weights(settings["model"])
    device = start_torch(snakemake.config, snakemake.resources)
    made_by = provenance(settings, snakemake.params.code, snakemake.input, device)
    data = store.read_dataset(snakemake.input.data[0], settings["dataset"])
    names, head = class_names(data.names, settings["labels"]), settings.get("head", "keep")
    before = outputs = None
    if snakemake.input.before:
        stored, about = store.read(
            snakemake.input.before[0], "source", source=settings["before"], seeds=settings["seeds"]
        )
        before, outputs = (
            State.from_arrays(stored),
            None if head == "new" else match_classes(about.get("names"), names),
        )
    checkpoint = Checkpoint(Path(snakemake.output[0]).with_suffix(".checkpoint"), **made_by)
    arrays = train_source(
        settings["model"],
        data,
        settings["labels"],
        settings["n"],
        settings["stop"],
        settings["seeds"],
        read_options(Training, settings["training"]),
        device,
        checkpoint,
        before,
        head,
        outputs,
    )
    user_files.check_weights(settings["model"])
    store.write(
        snakemake.output[0], "source", arrays, **({"names": names} if names else {}), **made_by
    )
    checkpoint.remove()
