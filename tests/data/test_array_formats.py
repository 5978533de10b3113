"""The same two arrays in each format that they may come in, and what these cannot hold."""

import json
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from conftest import ROOT
from fakes import npz
from safetensors.torch import save_file

from lit.data.loaders import load_dataset
from lit.data.overlap import row_hashes
from lit.errors import InputError
from lit.files import store
from lit.study.kinds import codes_next_tokens

ROWS, SHAPE = 90, (2, 3)
Y = np.arange(ROWS) % 3


@pytest.fixture
def x():
    return np.random.default_rng(1).normal(size=(ROWS, *SHAPE)).astype(np.float32)


def table(x, y):
    """An Arrow table of nested lists, and labels."""

    def column(array):
        kind = pa.from_numpy_dtype(array.dtype)
        for _ in array.shape[1:]:
            kind = pa.list_(kind)
        return pa.array(array.tolist(), kind)

    return pa.table({"x": column(x), "y": column(y)})


def saved(folder, parts, names=None, **state):
    """A folder as ``datasets`` 4.4 writes it: Arrow streams, and beside them what they are."""
    folder.mkdir(parents=True)
    label = {"names": names, "_type": "ClassLabel"} if names else {"dtype": "int64"}
    about = {"info": {"features": {"y": label}}}
    files = [f"data-{i:05}-of-{len(parts):05}.arrow" for i in range(len(parts))]
    for file, part in zip(files, parts, strict=True):
        part = part.replace_schema_metadata({"huggingface": json.dumps(about)})
        with pa.ipc.new_stream(str(folder / file), part.schema) as stream:
            stream.write_table(part, max_chunksize=7)
    state = {"_data_files": [{"filename": file} for file in files]} | state
    (folder / "state.json").write_text(json.dumps(state))
    (folder / "dataset_info.json").write_text(json.dumps(about["info"]))
    return {"kind": "datasets", "path": str(folder)}


def in_every_format(folder, x, y):
    """Entries by kind, and their files."""
    (folder / "npy").mkdir()
    np.save(folder / "npy/x.npy", x)
    np.save(folder / "npy/y.npy", y)
    with h5py.File(folder / "a.h5", "w") as file:
        file["x"], file["y"] = x, y
    tensors = {"x": torch.tensor(np.ascontiguousarray(x)), "y": torch.tensor(y)}
    save_file(tensors, folder / "a.safetensors")
    lists = table(x, y)
    pq.write_table(lists, folder / "a.parquet", row_group_size=13)
    return {
        "npz": npz(folder, x, y),
        "hdf5": {"kind": "hdf5", "path": str(folder / "a.h5")},
        "npy": {"kind": "npy", "path": str(folder / "npy")},
        "safetensors": {"kind": "safetensors", "path": str(folder / "a.safetensors")},
        "parquet": {"kind": "parquet", "path": str(folder / "a.parquet")},
        "datasets": saved(folder / "saved", [lists[:50], lists[50:]]),
    }


def same(found, x, y):
    """Whether a data set has exactly these inputs and labels, and so the hashes of its rows."""
    assert (found.x.dtype, found.y.dtype) == (x.dtype, np.int64)
    assert np.array_equal(found.x, x)
    assert np.array_equal(found.y, y)
    assert np.array_equal(row_hashes(found.x), row_hashes(x))


@pytest.mark.parametrize("kind", ["float32", "float64", "uint8", "float16"])
def test_arrays_are_the_same_in_every_format(tmp_path, x, kind):
    given = (x * 40 + 128).clip(0, 255).astype(kind) if kind == "uint8" else x.astype(kind)
    wanted = given if kind == "uint8" else given.astype(np.float32)
    some = []
    for spec in in_every_format(tmp_path, given, Y).values():
        found = load_dataset(spec)
        same(found, wanted, Y)
        assert (found.classes, found.names) == (3, None)
        some.append(load_dataset(spec | {"examples": 5}))
    assert all(np.array_equal(five.x, some[0].x) for five in some)
    assert {len(five.y) for five in some} == {5}


def windows():
    """Windows of tokens 0..8; every third is shorter."""
    found = np.random.default_rng(0).integers(0, 9, (ROWS, 7))
    found[::3, 4:] = -1
    return found


