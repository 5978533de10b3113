"""Compare every file of the results with what the study asks for; print what does not fit."""

import json
import sys

from lit import logs
from lit.workflow.audit import audit

with logs.job(snakemake.log[0]):
    found, files = audit(json.loads(snakemake.params.expected))
    for path, complaint in found:
        logs.log.error("%s %s", path, complaint)
    logs.log.info("audit: %d of %d files do not fit", len({path for path, _ in found}), files)
    sys.exit(bool(found))
