"""Snakemake as a process of its own, with one bar over its jobs where there is a terminal."""

import importlib.util
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TextIO

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from lit.errors import InputError
from lit.files.provenance import ROOT
from lit.study.config import read_study

STEPS = re.compile(r"(\d+) of (\d+) steps \(\d+%\) done")
TOTAL = re.compile(r"total +(\d+)")
# What Snakemake says of its own doings; its own log has it, and everything else is shown.
SILENT = re.compile(
    r"Using (workflow specific )?profile .*|Assuming unrestricted shared filesystem usage\."
    r"|Building DAG of jobs\.\.\.|Using shell: .*|Provided (cores|resources): .*"
    r"|Rules claiming more threads will be scaled down\.|Conda environments: ignored"
    r"|Job stats:|job +count|-+ +-+|[a-z_]+ +\d+|Select jobs to execute\.\.\."
    r"|Execute \d+ jobs\.\.\.|\[\w{3} \w{3} +\d+ [\d:]+ \d{4}\]|Finished jobid: .*|"
    r"Elapsed time: .*|"
)
STARTED = re.compile(r"(local)?rule \w+:")  # its inputs, outputs and the like follow, indented
PROFILES = ("--profile", "--workflow-profile", "--executor", "-e")
DRY = ("--dry-run", "--dryrun", "-n")
CORES = ("--cores", "-c", "--jobs", "-j", *DRY)
QUIET = ("--quiet", "-q", "--verbose")


def run_study(path: str, options: Sequence[str]) -> int:
    """Run a study in this folder, and return Snakemake's exit code.

    Args:
        path: The study's file, which is checked first: Snakemake would say less of it.
        options: Snakemake's own, and targets.

    Raises:
        InputError: a file that is no study; no Snakemake, or no rules beside this library.
    """
    read_study(path)
    command = snakemake_command(path, options)
    if _says(options, DRY):
        with _passing_on(subprocess.Popen(command)) as process:
            return process.wait()
    if not _says(options, QUIET):
        command[3:3] = ["--quiet", "host", "reason"]  # not rules: it hides where errors are
    with _passing_on(
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    ) as process:
        assert process.stdout is not None
        if sys.stderr.isatty():
            show_progress(process.stdout, Console(stderr=True))
        else:
            show_lines(process.stdout, sys.stderr)
        return process.wait()


def snakemake_command(path: str, options: Sequence[str]) -> list[str]:
    """The command that runs a study; of all cores where the options do not say how many.

    Raises:
        InputError: no Snakemake, or no rules.
    """
    if importlib.util.find_spec("snakemake") is None:
        raise InputError("run: Snakemake is not installed: pip install snakemake")
    snakefile = ROOT / "Snakefile"
    if not snakefile.exists():
        raise InputError(
            f"run: the workflow's rules are not beside this library ({snakefile} is not there);"
            " run it in a clone of the project"
        )
    said = _says(options, (*CORES, *PROFILES)) or "SNAKEMAKE_PROFILE" in os.environ
    cores = [] if said else ["--cores", "all"]
    # A target may come first in options, and --configfile takes all that follow it.
    files = ["--configfile", path, "--snakefile", str(snakefile)]
    return [sys.executable, "-m", "snakemake", *files, *cores, *options]


def _says(options: Iterable[str], names: Sequence[str]) -> bool:
    """Whether one of these is among the options, as ``--name``, ``--name=value`` or ``-j4``."""
    return any(
        option.split("=")[0] in names
        or (option[:2] in names and option[:1] == "-" and option[1:2] != "-")
        for option in options
    )


@contextmanager
def _passing_on(process: subprocess.Popen) -> Iterator[subprocess.Popen]:
    """Wait for a process whatever comes: Ctrl-C reaches it by itself, other ends are passed on.

    Snakemake then ends its jobs and takes its lock away, which it could not if it were left alone.
    """

    def pass_on(number: int, _: object) -> None:
        if number != signal.SIGINT:
            process.send_signal(number)

    ends = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, pass_on) for number in ends}
    try:
        yield process
    finally:
        process.wait()
        for number, handler in before.items():
            signal.signal(number, handler)


def show_lines(lines: Iterable[str], out: TextIO) -> None:
    """How many jobs are done, a line a tenth, what jobs say, and errors as Snakemake has them."""
    tenth = 0
    for line in _after_starts(lines):
        if found := STEPS.fullmatch(line):
            before, tenth = tenth, 10 * int(found[1]) // int(found[2])
            if tenth == before:
                continue
        if not SILENT.fullmatch(line):
            print(line, file=out, flush=True)


def show_progress(lines: Iterable[str], console: Console) -> None:
    """One bar over all jobs; above it what jobs say, and errors as Snakemake has them."""
    with Progress(
        TextColumn("jobs"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("time left"),
        TimeRemainingColumn(),
        console=console,
        speed_estimate_period=24 * 3600,  # jobs may take hours
    ) as progress:
        bar = progress.add_task("jobs", total=None)
        for line in _after_starts(lines):
            if found := TOTAL.fullmatch(line):
                progress.update(bar, total=int(found[1]))
            elif found := STEPS.fullmatch(line):
                progress.update(bar, completed=int(found[1]), total=int(found[2]))
            elif not SILENT.fullmatch(line):
                progress.console.out(line, highlight=False)


def _after_starts(lines: Iterable[str]) -> Iterator[str]:
    """Lines of Snakemake without those of each job's start, which has all its files.

    What is known of a data set is said once, though several jobs read it.
    """
    of_a_start, known = False, set[str]()
    for line in map(str.rstrip, lines):
        of_a_start = bool(STARTED.fullmatch(line)) or (of_a_start and line[:1] == " ")
        if not (of_a_start or line in known):
            yield line
        if line.startswith("datasets."):
            known.add(line)