def test_labels_that_are_the_next_tokens_in_every_format(tmp_path):
    x, y = windows()[:, :-1].astype(np.int32), windows()[:, 1:]
    for spec in in_every_format(tmp_path, x, y).values():
        follows = spec | {"labels": "next", "vocabulary": 9}
        found = load_dataset(follows)
        same(found, x, y)
        assert found.next_tokens
        assert (found.classes, found.vocabulary) == (9, 9)
        assert codes_next_tokens(follows)


def test_several_labels_that_are_the_next_tokens_have_to_be_said(tmp_path):
    """A network that is given the whole row would see them."""
    x, y = windows()[:, :-1].astype(np.int32), windows()[:, 1:]
    several = {"labels": "several", "classes": 9, "vocabulary": 9}
    said = r"label t is token t \+ 1 in every row.* labels: next"
    with pytest.raises(InputError, match=said):
        load_dataset(npz(tmp_path, x, y) | several)
    prompt, short = (x, y.copy()), (x.copy(), y.copy())
    prompt[1][:, :2] = -1  # labels of a prompt are left out
    short[0][40:, 4:] = short[1][40:, 4:] = -1  # a label of its own behind the last token
    short[1][40:, 3] = 8
    for masked in (prompt, short):
        with pytest.raises(InputError, match=said):
            load_dataset(npz(tmp_path, *masked) | several)
    y = y.copy()
    y[7, 2] = (y[7, 2] + 1) % 9
    found = load_dataset(npz(tmp_path, x, y) | several)
    same(found, x, y)
    assert not found.next_tokens


def test_labels_that_do_not_follow_are_named(tmp_path):
    x, y = windows()[:, :-1], windows()[:, 1:]
    follows = {"labels": "next", "vocabulary": 9}
    with pytest.raises(InputError, match="labels: next are tokens; write vocabulary"):
        load_dataset(npz(tmp_path, x, y) | {"labels": "next"})
    with pytest.raises(InputError, match="classes: with labels: next these are the tokens"):
        load_dataset(npz(tmp_path, x, y) | follows | {"classes": 9})
    with pytest.raises(InputError, match=r"x has shape \(90, 6\) and y \(90,\)"):
        load_dataset(npz(tmp_path, x, y[:, 0]) | follows)
    y = y.copy()
    y[7, 2] = (y[7, 2] + 1) % 9
    said = f"in row 7 label 2 is {y[7, 2]}, but token 3 is {x[7, 3]}"
    with pytest.raises(InputError, match=said):
        load_dataset(npz(tmp_path, x, y) | follows)


@pytest.mark.nightly
def test_bits_are_the_same_in_every_format(workspace, tiny, x):
    x[:, 0, 0] += 2 * Y
    tiny["datasets"] = in_every_format(workspace.folder, x, Y)
    tiny["train_set_information"] = False
    tiny["stream"] = {"k": 40, "first_block": 10, "head": 40}
    tiny["arms"] = [
        {"name": kind, "target": kind, "model": "linear", "n": [0, 30], "learner": "fast"}
        for kind in tiny["datasets"]
    ]
    workspace.write(tiny)
    workspace.snakemake("codelengths_all")
    assert_equal_but_for_the_name(workspace.folder / "results/tiny", len(tiny["datasets"]))


def assert_equal_but_for_the_name(results, count):
    """That there are ``count`` data sets and as many of each run, all with the same bytes."""
    prepared = [store.read(path, "dataset")[0] for path in (results / "data").glob("*.h5")]
    assert len(prepared) == count
    for name in ("x", "y", "row_hash"):
        assert len({each[name].tobytes() for each in prepared}) == 1
    by_run = {}
    for path in (results / "codelengths").glob("*.h5"):
        arrays = store.read(path, "codelengths")[0]
        bits = {name: arrays[name].tobytes() for name in arrays if name.startswith("bits/")}
        assert bits
        by_run.setdefault(path.stem.partition("--")[2], []).append(bits)
    assert len(by_run) == 2  # from theta0 and from M
    for runs in by_run.values():
        assert len(runs) == count
        assert all(run == runs[0] for run in runs)


