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
# What numpy.asarray reads as it should.
PLAIN = (int, float, complex, str, bytes, list, tuple, type(None))
REMEDY = (
    "write numbers alone, such as pandas.get_dummies(x, dtype='float32') for names and categories"
)

TOKENS = (
    "a network takes texts as numbers of tokens: write their bytes (N, T), -1 behind a text's last,"
    " and vocabulary=256, as docs/notebook.md shows"
)


def as_arrays(x: Any, y: Any, where: str) -> tuple[np.ndarray, np.ndarray]:
    """Inputs and labels as arrays that may be written to, row by row as they were given.

    Args:
        x: An array, tensor or table, or a list of rows or images, which become (N, channels, H, W).
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
    """A NumPy array of numbers, or texts where allowed; ``what`` is how errors name it."""
    if wrong := _wrong_kind(value):
        raise InputError(f"{what} is {wrong}")
    if _is(value, "torch", "Tensor"):
        half = value.is_floating_point() and value.itemsize < 4  # NumPy does not have them all
        array = (value.float() if half else value).numpy(force=True)
    elif _is(value, "pandas", "DataFrame"):
        columns = [
            _column(value.iloc[:, i], f"{what}, column {name!r},", text)
            for i, name in enumerate(value.columns)
        ]
        array = np.column_stack(columns) if columns else np.empty(value.shape)
    elif _is(value, "pandas", "Series", "Index", "Categorical"):
        array = _column(sys.modules["pandas"].Series(value), what, text)
    elif isinstance(value, list | tuple):
        array = _stack(value, what, text)
    elif isinstance(value, np.ndarray):
        array = value
    else:
        try:
            array = value.to_numpy() if hasattr(value, "to_numpy") else np.asarray(value)
        except Exception as error:  # other libraries' own
            raise InputError(
                f"{what} of type {type(value).__name__} cannot be read as an array ({error});"
                " write a NumPy array"
            ) from error
    # torch warns of arrays that are read-only, such as a memmap
    return np.require(_checked(array, what, text), requirements=["ENSUREARRAY", "WRITEABLE"])


def _is(value: Any, module: str, *names: str) -> bool:
    """Whether the value is of one of a module's classes, where that module has been imported."""
    found = sys.modules.get(module)
    return found is not None and isinstance(value, tuple(getattr(found, name) for name in names))


def _check_order(x: Any, y: Any, where: str) -> None:
    """Refuse tables whose rows have the same names, all or some, in different orders."""
    if not (_is(x, "pandas", "DataFrame", "Series") and _is(y, "pandas", "DataFrame", "Series")):
        return
    a, b = x.index, y.index
    if len(a) != len(b) or a.equals(b):
        return
    shared, count = a.isin(b), np.arange(len(a))
    numbered = np.array_equal(a, count) or np.array_equal(b, count)  # as pandas does by itself
    if shared.all() or (shared.any() and not numbered):
        names = zip(a.tolist(), b.tolist(), strict=True)
        row, one, other = next((i, p, q) for i, (p, q) in enumerate(names) if p != q)
        raise InputError(
            f"{where}: row {row} is {one!r} in x's index and {other!r} in y's; write"
            " y.loc[x.index], or .reset_index(drop=True) on both where rows belong together by"
            " position"
        )


def _wrong_kind(value: Any) -> str | None:
    """What a value is that has no one reading as an array, and what to write; else None."""
    kind = type(value).__name__
    if _is(value, "torch", "Tensor"):
        if str(value.layout) != "torch.strided" or value.is_nested:
            return "a sparse or nested tensor; write its .to_dense(), or pad rows to one length"
        if value.is_quantized:
            return "a quantised tensor; write its .dequantize()"
        if value.is_meta:
            return "on the device 'meta', without numbers; write it for the CPU or a GPU"
    elif isinstance(value, str | PathLike):
        name = repr(str(value))
        return f"the name of a file, {name}; write what it holds, such as numpy.load({name})"
    elif hasattr(value, "toarray") and hasattr(value, "tocsr"):
        return f"a sparse matrix of shape {value.shape}; write its .toarray()"
    elif _is(value, "torch.utils.data", "Dataset", "DataLoader"):
        return (
            f"a torch {kind}; write its tensors: x = torch.stack([x for x, _ in dataset]) and"
            " y = [y for _, y in dataset]"
        )
    elif _is(value, "PIL.Image", "Image"):
        return "one image; write a list of images"
    elif hasattr(value, "to_numpy") or isinstance(value, list | tuple):
        return None
    elif hasattr(value, "keys"):
        return f"a {kind} of {[str(key) for key in value][:5]}; write one of its arrays"
    elif not hasattr(value, "__array__"):
        return f"of type {kind}; write an array, a tensor, a table or a list of rows"
    return None


