"""Two columns of a Parquet file: one of lists of numbers, and one of labels."""

from collections.abc import Mapping
from typing import Any

from lit.data.arrow import column_names, raw_data, read_parquet
from lit.data.next_tokens import as_said
from lit.data.raw import RawData, errors_of, existing_path

KIND = {"reads": "file", "next_tokens": "labels"}
PACKAGES = ("numpy", "pyarrow")


def load(spec: Mapping[str, Any], where: str) -> RawData:
    """Read the columns x and y of a Parquet file."""
    path = existing_path(spec, where)
    with errors_of(where, f"{path} is not a readable Parquet file"), read_parquet(path) as file:
        names = column_names(spec, file.schema_arrow)
        return as_said(spec, raw_data(file.read(columns=names), names))
