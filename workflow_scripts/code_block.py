"""Code one span of a run's stream for one seed group."""

from lit.coding.coder import code_span
from lit.files import store
from lit.workflow.job import job
from lit.workflow.read_coder import read_coder
from lit.workflow.torch_job import provenance, start_torch

with job(snakemake) as settings:
    device = start_torch(snakemake.config, snakemake.resources)
    coder = read_coder(settings, snakemake.input, device)
    before = (
        store.read_before(snakemake.input.before[0], settings) if snakemake.input.before else None
    )
    blocks = [tuple(block) for block in settings["blocks"]]
    arrays = code_span(coder, blocks, settings["next_end"], before)
    about = provenance(settings, snakemake.params.code, snakemake.input, device)
    store.write(snakemake.output[0], "block", arrays, **about)
