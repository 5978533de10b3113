"""Train the models M on one task of a sequence, from where the task before left them."""

from lit.continual.chain import read_tasks, train_task
from lit.files import store, user_files
from lit.workflow.job import job
from lit.workflow.torch_job import provenance, start_torch

with job(snakemake) as settings:
    user_files.check_weights(settings["model"])
    device = start_torch(snakemake.config, snakemake.resources)
    before = None
    if snakemake.input.before:
        before = store.read(
            snakemake.input.before[0], "source", source=settings["before"], seeds=settings["seeds"]
        )[0]
    arrays = train_task(
        settings["model"],
        read_tasks(settings, snakemake.input.data),
        settings["position"],
        settings["several"],
        settings["algorithm"],
        settings["seeds"],
        device,
        before,
    )
    user_files.check_weights(settings["model"])
    made_by = provenance(settings, snakemake.params.code, snakemake.input, device)
    store.write(snakemake.output[0], "source", arrays, **made_by)
