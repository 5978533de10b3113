"""Compare every result file with what the study asks for, and read what decoding showed; print what does not fit."""

import json
import sys

from lit import logs
from lit.audit import audit, read_proofs

with logs.job(snakemake.log[0]):
    expected = json.loads(snakemake.params.expected)
    found = [*audit(expected), *read_proofs(snakemake.input)]
    for path, complaint in found:
        logs.log.error("%s: %s", path, complaint)
    logs.log.info("audit: %d of %d files do not fit", len({path for path, _ in found}), len(expected) + len(snakemake.input))
    sys.exit(bool(found))
