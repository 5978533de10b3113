"""Pass a data set through a frozen backbone; the result is a data set of features."""

import json

from lit import jobs, logs, store
from lit.datasets import row_hashes
from lit.features import extract_features

with logs.job(snakemake.log[0]):
    settings = json.loads(snakemake.params.settings)
    device = jobs.start_torch(snakemake.config, snakemake.resources)
    data = store.read_dataset(snakemake.input.data, settings["of"])
    x = extract_features(settings["model"], data, settings["seed"], device)
    about = jobs.provenance(settings, snakemake.params.code, snakemake.input, device)
    store.write(snakemake.output[0], "dataset", {"x": x, "y": data.y, "row_hash": row_hashes(x)}, classes=data.classes, **about)
