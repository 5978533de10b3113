"""Send a run's labels as a file and read them back from it: the proof that its code length is one."""

import json
from pathlib import Path

from lit import jobs, logs, merge, store
from lit.decode import prove

with logs.job(snakemake.log[0]):
    settings = json.loads(snakemake.params.settings)
    device = jobs.start_torch(snakemake.config, snakemake.resources)
    blocks = [tuple(block) for block in settings["blocks"]]
    files = store.read_blocks(snakemake.input.codes, settings["run"], settings["seeds"], blocks[-1][1])
    merged = merge.merge_spans([arrays for arrays, _ in files])
    proof = prove(lambda: jobs.coder(settings, snakemake.input, device), blocks, merged)
    Path(snakemake.output.code).write_bytes(proof.words.astype("<u4").tobytes())
    found = {"holds": proof.holds, "file_bits": proof.bits, "reported_bits": proof.reported_bits, "labels": proof.labels}
    logs.log.info("%s: %s", snakemake.wildcards.run, found | {"wrong_labels": proof.wrong})
    Path(snakemake.output.proof).write_text(json.dumps(found | {"wrong_labels": proof.wrong}) + "\n")
