"""How long a study's jobs took, from Snakemake's records of them."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd


def run_times(records: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """Jobs, seconds and largest memory by rule, from Snakemake's benchmark files of its jobs."""
    rows = []
    for rule, paths in sorted(records.items()):
        found = [pd.read_csv(path, sep="\t") for path in paths if Path(path).exists()]
        if found:  # results that were moved here may lack their records
            table = pd.concat(found)
            memory = pd.to_numeric(table["max_rss"], errors="coerce").max()
            rows.append((rule, len(table), round(float(table["s"].sum()), 1), memory))
    return pd.DataFrame(rows, columns=["rule", "jobs", "seconds", "max_memory_mb"])
