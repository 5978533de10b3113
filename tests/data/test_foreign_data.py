"""Files of another sort than the kind of a data set reads, and what is said of each."""

import bz2
import gzip
import pickle
import zipfile

import h5py
import numpy as np
import pandas as pd
import pytest
from safetensors.numpy import save_file

from lit.data.find_entry import find_entry
from lit.data.foreign_data import refuse_foreign, sort_of
from lit.data.loaders import load_dataset
from lit.errors import InputError

X, Y = np.arange(12.0).reshape(6, 2), np.arange(6) % 2
FRAME = pd.DataFrame({"a": X[:, 0], "y": Y})
CSV = FRAME.to_csv(index=False).encode()


def hdf5(path):
    with h5py.File(path, "w") as file:
        file["x"], file["y"] = X, Y


def packed(path, **held):
    with zipfile.ZipFile(path, "w") as file:
        for name, text in held.items():
            file.writestr(name, text)


# What writes a file, what it is called, what it is said to be.
FILES = {
    "csv": (lambda path: path.write_bytes(CSV), "ok.csv", "text of columns, as CSV; write kind: table"),
    "csv of another name": (lambda path: path.write_bytes(CSV), "ok.dat", "text of columns, as CSV; write kind: table"),
    "text": (lambda path: path.write_text("a book"), "a.txt", "plain text; write kind: text"),
    "json": (lambda path: path.write_text('{"a": 1}'), "a.jsonl", "JSON; write kind: text if"),
    "parquet": (FRAME.to_parquet, "a.parquet", "a Parquet file; write kind: table, or kind: parquet"),
    "npz": (lambda path: np.savez(path, x=X, y=Y), "a.npz", "an npz file of NumPy; write kind: npz"),
    "npy": (lambda path: np.save(path, X), "a.npy", "a NumPy file of one array; write x and y into one file"),
    "hdf5": (hdf5, "a.h5", "an HDF5 file; write kind: hdf5"),
    "safetensors": (lambda path: save_file({"x": X}, path), "a.safetensors", "a safetensors file; write kind: safetensors"),
    "pickle": (
        lambda path: path.write_bytes(pickle.dumps({"x": X})),
        "a.pkl",
        r"a pickle, and pickled objects are never loaded; save arrays by numpy.savez\(path, x=x, y=y\) for kind: npz, or",
    ),
    "weights": (lambda path: packed(path, **{"w/data.pkl": "x"}), "w.pt", "a pickle, and pickled objects"),
    "arrow": (lambda path: path.write_bytes(b"ARROW1\0\0"), "a.feather", "an Arrow or Feather file; save it as Parquet"),
    "matlab": (lambda path: path.write_bytes(b"MATLAB 5.0 MAT-file"), "a.mat", "a MATLAB file; read it by scipy"),
    "image": (lambda path: path.write_bytes(b"\x89PNG\r\n"), "a.png", "an image; put images into a folder"),
    "PDF": (lambda path: path.write_bytes(b"%PDF-1.4"), "a.pdf", "a PDF file; save what it holds as CSV"),
    "sheet": (lambda path: path.write_bytes(b"PK"), "a.xlsx", "a spreadsheet; save it as CSV"),
    "office": (lambda path: packed(path, **{"[Content_Types].xml": ""}), "a.docx", "an Office document; save it as CSV"),
    "gzip": (lambda path: path.write_bytes(gzip.compress(CSV)), "a.csv.dat", "packed; unpack it"),
    "bzip2": (lambda path: path.write_bytes(bz2.compress(CSV)), "a.dat", "packed; unpack it"),
    "zip": (lambda path: packed(path, a="1"), "a.dat", "a ZIP file; unpack it"),
    "two in a ZIP file": (lambda path: packed(path, a="1", b="2"), "a.dat", "a ZIP file"),
}  # fmt: skip
BINARY = ("npz", "hdf5", "safetensors", "parquet")
OF_TEXTS = {"csv", "csv of another name", "text", "json", "parquet"}
READ = {kind: {kind} for kind in BINARY} | {"table": OF_TEXTS, "text": OF_TEXTS}
READ["npz"] = {"npz", "npy"}  # of one array the loader says more
READ["text"] = OF_TEXTS | {"PDF", "office", "zip", "two in a ZIP file", "gzip", "bzip2"}
MORE = {"table": {"label": "y"}, "text": {"label": "next", "length": 8}}


@pytest.mark.parametrize("kind", READ)
@pytest.mark.parametrize("case", FILES)
def test_a_file_of_another_sort_is_named_with_what_to_write(case, kind, tmp_path):
    write, name, said = FILES[case]
    write(tmp_path / name)
    spec = {"kind": kind, "path": str(tmp_path / name)} | MORE.get(kind, {})
    if case in READ[kind]:
        refuse_foreign(tmp_path / name, kind)
    else:
        with pytest.raises(InputError, match=f"^datasets.d: path: .*{name} is {said}") as error:
            load_dataset(spec, "datasets.d")
        assert "allow_pickle" not in str(error.value)


def test_a_table_that_is_packed_is_named_by_how(tmp_path):
    spec = {"kind": "table", "path": str(tmp_path / "a.csv"), "label": "y"}
    (tmp_path / "a.csv").write_bytes(gzip.compress(CSV))
    with pytest.raises(
        InputError, match=r"is packed; unpack it, or end its name .* such as .csv.gz"
    ):
        load_dataset(spec)
    packed(tmp_path / "a.zip", a="1", b="2")
    with pytest.raises(InputError, match="is a ZIP file of 2 files; unpack it, and name one"):
        load_dataset(spec | {"path": str(tmp_path / "a.zip")})
    packed(tmp_path / "b.zip", a=CSV)
    assert load_dataset(spec | {"path": str(tmp_path / "b.zip")}).x.shape == (6, 1)


def test_a_file_where_a_folder_belongs_is_named(tmp_path):
    np.save(tmp_path / "x.npy", X)
    with pytest.raises(InputError, match=r"is no folder; kind npy needs one. It is a NumPy file"):
        load_dataset({"kind": "npy", "path": str(tmp_path / "x.npy")})


def test_what_nothing_tells_of_is_said_by_its_loader(tmp_path):
    """Of a ZIP file that is damaged nothing tells what it was; NumPy's advice is not repeated."""
    (tmp_path / "a.npz").write_bytes(b"PK\3\4 damaged")
    assert sort_of(tmp_path / "a.npz") == ""
    (tmp_path / "a.npz").write_bytes(b"hello")
    with pytest.raises(InputError, match=r"is not an npz file .*it holds no plain arrays"):
        load_dataset({"kind": "npz", "path": str(tmp_path / "a.npz")})


def test_what_is_no_text_is_not_said_to_be_in_another_encoding(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(b"SQLite format 3\0\xff\xfe\0\0")
    for read in (load_dataset, lambda spec: find_entry(path, spec["label"])):
        with pytest.raises(InputError, match="is no text, as it holds zero bytes; save it as CSV"):
            read({"kind": "table", "path": str(path), "label": "y"})
