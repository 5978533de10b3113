"""A data set for a notebook, read from a file or a folder as a study reads it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from lit.analyses.words import percent
from lit.data.dataset import Dataset
from lit.data.find_columns import chosen_label, reasons
from lit.data.find_entry import find_entry
from lit.data.loaders import load_dataset
from lit.errors import InputError
from lit.notebook.arguments import check_entry
from lit.workflow.propose_study import describe, doubts

WHERE = "read_data"
SHOWN = 6  # classes whose shares are said


def read_data(path: str | Path, label: str | None = None, **keys: Any) -> Dataset:
    """Read a file or a folder as ``python -m lit init`` does, and say how it was read.

    What it returns goes into ``train_source`` and ``code_stream`` in the place of x and y, into
    both the same: each seed codes k of its examples and trains M on n others.

    Args:
        path: CSV, Parquet, JSON lines, npz, HDF5, safetensors or text; or a folder of images by
            class, of .npy files or of texts.
        label: The column, or the array, that holds the labels. Left out: found by its name.
        keys: Of the data set's entry as a study has it, such as ``groups="patient"`` or
            ``missing="drop"``, see config/README.md; ``drop=[...]`` names columns beside those that
            are left out as it is, and None takes back what was found, as ``groups=None`` does.

    Raises:
        InputError: it is not there, of no kind that is known, its labels cannot be told, or the
            entry does not fit it.
    """
    place = Path(path)
    try:
        found = find_entry(place, label)
    except InputError as error:
        raise InputError(f"{WHERE}: {_as_argument(str(error))}") from error
    entry = _with(found, keys)
    check_entry(entry, WHERE)
    data = load_dataset(entry, WHERE)
    taken = map(_as_argument, chosen_label(entry, label))
    said = [*taken, *reasons(place, entry), *doubts(data, entry)]
    print("\n".join([f"{path}: {describe(data)}", *_shares(data), *said]))
    return data


def _as_argument(said: str) -> str:
    """What the shell says of its option, of the argument here."""
    named = said.replace("--label and its name", "--label NAME")
    return named.replace("--label NAME", "label='NAME'").replace("--label", "label")


def _with(found: Mapping[str, Any], keys: Mapping[str, Any]) -> dict[str, Any]:
    """The entry that was found, with what is known better."""
    known = dict(found)
    if keys.get("columns") is not None:
        known.pop("drop", None)
    elif keys.get("drop") is not None:
        keys = {**keys, "drop": list(dict.fromkeys([*known.get("drop", []), *keys["drop"]]))}
    return {key: value for key, value in {**known, **keys}.items() if value is not None}


def _shares(data: Dataset) -> list[str]:
    """How frequent the commonest classes are, in a line; of bins and several labels nothing."""
    if data.y.ndim > 1 or data.bins is not None:
        return []
    counts = np.bincount(data.y, minlength=data.classes)
    most = np.argsort(-counts, kind="stable")[:SHOWN]
    names = data.names or tuple(map(str, range(data.classes)))
    said = ", ".join(f"{names[c]} {percent(counts[c] / len(data.y))}" for c in most)
    return [f"Shares of classes: {said}{', ...' if data.classes > SHOWN else ''}."]
