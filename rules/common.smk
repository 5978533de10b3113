# What several rules share.
import functools

from snakemake.io import IOFile
from snakemake.logging import logger


def caption_of(figure):
    """What a figure shows, for Snakemake's own report."""
    if figure in FIGURES:
        return said_of(figure)
    entry = plan.results.entry(figure)
    shown = said_of(entry["kind"]) if entry["kind"] in plan.results.drawn_here else ""
    return f"{entry.get('title', figure)}. {shown}".removesuffix(". ")


def labels_of(wildcards):
    """What Snakemake's own report calls a figure."""
    if wildcards.figure in FIGURES:
        return {"figure": said_of(wildcards.figure, "TITLE")}
    return {"analysis": wildcards.figure}


# Snakemake takes a file that it has no record of for finished. Targets have one of these as an
# input function, which names no file: it is called when jobs are planned, before any runs, and in
# no job of a cluster. Audit and plan do without.


def known_results(wildcards):
    """Refuse HDF5 files without a record that were not made as the study asks for.

    Those of code lengths are merged anew instead.

    With --touch, whatever the records.
    """
    if workflow.is_main_process:
        check_results()
    return []


def known_tables(wildcards):
    """The same; and whatever is made from HDF5 files and has no record is made anew."""
    if workflow.is_main_process:
        check_results()
        remake_tables()
    return []


@functools.cache
def check_results():
    there, recorded = filter(os.path.exists, all_paths(plan)), not workflow.touch
    doubtful = refuse_stale.unrecorded(there, made_at) if recorded else there
    try:
        plan.check_settings()  # what is wrong with users' files and code is said here
        again = refuse_stale.check_results(expected_files(plan, doubtful), recorded)
    except InputError as error:
        stop(error)
    remake(again)


@functools.cache
def remake_tables():
    remake(refuse_stale.unrecorded(plan.results.files(), made_at))


def remake(files):
    """Have files made anew, whatever their times; with --touch and the like, refuse them."""
    if files and (workflow.touch or workflow.executor_plugin is None):
        stop(refuse_stale.refuse_unrecorded(files))
    workflow.dag.forcefiles.update(files)


def made_at(path):
    """When the file that Snakemake recorded had been written."""
    record = workflow.persistence.metadata(IOFile(path))
    return record.endtime if record else None


def stop(message):
    """End before anything is planned; an exception would be taken for a fault of the rule."""
    logger.error(f"Error: {message}")
    raise SystemExit(1)
