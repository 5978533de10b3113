"""Columns of Arrow tables, as Parquet files and saved data sets hold them, to arrays x and y."""

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from lit.data.raw import RawData, array_names
from lit.errors import InputError
from lit.extras import import_extra


def pyarrow() -> Any:
    """The package pyarrow.

    Raises:
        InputError: it is not installed.
    """
    said = "Parquet and Arrow files are read by the package pyarrow"
    for part in ("compute", "ipc", "parquet"):
        import_extra(f"pyarrow.{part}", "tables", said)
    return import_extra("pyarrow", "tables", said)


def read_parquet(path: Path) -> Any:
    """A Parquet file, of which nothing but its schema is read yet."""
    return pyarrow().parquet.ParquetFile(path, memory_map=True)


def column_names(spec: Mapping[str, Any], schema: Any) -> list[str]:
    """Names of the columns x and y of an entry, see :func:`lit.data.raw.array_names`."""
    types = {field.name: str(field.type) for field in schema}
    return array_names(spec, types.__contains__, lambda: types)


def raw_data(table: Any, names: list[str]) -> RawData:
    """Arrays of two columns: one of lists of numbers, and one of labels.

    Lists may be nested, (N, H, W). Labels that the package ``datasets`` calls a ClassLabel keep the
    names of their classes.

    Raises:
        InputError: lists of unequal length, missing values, columns of something else.
    """
    x, y = (table.column(name) for name in names)
    return RawData(_numbers(x, names[0]), _labels(y, names[1]), _classes(table.schema, names[1]))


def _numbers(column: Any, name: str) -> np.ndarray:
    """(N, ...) numbers of a column of lists."""
    blocks: list[np.ndarray] = []
    first = 0
    for chunk in column.chunks:
        if len(chunk):
            blocks.append(_block(chunk, name, first))
        if blocks and blocks[-1].shape[1:] != blocks[0].shape[1:]:
            raise _unequal(name, first, blocks[-1].shape[1:], blocks[0].shape[1:])
        first += len(chunk)
    if not blocks:
        raise InputError(f"column {name!r} has no rows")
    return np.concatenate(blocks) if len(blocks) > 1 else blocks[0]


def _block(chunk: Any, name: str, first: int) -> np.ndarray:
    """(n, ...) numbers of rows that lie together; ``first`` is the number of the first row."""
    pa = pyarrow()
    _refuse_missing(chunk, name, first, 1)
    if isinstance(chunk.type, pa.FixedShapeTensorType):
        return chunk.to_numpy_ndarray()
    shape = [len(chunk)]
    while _holds_lists(chunk.type):
        lengths = pa.compute.list_value_length(chunk).to_numpy(zero_copy_only=False)
        if (lengths != lengths[0]).any():
            odd = int(np.argmax(lengths != lengths[0]))
            row = first + odd // math.prod(shape[1:])
            raise _unequal(name, row, int(lengths[odd]), int(lengths[0]))
        shape.append(int(lengths[0]))
        chunk = chunk.flatten()
        _refuse_missing(chunk, name, first, math.prod(shape[1:]))
    if len(shape) == 1:
        raise InputError(
            f"column {name!r} holds {chunk.type}, and x must be lists of numbers;"
            f" {_instead(chunk.type)}"
        )
    number = (pa.types.is_integer, pa.types.is_floating, pa.types.is_boolean)
    if not any(of_kind(chunk.type) for of_kind in number):
        raise InputError(f"column {name!r} holds lists of {chunk.type}; write numbers")
    return chunk.to_numpy(zero_copy_only=False).reshape(shape)


def _holds_lists(kind: Any) -> bool:
    return hasattr(kind, "value_type") and not pyarrow().types.is_dictionary(kind)


def _refuse_missing(chunk: Any, name: str, first: int, size: int) -> None:
    """Refuse nulls; each row has ``size`` entries of the chunk."""
    if chunk.null_count:
        entry = int(np.argmax(chunk.is_null().to_numpy(zero_copy_only=False)))
        raise InputError(
            f"column {name!r} lacks {chunk.null_count:,} values (null), first in row"
            f" {first + entry // size}; fill them in or drop their rows"
        )


def _unequal(name: str, row: int, found: Any, before: Any) -> InputError:
    return InputError(
        f"column {name!r} has rows of different lengths: row {row} has {found}, the first one"
        f" {before}; write equally many numbers in each row"
    )


def _instead(kind: Any) -> str:
    """What to do about a column that holds no lists: of images and sound it holds whole files."""
    if "binary" in str(kind):
        return (
            "write the pixels of images as lists, or save them as files, a folder a class, for"
            " kind: imagefolder"
        )
    return "take kind: table for columns of single values"


def _labels(column: Any, name: str) -> np.ndarray:
    """(N,) labels as numbers, truth values or texts; of lists of numbers (N, ...)."""
    pa = pyarrow()
    if _holds_lists(column.type):
        return _numbers(column, name)
    _refuse_missing(column, name, 0, 1)
    kind = column.type
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
        column = column.cast(kind)
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return np.array(column.to_pylist(), dtype=str)
    number = (pa.types.is_integer, pa.types.is_floating, pa.types.is_boolean)
    if not any(of_kind(kind) for of_kind in number):
        raise InputError(f"column {name!r} holds {kind}; labels must be integers 0..C-1, or texts")
    return column.to_numpy()


def _classes(schema: Any, name: str) -> tuple[str, ...] | None:
    """Names of the classes, where ``datasets`` wrote them beside the table."""
    about = json.loads((schema.metadata or {}).get(b"huggingface", b"{}"))
    feature = about.get("info", {}).get("features", {}).get(name, {})
    return tuple(map(str, feature["names"])) if feature.get("_type") == "ClassLabel" else None
