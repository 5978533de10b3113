"""Copy tables, figures and report into results/published/, with all that describes them."""

import json
import shutil
from pathlib import Path

import yaml

from lit.files.provenance import ROOT
from lit.report.titles import captions
from lit.report.versions import versions
from lit.workflow.audit import check_whole
from lit.workflow.crate import write_crate
from lit.workflow.job import job
from lit.workflow.publish import newest, write_readme
from lit.workflow.run_times import run_times

with job(snakemake):
    check_whole(json.loads(snakemake.params.expected))
    out = Path(snakemake.output[0])
    for path in map(Path, snakemake.input):
        folder = out / path.parent.name
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, folder / path.name)
    times = run_times(json.loads(snakemake.params.records))
    times.to_csv(out / "run_times.csv", index=False)
    (out / "config.yaml").write_text(yaml.safe_dump(snakemake.config, sort_keys=False))
    (out / "README.md").write_text(write_readme(out, snakemake.config, times))
    write_crate(
        out,
        out.name,
        ROOT / "CITATION.cff",
        versions(),
        newest(snakemake.input),
        captions(snakemake.config),
    )
