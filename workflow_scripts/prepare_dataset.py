"""Load, check and store one data set."""

import dataclasses

from lit import logs
from lit.data.dataset import WARNING
from lit.data.loaders import load_dataset, loader
from lit.data.overlap import row_hashes
from lit.files import store, user_code, user_files
from lit.files.provenance import versions
from lit.workflow.check_data import data_warnings
from lit.workflow.job import job

with job(snakemake) as settings:
    name = snakemake.wildcards.dataset
    spec = snakemake.config["datasets"][name] | settings["spec"]  # which has no root
    where = f"datasets.{name}"
    with (
        user_files.unchanged(spec.get("path"), settings["content"]),
        user_files.unchanged(spec.get("tokenizer"), settings.get("tokenizer")),
    ):
        data = load_dataset(user_code.with_function(spec, where), where)
        said = tuple(f"{WARNING}{doubt}" for doubt in data_warnings(data, spec))
        data = dataclasses.replace(data, notes=data.notes + said)
    arrays = {"x": data.x, "row_hash": row_hashes(data.x)} | data.labels_and_groups()
    about = {
        "settings": settings,
        "code": snakemake.params.code,
        "inputs": {},
        "versions": versions(*loader(spec["kind"]).PACKAGES),
    }
    store.write(snakemake.output[0], "dataset", arrays, **data.about(), **about)
    logs.log.info(
        "%s: %d examples of shape %s, %d classes; x was %s",
        name,
        len(data.x),
        data.x.shape[1:],
        data.classes,
        data.scaling,
    )