def _column(column: Any, what: str, text: bool) -> np.ndarray:
    """A pandas column without missing values; of categories, the numbers that they are."""
    missing = column.isna().to_numpy()
    if missing.any():
        raise InputError(
            f"{what} has {missing.sum()} missing values, first in row {int(missing.argmax())}; drop"
            " these rows or fill them in"
        )
    if text and all(isinstance(one, str) for one in column):
        return column.to_numpy(dtype=object).astype(str)
    dtype = column.cat.categories.dtype if hasattr(column, "cat") else column.dtype
    if getattr(dtype, "kind", "O") not in "biuf":
        raise InputError(
            f"{what} has type {column.dtype}, which is no number; {_instead(column, dtype)}"
        )
    # of nullable and Arrow columns, and of sparse ones
    plain = getattr(dtype, "numpy_dtype", None) or getattr(dtype, "subtype", None) or dtype
    return column.to_numpy(dtype=plain)


def _instead(column: Any, dtype: Any) -> str:
    """What to write for a pandas column that holds no numbers."""
    from lit.data.columns import DATE, MANY  # these need pandas, which whoever has a column has

    texts = column.astype(str).str
    if (texts.count(r"\s") > 1).mean() > 0.5:
        return TOKENS
    if getattr(dtype, "kind", "") == "M" or texts.fullmatch(DATE).all():
        return "these are dates; write numbers, such as pandas.to_datetime(column).dt.dayofyear"
    if (count := column.nunique()) > MANY:
        return f"its {count:,} different values say little; leave it out, or write numbers"
    return REMEDY


def _stack(values: Sequence[Any], what: str, text: bool) -> np.ndarray:
    """Rows, one under the other."""
    rows: list[Any] = []
    images = any(_is(value, "PIL.Image", "Image") for value in values)
    for i, value in enumerate(values):
        if images:
            value = _image(value, f"{what}[{i}]")
        elif not isinstance(value, PLAIN):
            value = as_array(value, f"{what}[{i}]", text)
        rows.append(value)
    # NumPy would write numbers as text, and NaN as a class "nan"
    if len({isinstance(row, str) for row in rows}) > 1:
        return np.array([*rows, None], dtype=object)[:-1]
    try:
        shapes = [np.shape(row) for row in rows]
        other = next((i for i, shape in enumerate(shapes) if shape != shapes[0]), None)
        if other is None:
            return np.asarray(rows)
        found = f"row 0 has shape {shapes[0]} and row {other} {shapes[other]}"
    except (ValueError, TypeError, RuntimeError) as error:  # ragged within, or tensors in rows
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
            f"{what} is to be turned when shown (EXIF); write PIL.ImageOps.exif_transpose(image)"
        )
    pixels = np.asarray(image)
    return pixels[None] if pixels.ndim == 2 else pixels.transpose(2, 0, 1)


def _checked(array: np.ndarray, what: str, text: bool) -> np.ndarray:
    """Refuse masked values and Python objects; other types are for ``check_dataset``."""
    if isinstance(array, np.ma.MaskedArray) and np.any(array.mask):
        place = np.argwhere(array.mask)[0].tolist()
        raise InputError(
            f"{what} has masked values, first at {place}; fill them in or drop these rows"
        )
    if array.dtype.kind == "U" and not text:
        found = f"{what} has type {array.dtype}, which holds texts"
        raise InputError(f"{found}; write them as float32 if they are numbers; else {TOKENS}")
    if array.dtype.kind != "O":
        return array
    if not array.size:
        raise InputError(f"{what} has 0 examples; look at what they were chosen by")
    texts = text and isinstance(array.flat[0], str)
    fit = str if texts else int | float | np.number
    for i, one in enumerate(array.flat):
        missing = _is_missing(one)
        if isinstance(one, fit) and not missing:
            continue
        place = [int(at) for at in np.unravel_index(i, array.shape)]
        if missing:
            which, remedy = ("label", "") if text else ("value", ", or fill them in")
            raise InputError(
                f"{what} is {one} at {place}: a {which} is missing; drop such rows{remedy}"
            )
        raise InputError(
            f"{what} holds {str(one)[:40]!r} of type {type(one).__name__} at {place}; {REMEDY}"
        )
    if not texts:
        raise InputError(
            f"{what} holds Python objects; write .astype('float32') for inputs, .astype('int64')"
            " for labels"
        )
    return array.astype(str)


def _is_missing(value: Any) -> bool:
    """Whether a Python object is what libraries have where there is no value."""
    no_number = isinstance(value, float) and value != value
    return value is None or no_number or type(value).__name__ in ("NAType", "NaTType")
