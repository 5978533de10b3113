"""Make a view of a data set: the same examples and labels, part of the inputs."""

from lit.data.overlap import row_hashes
from lit.data.views import make_view
from lit.files import store
from lit.files.provenance import versions
from lit.workflow.job import job

with job(snakemake) as settings:
    data = store.read_dataset(snakemake.input.data, settings["spec"]["of"])
    x = make_view(data.x, settings["spec"], f"datasets.{settings['dataset']}")
    arrays = {"x": x, "row_hash": row_hashes(x)} | data.labels_and_groups()
    about = {
        "settings": settings,
        "code": snakemake.params.code,
        "inputs": store.digests(snakemake.input),
    }
    store.write(
        snakemake.output[0],
        "dataset",
        arrays,
        **data.about(),
        versions=versions("numpy", "pillow"),
        **about,
    )
