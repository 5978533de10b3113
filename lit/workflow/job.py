"""What every job of the workflow does first, and last."""

import contextlib
import json
import resource
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil

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
        times = snakemake.log.get("times")
        if times:
            Path(times).unlink(missing_ok=True)  # of an earlier attempt
        yield settings
        if times:
            write_times(Path(times))


def write_times(path: Path) -> None:
    """Write what this process took since it began, Python's own start included.

    Snakemake looks at its jobs every half minute, and so misses up to as much of each.

    Args:
        path: A table of one row: seconds by the clock ``s``, of computing ``cpu_time``, and the
            most memory ``max_rss``, MiB.
    """
    clock = time.time() - psutil.Process().create_time()
    usage = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    computing = sum(each.ru_utime + each.ru_stime for each in usage)
    most = max(each.ru_maxrss for each in usage) / (2**20 if sys.platform == "darwin" else 2**10)
    path.write_text(f"s\tmax_rss\tcpu_time\n{clock:.2f}\t{most:.1f}\t{computing:.2f}\n")
