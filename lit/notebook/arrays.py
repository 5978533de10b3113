"""What notebooks bring as x and y, as plain arrays: tensors, tables, lists, images, arrays in
files.

No library is imported to find out: a value cannot be of a library that nobody has imported.
What has no one reading is refused, with what to write instead.
"""

import sys
from collections.abc import Sequence
from os import PathLike
from typing import Any

import numpy as np

from lit.errors import InputError

ORIENTATION = 274  # EXIF tag: how an image is to be turned; 1 is upright
PLAIN = (
    int,
    float,
    complex,
    str,
    bytes,
    list,
    tuple,
    type(None),
)  # what numpy.asarray reads as it should
REMEDY = (
    "write numbers alone, such as pandas.get_dummies(x, dtype='float32') for names and categories"
)


def as_arrays(x: Any, y: Any, where: str) -> tuple[np.ndarray, np.ndarray]:
    """Inputs and labels as arrays that may be written to, row by row as they were given.

    Args:
        x: N examples: an array, tensor or table, or a list of rows or images, which become (N,
            channels, H, W).
        y: N labels, likewise, or N texts; a table of one column is that column.
        where: How errors name the call.

    Returns:
        x and y as NumPy arrays of numbers, y perhaps of texts; ``check_dataset`` looks at their
        shapes and values.

    Raises:
        InputError: what is no array of numbers, with what to write instead; tables whose rows have
            different orders.
    """
    _check_order(x, y, where)
    if _is(y, "pandas", "DataFrame"):
        if y.shape[1] != 1:
            raise InputError(
                f"{where}: y has {y.shape[1]} columns {list(y.columns)[:5]}; write the one that"
                " holds the labels"
            )
        y = y.iloc[:, 0]
    return as_array(x, f"{where}: x"), as_array(y, f"{where}: y", text=True)


def as_array(value: Any, what: str, text: bool = False) -> np.ndarray:
    """A NumPy array of numbers, or of texts where these are allowed; ``what`` is how errors name
    it."""
    if _is(value, "torch", "Tensor"):
        array = _tensor(value, what)
    elif _is(value, "pandas", "DataFrame"):
        columns = [
            _column(value.iloc[:, i], f"{what}, column {value.columns[i]!r},", text)
            for i in range(value.shape[1])
        ]
        array = np.column_stack(columns) if columns else np.empty(value.shape)
    elif _is(value, "pandas", "Series", "Index", "Categorical"):
        array = _column(sys.modules["pandas"].Series(value), what, text)
    elif isinstance(value, list | tuple):
        array = _stack(value, what, text)
    else:
        array = _other(value, what)
    array = _checked(array, what, text)
    return np.require(
        np.asarray(array), requirements="W"
    )  # torch warns of arrays that are read-only, such as a memmap


def _is(value: Any, module: str, *names: str) -> bool:
    """Whether the value is of one of a module's classes, where that module has been imported."""
    found = sys.modules.get(module)
    return found is not None and isinstance(value, tuple(getattr(found, name) for name in names))


def _check_order(x: Any, y: Any, where: str) -> None:
    """Refuse tables that name their rows alike and have them in different orders, or name them
    alike in part."""
    if not (_is(x, "pandas", "DataFrame", "Series") and _is(y, "pandas", "DataFrame", "Series")):
        return
    a, b = x.index, y.index
    if len(a) != len(b) or a.equals(b):
        return
    shared, count = a.isin(b), np.arange(len(a))
    numbered = any(
        len(index) and np.array_equal(index, count) for index in (a, b)
    )  # as pandas does by itself
    if shared.all() or (shared.any() and not numbered):
        row, one, other = next(
            (i, *pair)
            for i, pair in enumerate(zip(a.tolist(), b.tolist(), strict=True))
            if pair[0] != pair[1]
        )
        raise InputError(
            f"{where}: row {row} is {one!r} in x's index and {other!r} in y's; write"
            " y.loc[x.index],"
            " or .reset_index(drop=True) on both where rows belong together by position"
        )


def _tensor(value: Any, what: str) -> np.ndarray:
    """A torch tensor of any device; half precisions, which NumPy does not have, as float32."""
    if str(value.layout) != "torch.strided" or value.is_nested:
        raise InputError(
            f"{what} is a sparse or nested tensor; write its .to_dense(), or pad its rows to one"
            " length"
        )
    if value.is_quantized:
        raise InputError(f"{what} is a quantised tensor; write its .dequantize()")
    if value.is_meta:
        raise InputError(
            f"{what} is a tensor on the device 'meta', which holds no numbers; write it for the CPU"
            " or a GPU"
        )
    value = value.detach().cpu().resolve_conj().resolve_neg()
    return (value.float() if value.is_floating_point() and value.itemsize < 4 else value).numpy()


def _column(column: Any, what: str, text: bool) -> np.ndarray:
    """A pandas column without missing values; categories that are numbers stand for these
    numbers."""
    missing = column.isna().to_numpy()
    if missing.any():
        raise InputError(
            f"{what} has {missing.sum()} missing values, first in row {int(missing.argmax())}; drop"
            " these rows or fill them in"
        )
    dtype = column.cat.categories.dtype if hasattr(column, "cat") else column.dtype
    if text and all(isinstance(one, str) for one in column):
        return column.to_numpy(dtype=object).astype(str)
    if getattr(dtype, "kind", "O") not in "biuf":
        raise InputError(f"{what} has type {column.dtype}, which is no number; {REMEDY}")
    plain = (
        getattr(dtype, "numpy_dtype", None) or getattr(dtype, "subtype", None) or dtype
    )  # nullable, Arrow, sparse
    return column.to_numpy(dtype=plain)


