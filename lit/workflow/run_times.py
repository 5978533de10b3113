"""How long a study's jobs took, from what each wrote when it was done."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd


def run_times(records: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """Jobs, seconds and largest memory by rule, from the records of its jobs.

    They are of :func:`lit.workflow.job.write_times`.

    Returns:
        ``seconds`` by the clock, which counts waiting for others too, and ``cpu_seconds`` of
        computing; of records by Snakemake that lack the latter, those by the clock.
    """
    rows = []
    for rule, paths in sorted(records.items()):
        found = [pd.read_csv(path, sep="\t") for path in paths if Path(path).exists()]
        if found:  # results that were moved here may lack their records
            table = pd.concat(found)
            memory = pd.to_numeric(table["max_rss"], errors="coerce").max()
            computing = pd.to_numeric(table["cpu_time"], errors="coerce").fillna(table["s"])
            seconds = [round(float(each.sum()), 1) for each in (table["s"], computing)]
            rows.append((rule, len(table), *seconds, memory))
    return pd.DataFrame(rows, columns=["rule", "jobs", "seconds", "cpu_seconds", "max_memory_mb"])
