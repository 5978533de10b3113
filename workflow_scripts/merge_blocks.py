"""Merge all blocks of a run, prove that the stream is fresh, and mix the experts."""

import numpy as np

from lit.coding import freshness, merge
from lit.data import overlap
from lit.files import store
from lit.files.provenance import versions
from lit.workflow.job import job
from lit.workflow.read_blocks import read_blocks

with job(snakemake) as settings:
    seeds = settings["groups"]
    groups, abouts = read_blocks(snakemake.input.blocks, settings["parts"], seeds)
    arrays = merge.merge_groups([merge.unite(learners) for learners in groups])
    repeated = np.zeros(arrays["index"].shape, dtype=bool)
    data = zip(snakemake.input.data, settings["datasets"], strict=True)
    hashes, apart = {}, set()
    for path, name in data if settings["sources"] else ():
        held = store.read(path, "dataset", dataset=name)[0]
        hashes[name] = held["row_hash"]
        if "groups" in held or overlap.look_alike(held["x"], held["row_hash"], held["y"]):
            apart.add(name)
    target = settings["datasets"][0]
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
        repeated |= freshness.check_fresh(
            arrays["index"],
            index,
            source["own"],
            hashes[target],
            hashes[source["dataset"]],
            settings["run"],
            others=freshness.are_others(target, source["dataset"], apart),
        )
    store.write(
        snakemake.output[0],
        "codelengths",
        arrays | {"repeated": repeated.astype(np.uint8)},
        settings=settings,
        seeds=[seed for group in seeds for seed in group],
        made_by=merge.distinct(abouts),
        code=snakemake.params.code,
        inputs=store.digests(snakemake.input),
        versions=versions("numpy"),
    )
