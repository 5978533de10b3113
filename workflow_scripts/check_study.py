"""Check everything that needs data and models together, before anything is trained."""

import json
from pathlib import Path

from lit import logs, store
from lit.checks import check_rows

with logs.job(snakemake.log[0]):
    settings = json.loads(snakemake.params.settings)
    data = {name: store.read_dataset(path) for name, path in settings["data"].items()}
    check_rows(settings["rows"], data, settings["models"], settings["seed"])
    sizes = {name: {"examples": len(d.x), "shape": d.x.shape[1:], "classes": d.classes} for name, d in data.items()}
    Path(snakemake.output[0]).write_text(json.dumps(sizes, indent=1, sort_keys=True) + "\n")