@pytest.mark.parametrize(
    "change",
    [
        lambda x: x.astype(">f4"),
        np.asfortranarray,
        lambda x: x.astype(">f8"),
        lambda x: np.repeat(x, 2, axis=0)[::2],
    ],
    ids=["big-endian", "Fortran order", "big-endian, double", "every other row"],
)
def test_how_an_array_lies_in_memory_does_not_matter(tmp_path, x, change):
    (tmp_path / "e").mkdir()
    np.save(tmp_path / "e/x.npy", change(x))
    np.save(tmp_path / "e/y.npy", Y.astype(">i2"))
    same(load_dataset({"kind": "npy", "path": str(tmp_path / "e")}), x, Y)


def test_names_of_arrays_and_of_classes(tmp_path, x):
    texts = np.array(["cat", "dog", "owl"])[Y]
    (tmp_path / "e").mkdir()
    np.save(tmp_path / "e/train.npy", x)
    np.save(tmp_path / "e/names.npy", texts)
    found = load_dataset({"kind": "npy", "path": f"{tmp_path}/e", "x": "train", "y": "names"})
    same(found, x, Y)
    assert found.names == ("cat", "dog", "owl")
    with pytest.raises(InputError, match=r"e has no array 'x' and no array 'y'; it holds names"):
        load_dataset({"kind": "npy", "path": f"{tmp_path}/e"})
    with pytest.raises(InputError, match=r"no array '\.\./e/train'"):
        load_dataset({"kind": "npy", "path": f"{tmp_path}/e", "x": "../e/train", "y": "names"})
    lists = table(x, Y).set_column(1, "kind", pa.array(texts).dictionary_encode())
    pq.write_table(lists, tmp_path / "a.parquet")
    spec = {"kind": "parquet", "path": f"{tmp_path}/a.parquet", "y": "kind"}
    assert load_dataset(spec).names == ("cat", "dog", "owl")
    same(load_dataset(spec), x, Y)


def test_a_class_label_keeps_names_and_numbers(tmp_path, x):
    names = ["owl", "cat", "dog", "none of them"]  # of which the last one has no example
    spec = saved(tmp_path / "saved", [table(x, Y)], names)
    found = load_dataset(spec)
    assert found.names == tuple(names)
    same(found, x, Y)


def test_splits(tmp_path, x):
    both = tmp_path / "both"
    saved(both / "train", [table(x[:60], Y[:60])])
    saved(both / "test", [table(x[60:], Y[60:])])
    (both / "dataset_dict.json").write_text('{"splits": ["train", "test"]}')
    spec = {"kind": "datasets", "path": str(both)}
    same(load_dataset(spec | {"split": "test"}), x[60:], Y[60:])
    with pytest.raises(InputError, match="has the splits train, test; write split: train"):
        load_dataset(spec)
    with pytest.raises(InputError, match="no split is named 'tset'; did you mean 'test'"):
        load_dataset(spec | {"split": "tset"})
    with pytest.raises(InputError, match="has no splits; take split: train out"):
        load_dataset({"kind": "datasets", "path": str(both / "train"), "split": "train"})
    (both / "dataset_dict.json").write_text('{"splits": ["test"]}')
    same(load_dataset(spec), x[60:], Y[60:])
    # A name that leads out of the folder is looked for within.
    (both / "dataset_dict.json").write_text('{"splits": ["../both/test"]}')
    same(load_dataset(spec), x[60:], Y[60:])


def test_folders_that_nobody_saved_like_this(tmp_path, x):
    spec = saved(tmp_path / "a", [table(x, Y)], _indices_data_files=[{"filename": "i.arrow"}])
    with pytest.raises(InputError, match="flatten_indices"):
        load_dataset(spec)
    (tmp_path / "hub").mkdir()
    pq.write_table(table(x, Y), tmp_path / "hub/train.parquet")
    with pytest.raises(InputError, match=r"holds train\.parquet; of Parquet files, take kind"):
        load_dataset({"kind": "datasets", "path": str(tmp_path / "hub")})
    cut = saved(tmp_path / "cut", [table(x, Y)])
    file = next((tmp_path / "cut").glob("*.arrow"))
    file.write_bytes(file.read_bytes()[:700])
    with pytest.raises(InputError, match="cut is not a data set as datasets' save_to_disk writes"):
        load_dataset(cut)


