"""Audit of a results folder: every file's content, settings and code against what the study asks for today."""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from lit import store
from lit.errors import InputError
from lit.logs import log


def audit(expected: list[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """What does not fit, file by file.

    Args:
        expected: For every result file its ``path``, ``kind``, ``settings`` (JSON text) and ``code`` digest,
            see :meth:`lit.plan.Plan.expected`.

    Yields:
        (path, complaint); nothing where all files are as they should be.
    """
    for file in expected:
        if not Path(file["path"]).exists():
            yield file["path"], "is missing"
            continue
        try:
            _, attributes = store.read(file["path"], file["kind"])
        except InputError as error:
            yield file["path"], str(error)
            continue
        if attributes.get("settings") != json.loads(file["settings"]):
            yield file["path"], "was made with other settings or data than the study has now"
        if attributes.get("code") != file["code"]:
            yield file["path"], "was made by other code than is here now"


def read_proofs(paths: Iterable[str]) -> Iterator[tuple[str, str]]:
    """What decoding showed, by the files of rule decode_run; (path, complaint) where a code does not hold."""
    for path in paths:
        try:
            proof = json.loads(Path(path).read_bytes())
            text = f"{proof['labels']} labels, {proof['file_bits']} bits sent, {proof['reported_bits']:.1f} reported"
            holds, wrong = proof["holds"], proof["wrong_labels"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            yield path, f"is not what decode_run writes ({error!r}); delete it and run audit again"
            continue
        if holds:
            log.info("%s: decoded: %s", path, text)
        else:
            yield path, f"is no code of the reported length: {text}, {wrong} labels came back wrong"
