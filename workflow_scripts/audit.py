"""Compare every result file with what the study asks for; print what does not fit."""

import json
import sys

from lit import logs
from lit.audit import audit

with logs.job(snakemake.log[0]):
    expected = json.loads(snakemake.params.expected)
    found = list(audit(expected))
    for path, complaint in found:
        logs.log.error("%s: %s", path, complaint)
    logs.log.info("audit: %d of %d files do not fit", len({path for path, _ in found}), len(expected))
    sys.exit(bool(found))
