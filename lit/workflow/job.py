"""What every job of the workflow does first."""

import contextlib
import json
from collections.abc import Iterator
from typing import Any

from lit import logs
from lit.workflow.job_code import check_code
from lit.workflow.refuse_stale import check_inputs


@contextlib.contextmanager
def job(snakemake: Any) -> Iterator[Any]:
    """The settings of a script's job, once its code and its inputs are what was planned.

    An error ends the process as :func:`lit.logs.job` says.

    Args:
        snakemake: What a script is given.
    """
    with logs.job(snakemake.log[0]):
        params = snakemake.params
        settings = json.loads(params.get("settings", "null"))
        check_code(snakemake.rule, settings, params.code)
        if made := params.get("made"):
            check_inputs(snakemake.input, made)
        yield settings
