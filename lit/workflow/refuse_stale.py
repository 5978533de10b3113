"""Refuse results that other settings, data or code made than a study has now, and name them.

Snakemake runs again what was made otherwise, by its records in ``.snakemake/metadata``. A file that
it has no record of, since they were deleted or the file came from elsewhere, it takes for finished.
Result files say themselves what made them. :func:`check_results` compares them with the study
before anything is planned, :func:`check_inputs` in each job that reads some.
"""

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lit.errors import InputError
from lit.files.provenance import config_digest

NAMED = 3  # files that a message names; its command is about all of them
FEW = 5  # files that the command itself lists
LIST = Path(".snakemake/stale.txt")


@dataclass(frozen=True)
class ExpectedFile:
    """A result file as the study asks for it now.

    Attributes:
        path: Where it is.
        kind: ``dataset``, ``source``, ``block`` or ``codelengths``.
        settings: Of its job.
        code: Digest of its job's code.
        inputs: Files that it is made from, by role.
    """

    path: str
    kind: str
    settings: Mapping[str, Any]
    code: str
    inputs: dict[str, list[str]]


def mark(about: Mapping[str, Any]) -> str:
    """What made a file, in a word: the ``settings`` and the ``code`` that it has or has to have."""
    return config_digest(about.get("settings", {}), about.get("code", ""))


def check_inputs(paths: Iterable[str], made: str) -> None:
    """Refuse files that a job is about to read and that were not made as the study asks for.

    Args:
        paths: The job's input files.
        made: See :meth:`lit.workflow.plan.Plan.made`.

    Raises:
        InputError: naming them, with the command that remakes them; or a file that is unreadable.
    """
    from lit.files import store

    stale = [
        (path, "was made with other settings, data or code than the study has now")
        for path, wanted in zip(paths, json.loads(made), strict=True)
        if wanted and mark(store.attributes(path)) != wanted
    ]
    if stale:
        raise InputError(complaint(stale))


def check_results(files: Iterable[ExpectedFile], recorded: bool = True) -> list[str]:
    """Refuse result files that were not made as the study asks for, or not from the files there.

    Args:
        files: Those that exist and are to be compared.
        recorded: Whether these are the files that Snakemake has no record of; else they are all.

    Returns:
        Files of code lengths that do not fit: merging them anew takes seconds.

    Raises:
        InputError: naming the others, with the command that removes exactly them.
    """
    merged: list[str] = []
    refused: list[tuple[str, str]] = []
    for file, how in _find_stale(files):
        if file.kind == "codelengths" and recorded:
            merged.append(file.path)
        else:
            refused.append((file.path, how))
    if refused:
        who = "Snakemake has no record of how they were made, and"
        if not recorded:
            who = "With --touch Snakemake"
        raise InputError(complaint(refused, f" {who} would take them for finished."))
    return merged


def _find_stale(files: Iterable[ExpectedFile]) -> Iterator[tuple[ExpectedFile, str]]:
    from lit.files import store

    # Of each file, so that none is opened twice.
    said: dict[str, Mapping[str, Any]] = {}
    digests: dict[str, str] = {}
    for file in files:
        try:
            for path in (file.path, *(path for paths in file.inputs.values() for path in paths)):
                if path not in said and os.path.exists(path):
                    said[path], digests[path] = store.origin(path)
        except InputError as error:
            yield file, str(error).removeprefix(f"{file.path} ").partition(";")[0]
            continue
        for how in list(differences(said[file.path], file, digests))[:1]:
            yield file, how


def differences(
    about: Mapping[str, Any], file: ExpectedFile, digests: Mapping[str, str]
) -> Iterator[str]:
    """How a file was made otherwise than it has to be.

    Args:
        about: What the file says of itself, see :func:`lit.files.store.attributes`.
        file: What it has to be.
        digests: By path, of the files that it has to be made from, as far as they are there whole.
    """
    if about.get("settings") != file.settings:
        yield "was made with other settings or data than the study has now"
    if about.get("code") != file.code:
        yield "was made by other code than is here now"
    yield from other_inputs(about, file.inputs, digests)


def other_inputs(
    about: Mapping[str, Any], inputs: Mapping[str, list[str]], digests: Mapping[str, str]
) -> Iterator[str]:
    """How a file was made from other files, of :attr:`ExpectedFile.inputs`, than lie there now."""
    from lit.files import store

    made_from = about.get("inputs")
    if made_from is None:
        yield "does not say which files it was made from"
        return
    for role, paths in inputs.items():
        there = [digests[path] for path in paths if path in digests]
        if len(there) == len(paths) and made_from.get(role) != store.combine(there):
            others = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
            yield f"was not made from the {role} as it lies there now: {paths[0]}{others}"


def complaint(stale: list[tuple[str, str]], why: str = "") -> str:
    """The message about stale files: the first few, and the command that removes all of them."""
    lines = [f"{len(stale)} result file(s) are not what the study asks for now.{why}"]
    lines += [f"  {path} {how}" for path, how in stale[:NAMED]]
    if len(stale) > NAMED:
        lines.append(f"  and {len(stale) - NAMED} more")
    lines += [
        "If they belong to other settings or code, take these back, or give the study another name;"
        " the target audit says what differs. Else remove exactly these files and run the same"
        " snakemake command again, which remakes them:",
        f"  {remove([path for path, _ in stale])}",
    ]
    return "\n".join(lines)


def refuse_unrecorded(paths: list[str]) -> str:
    """The message about tables, figures and pages that Snakemake has no record of."""
    more = f" and {len(paths) - NAMED} more" if len(paths) > NAMED else ""
    return (
        f"Snakemake has no record of how {', '.join(paths[:NAMED])}{more} came to be, and they hold"
        " no settings that could be compared. The study's command without this option makes them"
        f" anew in seconds; or remove them:\n  {remove(paths)}"
    )


def remove(paths: list[str]) -> str:
    """A command that removes some files; a long list of them is put into a file."""
    if len(paths) > FEW and LIST.parent.is_dir():
        LIST.write_text("".join(f"{path}\n" for path in paths))
        return f"xargs rm < {LIST}"
    return "rm " + " ".join(f"'{path}'" for path in paths)


def unrecorded(paths: Iterable[str], made_at: Callable[[str], float | None]) -> list[str]:
    """Files that exist without being the ones that Snakemake recorded.

    Args:
        paths: Files that the study asks for.
        made_at: When the recorded file had been written (seconds); None without a record.
    """
    found = []
    for path in filter(os.path.exists, paths):
        recorded = made_at(path)
        # A file system may count in steps of two seconds.
        if recorded is None or abs(recorded - os.stat(path).st_mtime) > 2:
            found.append(path)
    return found
