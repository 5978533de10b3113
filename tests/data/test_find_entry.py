"""Files as users have them, and the entry that is found for each."""

import gzip
import json
import re
import zipfile

import h5py
import numpy as np
import pandas as pd
import pytest
from PIL import Image
from safetensors.numpy import save_file

from lit.data.find_columns import reasons
from lit.data.find_entry import find_entry
from lit.data.loaders import load_dataset
from lit.errors import InputError

N = 120
X = np.random.default_rng(0).normal(size=(N, 3)).astype("float32")
Y = (X[:, 0] > 0).astype(int)
FRAME = pd.DataFrame(
    {
        "row": range(1, N + 1),
        "name": [f"p{i}" for i in range(N)],
        "seen": [f"2024-01-{i % 28 + 1:02d}" for i in range(N)],
        "age": np.arange(N) * 7 % 90,
        "city": ["Bern", "Genf"] * (N // 2),
        "ill": np.where(Y, "yes", "no"),
    }
)
TEXTS = [f"the {i} quick brown foxes jump over it" for i in range(N)]


def csv(frame, name="a.csv", **options):
    return lambda folder: frame.to_csv(folder / name, index=False, **options)


def packed(folder, *names):
    text = FRAME[["age", "ill"]].rename(columns={"ill": "class"}).to_csv(index=False)
    with zipfile.ZipFile(folder / "a.zip", "w") as file:
        for name in names:
            file.writestr(name, text)


def hdf5(folder):
    with h5py.File(folder / "a.h5", "w") as file:
        file["g/features"], file["g/target"] = X, Y


def npy(folder):
    (folder / "arrays").mkdir()
    np.save(folder / "arrays/x.npy", X)
    np.save(folder / "arrays/y.npy", Y)


def images(folder, *sizes):
    for kind in ("ash", "oak"):
        (folder / "photos" / kind).mkdir(parents=True)
        for i, size in enumerate(sizes):
            Image.new("RGB", size, (200 * i + 50, 0, 0)).save(folder / "photos" / kind / f"{i}.png")


DROPPED = {"drop": ["row", "name", "seen"]}
GERMAN = FRAME.assign(age=[f"{age},5" for age in FRAME["age"]])
GERMAN.loc[3, "age"] = None
FOUND = {
    "a table": (csv(FRAME), "a.csv", "ill", {"kind": "table", "label": "ill"} | DROPPED),
    "semicolons, decimal commas, a gap": (
        csv(GERMAN, sep=";"),
        "a.csv",
        "ill",
        {"kind": "table", "label": "ill", "separator": ";", "decimal": ",", "missing": "indicator"}
        | DROPPED,
    ),
    "a label that lacks values": (
        csv(FRAME[["age", "city", "ill"]].assign(ill=[None, *FRAME["ill"][1:]])),
        "a.csv",
        "ill",
        {"kind": "table", "label": "ill", "missing": "drop"},
    ),
    "packed": (
        csv(FRAME[["age", "ill"]].rename(columns={"ill": "class"}), "a.csv.gz"),
        "a.csv.gz",
        None,
        {"kind": "table", "label": "class"},
    ),
    "a table alone in a ZIP file": (
        lambda folder: packed(folder, "one.csv"),
        "a.zip",
        None,
        {"kind": "table", "label": "class"},
    ),
    "tabs and a real-valued target": (
        csv(pd.DataFrame({"a": X[:, 0], "target": np.linspace(0.5, 512.5, N)}), "a.tsv", sep="\t"),
        "a.tsv",
        None,
        {"kind": "table", "label": "target", "separator": "\t", "bins": {"width": 8.0}},
    ),
    "another encoding": (
        csv(FRAME[["age", "city", "ill"]].replace("Genf", "Zürich"), encoding="cp1252"),
        "a.csv",
        "ill",
        {"kind": "table", "label": "ill", "encoding": "cp1252"},
    ),
    "Parquet": (
        lambda folder: FRAME.to_parquet(folder / "a.parquet"),
        "a.parquet",
        "ill",
        {"kind": "table", "label": "ill"} | DROPPED,
    ),
    "embeddings": (
        lambda folder: pd.DataFrame({"e": list(X), "kind": Y}).to_parquet(folder / "a.parquet"),
        "a.parquet",
        None,
        {"kind": "parquet", "x": "e", "y": "kind"},
    ),
    "reviews": (
        csv(pd.DataFrame({"review": TEXTS, "stars": FRAME["ill"]})),
        "a.csv",
        None,
        {"kind": "text", "text": "review", "label": "stars", "length": 64},
    ),
    "JSON lines": (
        lambda folder: (folder / "a.jsonl").write_text(
            "\n".join(json.dumps({"text": t, "label": "ab"[len(t) % 2]}) for t in TEXTS)
        ),
        "a.jsonl",
        None,
        {"kind": "text", "text": "text", "label": "label", "length": 64},
    ),
    "a book": (
        lambda folder: (folder / "a.txt").write_text(". ".join(TEXTS)),
        "a.txt",
        None,
        {"kind": "text", "label": "next", "length": 32},
    ),
    "npz": (
        lambda folder: np.savez(folder / "a.npz", images=X, labels=Y),
        "a.npz",
        None,
        {"kind": "npz", "x": "images", "y": "labels"},
    ),
    "npz with a real-valued target": (
        lambda folder: np.savez(folder / "a.npz", x=X, y=np.linspace(0, 64, N)),
        "a.npz",
        None,
        {"kind": "npz", "bins": {"width": 1.0}},
    ),
    "npy": (npy, "arrays", None, {"kind": "npy"}),
    "HDF5": (hdf5, "a.h5", None, {"kind": "hdf5", "x": "g/features", "y": "g/target"}),
    "safetensors": (
        lambda folder: save_file({"x": X, "y": Y}, folder / "a.safetensors"),
        "a.safetensors",
        None,
        {"kind": "safetensors"},
    ),
    "small images of one size": (
        lambda folder: images(folder, (20, 20), (20, 20)),
        "photos",
        None,
        {"kind": "imagefolder"},
    ),
    "images of several sizes": (
        lambda folder: images(folder, (20, 20), (24, 20)),
        "photos",
        None,
        {"kind": "imagefolder", "size": 32},
    ),
}


@pytest.mark.parametrize("case", FOUND)
def test_the_entry_of_a_file_is_found_and_reads_it(case, tmp_path):
    write, name, label, expected = FOUND[case]
    write(tmp_path)
    entry = find_entry(tmp_path / name, label)
    assert entry == expected | {"path": str(tmp_path / name)}
    assert len(load_dataset(entry).y) >= 4


REFUSED = {
    "not there": (lambda folder: None, "a.csv", None, "does not exist"),
    "of no kind that is known": (
        lambda folder: (folder / "a.foo").touch(),
        "a.foo",
        None,
        "nothing is known of files that end in .foo; known: .csv",
    ),
    "JSON lines that are packed, which no loader reads": (
        lambda folder: (folder / "a.jsonl.gz").write_bytes(gzip.compress(b'{"label": 1}')),
        "a.jsonl.gz",
        "label",
        "nothing is known of files that end in .gz; known: .csv",
    ),
    "no suffix": (lambda folder: (folder / "a").touch(), "a", None, "files that end in nothing"),
    "no column of labels": (
        csv(FRAME),
        "a.csv",
        None,
        "a.csv: which column holds the labels? write --label and its name; in brackets, how many"
        " different values it has: row (120), name (120), seen (28), age (90), city (2), ill (2)",
    ),
    "another column": (csv(FRAME), "a.csv", "il", "--label: no column is named 'il'; did you mean"),
    "two arrays of labels": (
        lambda folder: np.savez(folder / "a.npz", a=X, b=Y, c=Y),
        "a.npz",
        None,
        "it holds a (120, 3), b (120,), c (120,); which are the labels? write --label",
    ),
    "no array of inputs": (
        lambda folder: np.savez(folder / "a.npz", x=X[:5], y=Y),
        "a.npz",
        None,
        "beside y it needs one array of inputs",
    ),
    "one array": (lambda folder: np.save(folder / "a.npy", X), "a.npy", None, "holds one array"),
    "pickled": (
        lambda folder: np.savez(folder / "a.npz", x=X, y=Y.astype(object)),
        "a.npz",
        None,
        "array 'y' holds Python objects, and pickled objects are never loaded; save y.astype(str)",
    ),
    "pickled in a folder": (
        lambda folder: np.save(folder / "y.npy", Y.astype(object)),
        ".",
        None,
        "y.npy is not a file of one plain array (Array can't be memory-mapped: Python objects in",
    ),
    "a spreadsheet": (
        lambda folder: (folder / "book.xlsx").write_bytes(b"PK\3\4"),
        "book.xlsx",
        None,
        "book.xlsx is a spreadsheet; save it as CSV (UTF-8), for kind: table",
    ),
    "several files in one": (
        lambda folder: packed(folder, "one.csv", "two.csv"),
        "a.zip",
        None,
        "a.zip is a ZIP file of 2 files; unpack it, and name one",
    ),
    "a packed file that is no table": (
        lambda folder: packed(folder, "one.png"),
        "a.zip",
        None,
        "a.zip is a ZIP file; unpack it",
    ),
    "a pickle": (
        lambda folder: FRAME.to_pickle(folder / "a.csv"),
        "a.csv",
        "ill",
        "a.csv is a pickle, and pickled objects are never loaded; save arrays by",
    ),
    "a table that is called otherwise": (
        csv(FRAME, "a.npz"),
        "a.npz",
        None,
        "a.npz is text of columns, as CSV; write kind: table, and label: with its column",
    ),
    "no npz": (
        lambda folder: (folder / "a.npz").write_text("x"),
        "a.npz",
        None,
        "a.npz: not an npz file of plain arrays",
    ),
    "one column": (csv(FRAME[["ill"]]), "a.csv", None, "holds 120 rows of 1 columns"),
    "empty": (lambda folder: (folder / "a.csv").touch(), "a.csv", None, "cannot be read as rows"),
    "no JSON": (
        lambda folder: (folder / "a.jsonl").write_text("{\n"),
        "a.jsonl",
        None,
        "it is no file of one JSON object a line",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_told_is_asked_in_one_line(case, tmp_path):
    write, name, label, message = REFUSED[case]
    write(tmp_path)
    with pytest.raises(InputError, match=re.escape(message)) as error:
        find_entry(tmp_path / name, label)
    assert "\n" not in str(error.value)


SHUFFLED = np.random.default_rng(1).permutation(N)
IDS = {
    "shuffled numbers of the rows": ("a", SHUFFLED + 7, True),
    "by name": ("customer_id", SHUFFLED**2, True),
    "in camel case": ("customerId", SHUFFLED**2, True),
    "of another name": ("people", SHUFFLED**2, False),
    "a word that ends in id": ("humid", SHUFFLED**2, False),
}


@pytest.mark.parametrize("case", IDS)
def test_whole_numbers_that_name_the_rows_are_left_out_or_named(case, tmp_path):
    name, values, out = IDS[case]
    csv(pd.DataFrame({"age": np.arange(N) % 9, name: values, "y": FRAME["ill"]}))(tmp_path)
    entry = find_entry(tmp_path / "a.csv", "y")
    assert entry.get("drop") == ([name] if out else None)
    (said,) = reasons(tmp_path / "a.csv", entry)
    if out:
        assert said == f"drop: these are no inputs: {name} (another whole number in every row)."
    else:
        assert said.startswith(f"inputs: {name}: a different whole number in every row; if it only")


def test_whole_numbers_of_which_some_come_twice_or_of_few_rows_are_inputs(tmp_path):
    twice = np.r_[0, SHUFFLED[1:] + 3]
    twice[1] = 0
    for frame in (
        pd.DataFrame({"id": twice, "b": SHUFFLED / 2 + 0.25, "y": FRAME["ill"]}),
        pd.DataFrame({"id": SHUFFLED**2, "y": FRAME["ill"]})[:100],
    ):
        csv(frame)(tmp_path)
        entry = find_entry(tmp_path / "a.csv", "y")
        assert "drop" not in entry
        assert reasons(tmp_path / "a.csv", entry) == []


@pytest.mark.parametrize("gap", [False, True])
def test_a_column_that_is_empty_in_every_row_is_left_out(gap, tmp_path):
    """Where the label lacks values, rows that lack any are left out, which would be all."""
    frame = FRAME[["age", "ill"]].assign(nothing=None)
    frame.loc[0, "ill"] = None if gap else "no"
    csv(frame)(tmp_path)
    entry = find_entry(tmp_path / "a.csv", "ill")
    assert (entry["drop"], entry.get("missing")) == (["nothing"], "drop" if gap else None)
    assert len(load_dataset(entry).y) == N - gap
    said = reasons(tmp_path / "a.csv", entry)
    assert said[0] == "drop: these are no inputs: nothing (empty in every row)."
    assert not any("nothing (120)" in reason for reason in said)


AMOUNTS = {
    "whole numbers": (np.arange(5, 50), {"width": 1.0, "high": 50.0}),
    "whole numbers with gaps": (np.r_[np.arange(5, 40), 44, 46], {"width": 1.0}),
    "many whole numbers": (np.arange(5, 500), {"width": 8.0}),
    "even ones": (np.arange(0, 130, 2), {"width": 2.0, "high": 130.0}),
    "halves": (np.arange(0, 33, 0.5), {"width": 0.5, "high": 33.0}),
}


@pytest.mark.parametrize("case", AMOUNTS)
def test_bins_that_are_proposed_are_none_to_warn_of(case, tmp_path):
    values, bins = AMOUNTS[case]
    y = np.tile(values, 8)
    csv(pd.DataFrame({"a": np.arange(len(y)) % 7, "price": y}))(tmp_path)
    np.savez(tmp_path / "a.npz", x=np.arange(len(y))[:, None] % 7, price=y)
    for name in ("a.csv", "a.npz"):
        entry = find_entry(tmp_path / name, "price")
        assert entry["bins"] == bins
        assert not [note for note in load_dataset(entry).notes if "Warning" in note]


def test_a_folder_of_texts_stays_one_with_what_is_hidden_in_it(tmp_path):
    (tmp_path / ".ipynb_checkpoints").mkdir()
    (tmp_path / "one.TXT").write_text("a text")
    found = find_entry(tmp_path, None)
    assert (found["kind"], found["label"]) == ("text", "next")


def test_columns_that_a_data_set_of_texts_does_not_read_are_named(tmp_path):
    texts = [f"a text of several words, number {i}" for i in range(120)]
    frame = pd.DataFrame({"id": range(120), "text": texts, "kind": ["a", "b"] * 60})
    frame.to_csv(tmp_path / "a.csv", index=False)
    entry = find_entry(tmp_path / "a.csv", "kind")
    assert reasons(tmp_path / "a.csv", entry) == ["text: these columns are not read: id."]
    assert "bins" not in entry


@pytest.mark.parametrize("suffix", ["csv", "jsonl"])
def test_texts_with_amounts_have_them_cut_into_bins(tmp_path, suffix):
    texts = [f"a text of several words, number {i}" for i in range(200)]
    frame = pd.DataFrame({"text": texts, "score": np.arange(200) / 20})
    path = tmp_path / f"a.{suffix}"
    if suffix == "csv":
        frame.to_csv(path, index=False)
    else:
        frame.to_json(path, orient="records", lines=True)
    entry = find_entry(path, "score")
    assert entry["bins"]["width"] == 0.2
    assert load_dataset(entry).bins.count == 50
