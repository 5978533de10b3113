"""Send a run's labels as a file and read them back: the proof that its code length is one."""

import hashlib
import json
from pathlib import Path

from lit import logs
from lit.coding import merge
from lit.coding.decode import prove
from lit.files import store
from lit.workflow.job import job
from lit.workflow.read_coder import read_coder
from lit.workflow.torch_job import provenance, start_torch

with job(snakemake) as settings:
    device = start_torch(snakemake.config, snakemake.resources)
    blocks = [tuple(block) for block in settings["blocks"]]
    files = store.read_blocks(
        snakemake.input.codes, settings["run"], settings["seeds"], blocks[-1][1]
    )
    merged = merge.merge_spans([arrays for arrays, _ in files])
    proof = prove(lambda: read_coder(settings, snakemake.input, device), blocks, merged)
    sent = proof.words.astype("<u4").tobytes()
    Path(snakemake.output.code).write_bytes(sent)
    found = {
        "holds": proof.holds,
        "file_bits": proof.bits,
        "reported_bits": proof.reported_bits,
        "labels": proof.labels,
    }
    found |= {"wrong_labels": proof.wrong}
    logs.log.info("%s: %s", snakemake.wildcards.run, found)
    about = provenance(settings, snakemake.params.code, snakemake.input, device) | {
        "sha256": hashlib.sha256(sent).hexdigest()
    }
    Path(snakemake.output.proof).write_text(json.dumps(found | about, sort_keys=True) + "\n")
