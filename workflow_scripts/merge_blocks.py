"""Merge the blocks of all seed groups of one run; prove that the stream is fresh; mix the experts."""

import json

import numpy as np

from lit import logs, merge, store
from lit.provenance import versions

with logs.job(snakemake.log[0]):
    settings = json.loads(snakemake.params.settings)
    files = [store.read(path, "block") for path in snakemake.input.blocks]
    spans = len(files) // len(settings["groups"])
    groups = [merge.merge_spans([a for a, _ in files[i : i + spans]]) for i in range(0, len(files), spans)]
    arrays = merge.merge_groups(groups)
    duplicates = [0] * len(arrays["index"])
    if snakemake.input.sources:
        sources = np.concatenate([store.read(path, "source")[0]["index"] for path in snakemake.input.sources])
        hashes = [store.read(path, "dataset")[0]["row_hash"] for path in snakemake.input.data]
        duplicates = merge.check_fresh(arrays["index"], sources, settings["same_data"], hashes[0], hashes[-1], settings["run"])
        if any(duplicates):
            logs.log.warning(
                "Warning: %s: inputs that are coded and also occur, exactly, in the source's training set: %s by seed."
                " L_IT then counts some memorised examples; remove duplicates from the data.",
                settings["run"],
                duplicates,
            )
    store.write(
        snakemake.output[0],
        "codelengths",
        arrays,
        settings=settings,
        seeds=[seed for group in settings["groups"] for seed in group],
        duplicates=duplicates,
        made_by=merge.distinct([about for _, about in files]),
        code=snakemake.params.code,
        inputs=store.digests(snakemake.input),
        versions=versions("numpy"),
    )
