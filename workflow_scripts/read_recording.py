"""Read the code lengths of one start of a run that was recorded elsewhere."""

from lit.files import recordings, store, user_files
from lit.files.provenance import versions
from lit.workflow.job import job

with job(snakemake) as settings:
    path = snakemake.params.path
    with user_files.unchanged(path, settings["content"]):
        arrays = recordings.code_lengths(path, settings)
    store.write(
        snakemake.output[0],
        "codelengths",
        arrays,
        settings=settings,
        seeds=settings["seeds"],
        code=snakemake.params.code,
        inputs={},
        versions=versions("numpy"),
    )
