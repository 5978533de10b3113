"""Tables of what results are made from: one row a file, or a data set."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from lit.data.classes import shortened
from lit.data.scaling import WARNING
from lit.files import store
from lit.files.provenance import config_digest

DATASETS = ["dataset", "kind", "examples", "shape", "classes", "class_names", "type", "scaling"]
DATASETS += ["warnings", "notes"]


def provenance_table(files: Sequence[tuple[str, str, Mapping[str, Any]]]) -> pd.DataFrame:
    """One row a file and whatever made it: digests of content, settings, code and inputs; versions.

    Files are given by path, kind and attributes. One of code lengths has a row for each combination
    of code, versions and device that made its blocks.
    """
    rows = []
    for path, kind, about in files:
        same = {
            "file": "/".join(Path(path).parts[-3:] if kind == "source" else Path(path).parts[-2:]),
            "kind": kind,
            "digest": store.digest(path),
            "settings": config_digest(about["settings"]),
        }
        for by in about.get("made_by", [about]):
            made = {
                "code": by["code"],
                "inputs": _pairs(about["inputs"]),
                "versions": _pairs(by["versions"]),
                "device": by.get("device", "cpu"),
                "threads": by.get("threads", 1),
            }
            rows.append(same | made)
    return pd.DataFrame(rows)


def dataset_table(paths: Sequence[str]) -> pd.DataFrame:
    """One row a data set: what was read, how it was scaled, and what was converted or left out.

    Inputs are not read.
    """
    rows = []
    for path in paths:
        about = store.attributes(path)
        shape, form = store.shape(path, "x")
        settings, said = about["settings"], about.get("notes", ())
        warnings = [note.removeprefix(WARNING) for note in said if note.startswith(WARNING)]
        notes = [note for note in said if not note.startswith(WARNING)]
        rows.append(
            {
                "dataset": settings["dataset"],
                "kind": settings.get("spec", {"kind": "features"})["kind"],
                "examples": shape[0],
                "shape": " x ".join(map(str, shape[1:])),
                "classes": about["classes"],
                "class_names": _printable(shortened(about.get("names") or ())),
                "type": form,
                "scaling": about.get("scaling", ""),
                "warnings": _printable("; ".join(warnings)),
                "notes": _printable("; ".join(notes)),
            }
        )
    return pd.DataFrame(rows, columns=DATASETS)


def _printable(text: str) -> str:
    """Text without what no file of text can hold, such as parts of characters in file names."""
    return text.encode("utf-8", "replace").decode()


def _pairs(values: Mapping[str, str]) -> str:
    return " ".join(f"{name}={value}" for name, value in sorted(values.items()))