LIST = pa.list_(pa.float32())
COLUMNS = {
    "unequal": (pa.array([[1, 2], [1, 2], [3]], LIST), "row 2 has 1, the first one 2"),
    "unequal within": (
        pa.array([[[1, 2]], [[1, 2]], [[1, 2, 3]]], pa.list_(LIST)),
        "row 2 has 3, the first one 2",
    ),
    "missing row": (pa.array([[1, 2], None, [3, 4]], LIST), "lacks 1 values .*first in row 1"),
    "missing number": (
        pa.array([[1, 2], [3, 4], [5, None]], LIST),
        "lacks 1 values .*first in row 2",
    ),
    "missing in fixed": (pa.array([[1, 2], None, [3, 4]], pa.list_(pa.float32(), 2)), "row 1"),
    "NaN": (pa.array([[1, 2], [np.nan, 4], [5, 6]], LIST), "NaN or infinity.* first in row 1"),
    "texts": (pa.array([["a"], ["b"], ["c"]]), "lists of string; write numbers"),
    "single values": (pa.array([1.0, 2.0, 3.0]), "take kind: table"),
    "nothing": (pa.array([[], [], []], LIST), "holds no numbers"),
    "images": (
        pa.array([{"bytes": b"\x89PNG", "path": "a.png"}] * 3),
        "write the pixels of images as lists, or .*imagefolder",
    ),
    "decimals": (pa.array([[1], [2], [3]], pa.list_(pa.decimal128(5, 2))), "decimal128"),
}


@pytest.mark.parametrize("case", COLUMNS)
def test_columns_that_are_no_inputs(tmp_path, case):
    column, message = COLUMNS[case]
    pq.write_table(pa.table({"x": column, "y": [0, 1, 0]}), tmp_path / "a.parquet")
    with pytest.raises(InputError, match=f"datasets.a: .*{message}"):
        load_dataset({"kind": "parquet", "path": f"{tmp_path}/a.parquet"}, "datasets.a")


def test_rows_of_a_later_chunk_are_named_by_their_place(tmp_path):
    parts = [[[1.0, 2.0]] * 5, [[1.0, 2.0], [1.0, None]], [[1.0]]]
    for held, message in ((parts[:2], "first in row 6"), ([parts[0], parts[2]], "row 5 has")):
        column = pa.chunked_array(held, LIST)
        lists = pa.table({"x": column, "y": np.arange(len(column)) % 2})
        pq.write_table(lists, tmp_path / "a.parquet", row_group_size=5)
        with pytest.raises(InputError, match=message):
            load_dataset({"kind": "parquet", "path": f"{tmp_path}/a.parquet"})


