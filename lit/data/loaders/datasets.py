"""A folder that the package datasets saved (save_to_disk); the package itself is not needed."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lit.data.arrow import column_names, pyarrow, raw_data
from lit.data.next_tokens import as_said
from lit.data.raw import RawData, errors_of, existing_path
from lit.errors import InputError, check_known

KIND = {"reads": "folder", "next_tokens": "labels"}
PACKAGES = ("numpy", "pyarrow")
SPLITS = "dataset_dict.json"  # in a folder of splits, each of which has a folder
STATE = "state.json"  # in the folder of one table; names its files


def load(spec: Mapping[str, Any], where: str) -> RawData:
    """Read the columns x and y of a saved data set, or of one split of several."""
    root = existing_path(spec, where, "folder")
    with errors_of(where, f"{root} is not a data set as datasets' save_to_disk writes it"):
        folder = _chosen(root, spec.get("split"))
        state = json.loads((folder / STATE).read_text(encoding="utf-8"))
        if state.get("_indices_data_files"):
            raise InputError(
                f"{folder} is a selection of rows kept beside the whole table; save"
                " dataset.flatten_indices() instead"
            )
        files = [folder / Path(part["filename"]).name for part in state["_data_files"]]
        pa = pyarrow()
        streams = [pa.ipc.open_stream(pa.memory_map(str(file))) for file in files]
        names = column_names(spec, streams[0].schema)
        table = pa.concat_tables(stream.read_all() for stream in streams)
        return as_said(spec, raw_data(table, names))


def _chosen(root: Path, split: str | None) -> Path:
    """The folder of a split; of a data set without splits, its own."""
    if (root / SPLITS).is_file():
        splits = json.loads((root / SPLITS).read_text(encoding="utf-8"))["splits"]
        if split is None and len(splits) > 1:
            raise InputError(f"{root} has the splits {', '.join(splits)}; write split: {splits[0]}")
        chosen = splits[0] if split is None else split
        check_known(f"{root}: split", "split", chosen, splits)
        return root / Path(chosen).name
    if not (root / STATE).is_file():
        held = ", ".join(sorted(path.name for path in root.iterdir())[:10]) or "nothing"
        raise InputError(
            f"{root} has neither {SPLITS} nor {STATE}, which save_to_disk writes; it holds {held};"
            " of Parquet files, take kind: parquet and one of them"
        )
    if split is not None:
        raise InputError(f"{root} has no splits; take split: {split} out")
    return root
