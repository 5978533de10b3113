"""What a study will take, and what it can tell: jobs, time, memory, and how small a difference."""

import json
import math
import os
from pathlib import Path

from lit.analyses.words import percent
from lit.measures.intervals import FEWEST
from lit.measures.power import POWER, smallest_told
from lit.study.entities import Study
from lit.tables.reading import read_table
from lit.workflow.forecast import as_text, forecast
from lit.workflow.plan import Plan
from lit.workflow.resources import memory_mb
from lit.workflow.run_times import run_times


def costs(plan: Plan) -> str:
    """Jobs by rule, those left to run, time by records of earlier jobs, and memory."""
    table = forecast(json.loads(plan.forecast_settings()), Path("results"))
    largest = run_times(json.loads(plan.records()))["max_memory_mb"].max()
    so_far = "" if math.isnan(largest) else f"; the largest so far took {largest:,.0f} MB"
    return (
        f"{as_text(table, os.cpu_count() or 1)}\n"
        "Steps of seconds, which run counts too, follow: codes are merged; tables, figures and the"
        f" report ({len(plan.results.files())} files) are made.\n"
        f"Memory: a cluster is asked for {memory_mb(plan.study, 1):,} MB a job{so_far}."
    )


def powers(study: Study, table: Path) -> str:
    """How small a difference these seeds tell: in spreads over seeds, and in bits where a first run
    says what these are.

    Args:
        study: The study.
        table: Its main table, which may not be there yet.
    """
    seeds = len(study.seeds)
    if seeds < FEWEST:
        return f"Power: {seeds} seeds have no interval and tell nothing apart; take five or more."
    arms = len({row.arm for row in study.rows})
    pairs = arms * (arms - 1) // 2
    one, all_pairs = smallest_told(seeds), smallest_told(seeds, max(pairs, 1))
    said = (
        f"{seeds} seeds tell a difference of {one:.1f} times its standard deviation over seeds, of"
        f" L_IT from 0 or of one arm from another, in {percent(POWER)} of studies"
    )
    if pairs > 1:
        said += f"; with all {arms} arms compared in pairs, {all_pairs:.1f} times"
    said += " (paired t-test at 5 %; docs/intervals.md)."
    if not table.exists():
        return f"Power: in bits it is known after a first run. {said}"
    known = read_table(table)
    known = known[(known["seeds"] >= FEWEST) & (known["l_it_bits"] != 0)]
    known = known.dropna(subset=["l_it_these_se"])
    bits = known["l_it_these_se"] * known["seeds"] ** 0.5 * one
    if len(bits):
        said += (
            f"\nBy the spreads in {table}, that is an L_IT of {bits.min():.1f} to"
            f" {bits.max():.1f} bits, median {bits.median():.1f}."
        )
    return f"Power: {said}"