@pytest.mark.parametrize(
    "kind", [pa.list_(pa.float32(), 2), pa.large_list(pa.float32()), pa.list_(pa.bool_())]
)
def test_kinds_of_lists(tmp_path, kind):
    rows = [[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]
    column = pa.array(
        [[bool(v) for v in row] for row in rows] if "bool" in str(kind) else rows, kind
    )
    pq.write_table(pa.table({"x": column, "y": ["a", "b", "a"]}), tmp_path / "a.parquet")
    found = load_dataset({"kind": "parquet", "path": f"{tmp_path}/a.parquet"})
    same(found, np.array(rows, dtype=np.float32), [0, 1, 0])


def test_tensors_of_arrow_have_their_shape(tmp_path, x):
    column = pa.FixedShapeTensorArray.from_numpy_ndarray(x)
    pq.write_table(pa.table({"x": column, "y": Y}), tmp_path / "a.parquet")
    same(load_dataset({"kind": "parquet", "path": f"{tmp_path}/a.parquet"}), x, Y)


def test_labels_that_are_missing_or_none(tmp_path, x):
    for labels, message in (
        (pa.array([0, None] * 45), "column 'y' lacks 45 values .null., first in row 1"),
        (pa.array([0.5, 1.5] * 45), "this is regression"),
        (pa.array([[0, 2], [1, 1]] * 45), "y has shape .90, 2.: several numbers an example"),
        (pa.array([{"a": 1}, {"a": 0}] * 45), "column 'y' holds struct<"),
    ):
        pq.write_table(table(x, Y).set_column(1, "y", labels), tmp_path / "a.parquet")
        with pytest.raises(InputError, match=message):
            load_dataset({"kind": "parquet", "path": f"{tmp_path}/a.parquet"})


def test_precision_of_tensors(tmp_path, x):
    spec = {"kind": "safetensors", "path": f"{tmp_path}/a.safetensors"}
    rounded = torch.tensor(x).bfloat16()
    save_file({"x": rounded, "y": torch.tensor(Y)}, spec["path"])
    # bfloat16 is the upper half of float32.
    upper = rounded.view(torch.int16).numpy().astype(np.int32) << 16
    same(load_dataset(spec), upper.view(np.float32), Y)
    save_file({"x": torch.tensor(x).to(torch.float8_e4m3fn), "y": torch.tensor(Y)}, spec["path"])
    with pytest.raises(InputError, match=r"'x' holds torch\.float8_e4m3fn.*save x\.float\(\)"):
        load_dataset(spec)
    save_file({"a": torch.tensor(x)}, spec["path"])
    with pytest.raises(InputError, match=r"no array 'y'; it holds a \(90, 2, 3\) F32; write x:"):
        load_dataset(spec)
    (tmp_path / "a.safetensors").write_bytes(b"x" * 100)
    with pytest.raises(InputError, match="is not a readable safetensors file"):
        load_dataset(spec)


@pytest.mark.parametrize("kind", ["npy", "safetensors", "parquet", "datasets"])
def test_damaged_files_are_read_or_refused_and_nothing_else(tmp_path, x, kind):
    path = Path((spec := in_every_format(tmp_path, x, Y)[kind])["path"])
    files = sorted(file for file in [path, *path.rglob("*")] if file.is_file())
    rng = np.random.default_rng(3)
    refused = []
    for _ in range(60):
        file = files[rng.integers(len(files))]
        whole = file.read_bytes()
        damaged = bytearray(whole[: rng.integers(len(whole))] if rng.random() < 0.3 else whole)
        for _ in range(3):  # where most of the structure is: near the beginning and the end
            if damaged:
                at = rng.integers(min(300, len(damaged)))
                damaged[at if rng.random() < 0.5 else -1 - at] = rng.integers(256)
        file.write_bytes(damaged)
        try:
            load_dataset(spec, "datasets.a")
        except InputError as error:
            refused.append(str(error))
        file.write_bytes(whole)
    assert len(refused) > 10
    assert all(message.startswith("datasets.a: ") for message in refused)


class Bomb:
    """It would leave a mark if it were ever unpickled."""

    def __reduce__(self):
        return (exec, ("import pathlib; pathlib.Path('exploded').touch()",))


def test_pickles_are_never_loaded(tmp_path, monkeypatch, x):
    import pickle

    monkeypatch.chdir(tmp_path)
    bomb = np.empty(ROWS, dtype=object)
    bomb[:] = [Bomb()] * ROWS
    (tmp_path / "e").mkdir()
    np.save("e/x.npy", x)
    np.save("e/y.npy", bomb, allow_pickle=True)
    with pytest.raises(InputError, match=r"e/y\.npy is not .*pickled objects are never loaded"):
        load_dataset({"kind": "npy", "path": "e"})
    # A type of Arrow that older versions of pyarrow unpickled when they read a schema.
    lists = table(x, Y)
    named = {"ARROW:extension:name": "arrow.py_extension_type"}
    field = lists.schema.field("x").with_metadata(
        named | {"ARROW:extension:metadata": pickle.dumps(Bomb())}
    )
    lists = lists.cast(pa.schema([field, lists.schema.field("y")]))
    pq.write_table(lists, "a.parquet")
    same(load_dataset({"kind": "parquet", "path": "a.parquet"}), x, Y)
    assert not (tmp_path / "exploded").exists()


WITHOUT = """
import sys
sys.modules["pyarrow"] = None
from lit.data.loaders import load_dataset
from lit.errors import InputError
try:
    load_dataset({"kind": sys.argv[1], "path": sys.argv[2], "label": "y"})
    print("read")
except InputError as error:
    print(error)
"""


def test_without_pyarrow_only_what_needs_it_is_refused(tmp_path, x):
    specs = in_every_format(tmp_path, x, Y)
    (tmp_path / "a.csv").write_text("a,y\n1,0\n2,1\n3,1\n")
    specs["table"] = {"path": str(tmp_path / "a.csv")}
    said = {}
    for kind in ("npy", "table", "parquet", "datasets"):
        command = [sys.executable, "-c", WITHOUT, kind, specs[kind]["path"]]
        said[kind] = subprocess.run(command, cwd=ROOT, capture_output=True, text=True).stdout
    assert said["npy"] == said["table"] == "read\n"
    for kind in ("parquet", "datasets"):
        assert "pip install pyarrow==26.0.0" in said[kind]
