"""Merge all blocks of a run, prove that the stream is fresh, and mix the experts."""

import numpy as np

from lit.coding import freshness, merge
from lit.files import store
from lit.files.provenance import versions
from lit.workflow.job import job
from lit.workflow.read_blocks import read_blocks

with job(snakemake) as settings:
    seeds = settings["groups"]
    groups, abouts = read_blocks(snakemake.input.blocks, settings["parts"], seeds)
    arrays = merge.merge_groups([merge.unite(learners) for learners in groups])
    duplicates = [0] * len(arrays["index"])
    data = zip(snakemake.input.data, settings["datasets"], strict=True)
    hashes = {
        name: store.read(path, "dataset", dataset=name)[0]["row_hash"]
        for path, name in data
        if settings["sources"]
    }
    for i, source in enumerate(settings["sources"]):
        found = zip(
            snakemake.input.sources[i * len(seeds) : (i + 1) * len(seeds)], seeds, strict=True
        )
        index = np.concatenate(
            [
                store.read(path, "source", source=source["id"], seeds=s)[0]["index"]
                for path, s in found
            ]
        )
        own, coded = hashes[source["dataset"]], hashes[settings["datasets"][0]]
        twice = freshness.check_fresh(
            arrays["index"], index, source["own"], coded, own, settings["run"]
        )
        duplicates = [a + b for a, b in zip(duplicates, twice, strict=True)]
    store.write(
        snakemake.output[0],
        "codelengths",
        arrays,
        settings=settings,
        seeds=[seed for group in seeds for seed in group],
        duplicates=duplicates,
        made_by=merge.distinct(abouts),
        code=snakemake.params.code,
        inputs=store.digests(snakemake.input),
        versions=versions("numpy"),
    )
