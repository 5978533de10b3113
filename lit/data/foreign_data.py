"""Data files of another sort than a kind reads: what each is, and what to do about it."""

import zipfile
from pathlib import Path

from lit.errors import InputError

SAVE = "numpy.savez(path, x=x, y=y)"
# What each kind that reads one file takes; a table or text may be packed.
READS = {
    "table": {"csv", "json", "text", "parquet", "zip", "packed"},
    "text": {"csv", "json", "text", "parquet", "zip", "packed", "office", "PDF"},  # it knows these
    "npz": {"npz", "npy"},  # of one array it says more itself
    "hdf5": {"hdf5"},
    "safetensors": {"safetensors"},
    "parquet": {"parquet"},
}
SHEETS = (".xlsx", ".xls", ".xlsm", ".ods")
PACKED = (".gz", ".bz2", ".zip", ".xz")
# What a sort of files is, and what to do about it.
SORTS = {
    "csv": ("text of columns, as CSV", "write kind: table, and label: with its column"),
    "json": ("JSON", "write kind: text if it has an object with a text a line, or save it as CSV"),
    "text": ("plain text", "write kind: text, or kind: table if it has columns"),
    "parquet": ("a Parquet file", "write kind: table, or kind: parquet for columns of lists"),
    "npz": ("an npz file of NumPy", "write kind: npz"),
    "npy": ("a NumPy file of one array", f"write x and y into one file: {SAVE}, and kind: npz"),
    "hdf5": ("an HDF5 file", "write kind: hdf5"),
    "safetensors": ("a safetensors file", "write kind: safetensors"),
    "pickle": (
        "a pickle, and pickled objects are never loaded",
        f"save arrays by {SAVE} for kind: npz, or a table by frame.to_csv(path, index=False) for"
        " kind: table",
    ),
    "arrow": ("an Arrow or Feather file", "save it as Parquet: frame.to_parquet(path)"),
    "matlab": ("a MATLAB file", f"read it by scipy.io.loadmat, save its arrays by {SAVE}"),
    "image": ("an image", "put images into a folder for each class, and write kind: imagefolder"),
    "PDF": ("a PDF file", "save what it holds as CSV"),
    "sheet": ("a spreadsheet", "save it as CSV (UTF-8), for kind: table"),
    "office": ("an Office document", "save it as CSV (UTF-8), for kind: table"),
    "zip": ("a ZIP file", "unpack it"),
    "packed": ("packed", "unpack it"),
}
BEGINNINGS = {
    b"PAR1": "parquet",
    b"\x93NUMPY": "npy",
    b"\x89HDF\r\n\x1a\n": "hdf5",
    b"ARROW1": "arrow",
    b"MATLAB 5.0": "matlab",
    b"\x89PNG": "image",
    b"\xff\xd8\xff": "image",
    b"%PDF": "PDF",
    b"\xd0\xcf\x11\xe0": "office",
    b"\x1f\x8b": "packed",
    b"\xfd7zXZ": "packed",
    **{b"BZh%d1AY" % level: "packed" for level in range(1, 10)},
}
TEXTS = {".csv": "csv", ".tsv": "csv", ".txt": "text"}
TEXTS |= dict.fromkeys((".json", ".jsonl", ".ndjson"), "json")


def first_bytes(path: Path, count: int = 4) -> bytes:
    """What a file begins with."""
    with path.open("rb") as file:
        return file.read(count)


def refuse_foreign(path: Path, kind: str, where: str = "") -> None:
    """Refuse a file that a kind of data set does not read, where its beginning, or name, tells.

    Raises:
        InputError: what it is, and which kind reads that, or how to save it.
    """
    sort = sort_of(path) if kind in READS else ""
    what, remedy = SORTS.get(sort, ("", ""))
    wrong = bool(sort) and sort not in READS[kind]
    if kind == "table" and sort in ("packed", "zip"):
        wrong = path.suffix.lower() not in PACKED
        remedy += ", or end its name as its packer does, such as .csv.gz"
        if sort == "zip" and (count := len(members(path))) > 1:
            wrong, what, remedy = True, f"a ZIP file of {count} files", "unpack it, and name one"
    if wrong:
        raise InputError(f"{where}{path} is {what}; {remedy}")


def sort_of(path: Path) -> str:
    """Which sort of file it is, of those in SORTS; "" where nothing tells, and of a folder."""
    if not path.is_file():
        return ""
    if path.suffix.lower() in SHEETS:
        return "sheet"
    begin = first_bytes(path, 512)
    for first, sort in BEGINNINGS.items():
        if begin.startswith(first):
            return sort
    if begin[:4] == b"PK\x03\x04":
        return _sort_of_zip(path)
    if begin[:1] == b"\x80" and begin[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05"):
        return "pickle"  # of protocol 2 or later
    if begin[7:10] == b'\0{"':
        return "safetensors"
    if not begin or not all(byte >= 32 or byte in b"\t\r\n" for byte in begin):
        return ""
    line, names = begin.splitlines()[0], [suffix.lower() for suffix in path.suffixes]
    if line[:1] in (b"{", b"["):
        return "json"
    columns = "csv" if any(mark in line for mark in (b",", b";", b"\t", b"|")) else ""
    return next((TEXTS[name] for name in reversed(names) if name in TEXTS), columns)


def _sort_of_zip(path: Path) -> str:
    held = members(path)
    if not held:
        return ""
    if all(name.endswith(".npy") for name in held):
        return "npz"
    if "[Content_Types].xml" in held or "mimetype" in held:
        return "office"
    return "pickle" if any(name.endswith("data.pkl") for name in held) else "zip"


def members(path: Path) -> list[str]:
    """Names of the files in a ZIP file; none of a damaged one."""
    try:
        with zipfile.ZipFile(path) as file:
            return [one.filename for one in file.infolist() if not one.is_dir()]
    except (zipfile.BadZipFile, OSError, ValueError):
        return []