def _stack(values: Sequence[Any], what: str, text: bool) -> np.ndarray:
    """Rows, one under the other."""
    if any(_is(value, "PIL.Image", "Image") for value in values):
        rows: list[Any] = [_image(value, f"{what}[{i}]") for i, value in enumerate(values)]
    else:
        rows = [
            v if isinstance(v, PLAIN) else as_array(v, f"{what}[{i}]", text)
            for i, v in enumerate(values)
        ]
    if (
        len({isinstance(row, str) for row in rows}) > 1
    ):  # NumPy would write numbers as text, and NaN as a class "nan"
        return np.array([*rows, None], dtype=object)[:-1]
    try:
        shapes = [np.shape(row) for row in rows]
        other = next((i for i, shape in enumerate(shapes) if shape != shapes[0]), None)
        if other is None:
            return np.asarray(rows)
        found = f"row 0 has shape {shapes[0]} and row {other} {shapes[other]}"
    except (
        ValueError,
        TypeError,
        RuntimeError,
    ) as error:  # rows that are ragged within, or hold tensors
        found = str(error)
    raise InputError(f"{what} cannot be stacked: {found}; give every example one shape, as numbers")


def _image(image: Any, what: str) -> np.ndarray:
    """(channels, H, W) uint8 of a Pillow image that has one reading."""
    if not _is(image, "PIL.Image", "Image"):
        raise InputError(
            f"{what} is of type {type(image).__name__}, but others are images; write images only"
        )
    if image.mode not in ("L", "RGB"):
        raise InputError(
            f'{what} is an image of mode {image.mode}; write image.convert("RGB"), or "L" for grey'
        )
    if image.getexif().get(ORIENTATION, 1) != 1:
        raise InputError(
            f"{what} is to be turned when it is shown (EXIF); write"
            " PIL.ImageOps.exif_transpose(image)"
        )
    pixels = np.asarray(image)
    return pixels[None] if pixels.ndim == 2 else pixels.transpose(2, 0, 1)


def _other(value: Any, what: str) -> np.ndarray:
    """What reads itself as an array: NumPy's own, HDF5 data sets, polars, xarray, JAX and
    others."""
    kind = type(value).__name__
    if isinstance(value, str | PathLike):
        raise InputError(
            f"{what} is the name of a file, {str(value)!r}; write what it holds, such as"
            f" numpy.load({str(value)!r})"
        )
    if hasattr(value, "toarray") and hasattr(value, "tocsr"):
        raise InputError(f"{what} is a sparse matrix of shape {value.shape}; write its .toarray()")
    if _is(value, "torch.utils.data", "Dataset", "DataLoader"):
        raise InputError(
            f"{what} is a torch {kind}; write its tensors:"
            " x = torch.stack([x for x, _ in dataset]) and y = [y for _, y in dataset]"
        )
    if _is(value, "PIL.Image", "Image"):
        raise InputError(f"{what} is one image; write a list of images")
    if hasattr(value, "keys") and not hasattr(value, "to_numpy"):
        raise InputError(
            f"{what} is a {kind} of {[str(key) for key in value][:5]}; write one of its arrays"
        )
    try:
        if hasattr(value, "to_numpy"):
            return value.to_numpy()
        if isinstance(value, np.ndarray) or hasattr(value, "__array__"):
            return value if isinstance(value, np.ndarray) else np.asarray(value)
    except Exception as error:  # other libraries' own
        raise InputError(
            f"{what} of type {kind} cannot be read as an array ({error}); write a NumPy array"
        ) from error
    raise InputError(
        f"{what} is of type {kind}; write an array, a tensor, a table or a list of rows"
    )


def _checked(array: np.ndarray, what: str, text: bool) -> np.ndarray:
    """Refuse what NumPy holds and nobody can compute with: objects, text, fields, masked values."""
    if isinstance(array, np.ma.MaskedArray) and np.any(array.mask):
        place = [int(i) for i in np.argwhere(array.mask)[0]]
        raise InputError(
            f"{what} has masked values, first at {place}; fill them in or drop these rows"
        )
    if array.dtype.names:
        raise InputError(
            f"{what} has fields {list(array.dtype.names)[:5]}; write one, or an array without"
            " fields"
        )
    if array.dtype.kind in "SUT" and not text:
        raise InputError(
            f"{what} holds text, such as {str(array.flat[0]) if array.size else ''!r}; {REMEDY}"
        )
    if array.dtype.kind != "O":
        return array
    fit = str if text and array.size and isinstance(array.flat[0], str) else int | float | np.number
    odd = next((i for i, one in enumerate(array.flat) if not isinstance(one, fit)), None)
    if odd is None and fit is str:
        return array.astype(str)
    if odd is None:
        raise InputError(
            f"{what} holds Python objects; write .astype('float32') for inputs, .astype('int64')"
            " for labels"
        )
    one, place = array.flat[odd], [int(i) for i in np.unravel_index(odd, array.shape)]
    raise InputError(
        f"{what} holds {str(one)[:40]!r} of type {type(one).__name__} at {place}; {REMEDY}"
    )
