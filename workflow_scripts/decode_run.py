"""Send a run's labels as a file and read them back: the proof that its code length is one."""

import hashlib
import json
from pathlib import Path

from lit import logs
from lit.coding.coder import Coder
from lit.coding.decode import prove
from lit.workflow.job import job
from lit.workflow.read_blocks import read_blocks
from lit.workflow.read_coder import read_coder
from lit.workflow.torch_job import provenance, start_torch

with job(snakemake) as settings:
    device = start_torch(snakemake.config, snakemake.resources)
    blocks = [tuple(block) for block in settings["blocks"]]
    (merged,), _ = read_blocks(snakemake.input.codes, settings["parts"], [settings["seeds"]])

    def build() -> dict[str, Coder]:
        """Coders by learner."""
        return {
            learner: read_coder(own, snakemake.input, device)
            for learner, own in settings["coders"].items()
        }

    proof = prove(build, blocks, merged, settings["code"])
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
