"""Pass a data set through a frozen backbone and write its features as a data set of their own."""

import dataclasses
from pathlib import Path

from lit.data.overlap import row_hashes
from lit.files import store, user_files
from lit.files.checkpoint import Checkpoint
from lit.networks.features import extract_layers
from lit.workflow.job import job
from lit.workflow.one_pass import AHEAD, is_missing, one_at_a_time, take_up
from lit.workflow.torch_job import provenance, start_torch

with job(snakemake) as settings:
    user_files.check_weights(settings["model"])
    device = start_torch(snakemake.config, snakemake.resources)
    place, own, taken = Path(snakemake.output[0]), settings["dataset"], settings["taken"]
    code, inputs, layers = snakemake.params.code, snakemake.input, snakemake.params.together.data
    made_by = {
        name: provenance(settings | {"dataset": name, "taken": one}, code, inputs, device)
        for name, one in layers.items()
    }
    first = min(layers)
    with one_at_a_time(Path(snakemake.log[0]).with_name(f"{first}.lock")):
        if not take_up(place, made_by[own]):
            missing = {
                name: {key: one.get(key) for key in ("layer", "pooling")}
                for name, one in layers.items()
                if name == own or is_missing(place.with_name(f"{name}.h5"), made_by[name])
            }
            data = store.read_dataset(snakemake.input.data, settings["of"])
            now = made_by[first] | {"layers": missing}
            checkpoint = Checkpoint(place.with_name(f"{first}.checkpoint"), **now)
            features = extract_layers(
                settings["model"],
                data,
                settings["seed"],
                device,
                {f"features {name}": one for name, one in missing.items()},
                trained=taken.get("trained", True),
                precision=taken.get("precision", "float32"),
                checkpoint=checkpoint,
                where=f"features {', '.join(missing)}",
            )
            user_files.check_weights(settings["model"])
            scaling = f"as the backbone gives them; its own inputs were {data.scaling}"
            about = dataclasses.replace(data, scaling=scaling, vocabulary=None).about()
            for name in missing:
                arrays = features[f"features {name}"]
                arrays |= {"row_hash": row_hashes(arrays["x"])} | data.labels_and_groups()
                path = place if name == own else place.with_name(f"{name}{AHEAD}")
                store.write(path, "dataset", arrays, **about, **made_by[name])
            checkpoint.remove()
