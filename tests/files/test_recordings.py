"""Files of recorded runs: what is read comes back, and what is wrong is said with its row and remedy."""

import json
import sys

import h5py
import numpy as np
import pyarrow
import pyarrow.parquet
import pytest

from lit.errors import InputError
from lit.files.recorded_columns import _as_hdf5, _as_parquet, add, read_columns
from lit.files.recordings import code_lengths, read_streams

K, SEEDS = 3, (4, 7)
ABOUT = {"r": {"classes": 4, "k": K, "starts": {"m": {"n": 9}}}}
EVERY = [(start, seed, i) for start in ("theta0", "m") for seed in SEEDS for i in range(K)]


def columns(**changed):
    """Rows of a run of two starts, two seeds and three examples; bits 0, 1, 2, ... in their order."""
    found = {
        "run": np.array(["r"] * len(EVERY), dtype=object),
        "start": np.array([start for start, _, _ in EVERY], dtype=object),
        "seed": np.array([seed for _, seed, _ in EVERY]),
        "position": np.array([i for _, _, i in EVERY]),
        "labels": np.array([1, 2, 1] * 4),
        "bits": np.arange(len(EVERY), dtype=np.float64),
        "index": np.array([5, 0, 3, 1, 2, 8] * 2),
    }
    return {name: column for name, column in (found | changed).items() if column is not None}


def with_value(name, row, value):
    """The columns with one value changed."""
    column = columns()[name].copy()
    column[row] = value
    return columns(**{name: column})


def say(path, about):
    """Write the rows with what is said of them as it is, whatever it may be."""
    written = _as_parquet if path.suffix == ".parquet" else _as_hdf5
    path.write_bytes(written(json.dumps(about), columns()))


@pytest.fixture(params=[".parquet", ".h5"])
def path(request, tmp_path):
    return tmp_path / f"run{request.param}"


def test_streams_come_back_by_start_and_seed(path):
    add(path, ABOUT, columns())
    streams = read_streams(path, "r")
    assert streams.seeds == [4, 7]
    assert streams.by_start["theta0"]["bits"].tolist() == [[0, 1, 2], [3, 4, 5]]
    assert streams.by_start["m"]["bits"].tolist() == [[6, 7, 8], [9, 10, 11]]
    assert streams.by_start["m"]["index"].tolist() == [[5, 0, 3], [1, 2, 8]]
    assert streams.by_start["m"]["labels"].tolist() == [[1, 2, 1]] * 2


def test_rows_of_streams_may_stand_in_any_order_among_each_other(path):
    order = np.argsort([i for _, _, i in EVERY], kind="stable")  # all first examples first
    add(path, ABOUT, {name: column[order] for name, column in columns().items()})
    assert read_streams(path, "r").by_start["m"]["bits"].tolist() == [[6, 7, 8], [9, 10, 11]]


def test_code_lengths_are_those_of_the_studys_seeds_and_k(path):
    add(path, ABOUT, columns())
    settings = {
        "recorded": "r",
        "start": "m",
        "k": 2,
        "seeds": [7],
        "classes": 4,
        "blocks": [[0, 2]],
    }
    found = code_lengths(path, settings)
    assert found["bits/network"].tolist() == [[9, 10]]
    assert found["labels"].tolist() == [[1, 2]]
    assert found["index"].tolist() == [[1, 2]]
    with pytest.raises(
        InputError, match=r"has seeds \[4, 7\], and none is 5; write seeds: \[4, 7\]"
    ):
        code_lengths(path, settings | {"seeds": [4, 5]})


def test_one_label_each_is_not_counted(path):
    add(path, ABOUT, columns(labels=np.ones(len(EVERY), dtype=np.int64)))
    settings = {
        "recorded": "r",
        "start": "m",
        "k": 3,
        "seeds": [7],
        "classes": 4,
        "blocks": [[0, 3]],
    }
    assert "labels" not in code_lengths(path, settings)


def test_a_file_that_another_tool_wrote_is_read(tmp_path):
    texts = pyarrow.array(["r"] * len(EVERY)).dictionary_encode()
    given = columns(run=None, index=None, labels=None)
    given = {name: pyarrow.array(column) for name, column in given.items()}
    given["seed"] = given["seed"].cast("uint8")
    given["bits"] = given["bits"].cast("float32")
    table = pyarrow.table(given | {"run": texts, "note": texts})
    table = table.replace_schema_metadata({"runs": json.dumps(ABOUT), "pandas": "{}"})
    pyarrow.parquet.write_table(table, tmp_path / "a")
    assert read_streams(tmp_path / "a", "r").by_start["m"]["bits"].tolist() == [
        [6, 7, 8],
        [9, 10, 11],
    ]


def test_a_folder_is_read_as_one_file(tmp_path):
    cold = np.array([start == "theta0" for start, _, _ in EVERY])
    parts = {"a.parquet": (cold, {}), "b.h5": (~cold, ABOUT["r"]["starts"])}
    for name, (rows, starts) in parts.items():
        own = {key: column[rows] for key, column in columns().items()}
        add(tmp_path / name, {"r": ABOUT["r"] | {"starts": starts}}, own)
    assert read_streams(tmp_path, "r").by_start["m"]["bits"].tolist() == [[6, 7, 8], [9, 10, 11]]
    add(tmp_path / "c.h5", ABOUT, columns())
    with pytest.raises(
        InputError, match=r"c.h5: run 'r', start 'm', seed 4 is recorded in another"
    ):
        read_streams(tmp_path, "r")


def test_rows_are_added_to_those_of_a_file_and_equal_content_gives_equal_bytes(path, tmp_path):
    add(path, ABOUT, columns())
    again = tmp_path / f"again{path.suffix}"
    add(again, ABOUT, columns())
    assert again.read_bytes() == path.read_bytes()
    other = columns(run=np.array(["s"] * len(EVERY), dtype=object))
    add(path, {"s": ABOUT["r"]}, other)
    assert len(read_columns(path)["run"]) == 2 * len(EVERY)
    assert read_streams(path, "s").by_start["m"]["bits"].tolist() == [[6, 7, 8], [9, 10, 11]]
    assert not list(tmp_path.glob(".*"))
    with pytest.raises(InputError, match=r"new rows run, start, .*write these into another file"):
        add(path, {"t": ABOUT["r"]}, columns(index=None))
    with pytest.raises(
        InputError, match="classes of run 'r' is 5, but 4 is recorded of it already"
    ):
        add(path, {"r": ABOUT["r"] | {"classes": 5}}, columns())


ROW = "run 'r', start 'theta0', seed 4: "
WRONG = {
    "missing column": (columns(bits=None), "column 'bits' is missing; it has run, start, seed"),
    "negative": (with_value("bits", 2, -0.5), ROW + "row 2 has bits -0.5, where 0 or more belong"),
    "NaN": (with_value("bits", 1, np.nan), ROW + "row 1 has bits nan"),
    "infinite": (with_value("bits", 1, np.inf), ROW + "row 1 has bits inf"),
    "doubled": (
        with_value("position", 2, 1),
        ROW + "position 1 is there twice: an example is scored",
    ),
    "negative position": (with_value("position", 0, -1), ROW + "row 0 has position -1"),
    "beyond k": (
        with_value("position", 2, 3),
        ROW + "3 positions, the last 3, where 0 to 2 belong",
    ),
    "huge": (with_value("position", 2, 2**60), ROW + "3 positions, the last 1152921504606846976"),
    "out of order": (
        columns(position=np.array([0, 2, 1, *range(3), *range(3), *range(3)])),
        ROW + "row 2 has position 1 after 2; write rows in the order in which",
    ),
    "no labels": (with_value("labels", 0, 0), ROW + "row 0 has labels 0, where 1 or more belong"),
    "more than right": (
        columns(right=np.array([0, 1, 256, 0, 1, 1] * 2)),
        "seed 4: row 8 has right 256, where 0 or 1 belong",
    ),
    "unequal labels": (
        with_value("labels", 8, 5),
        "seed 4: position 2 has labels 5 from m, but 1 from theta0; both must code the same",
    ),
    "other examples": (
        with_value("index", 6, 6),
        "position 0 has index 6 from m, but 5 from theta0",
    ),
    "an example twice": (with_value("index", 1, 5), ROW + "index 5 is there twice"),
    "other seeds": (
        with_value("seed", slice(9, 12), 8),
        r"start 'm' has seeds \[4, 8\], but theta0 has \[4, 7\]; L_IT is paired by seed",
    ),
    "unknown start": (
        columns(start=np.array(["theta0"] * 6 + ["mm"] * 6, dtype=object)),
        "no start is named 'mm' in its metadata; did you mean 'm'",
    ),
    "only M": (
        {name: column[6:] for name, column in columns().items()},
        "has no rows of start 'theta0'; record it from there too",
    ),
    "text for bits": (
        columns(bits=np.array(["1"] * len(EVERY), dtype="S1")),
        "column 'bits' does not hold numbers",
    ),
    "fractions": (
        columns(seed=np.full(len(EVERY), 0.5)),
        "'seed' does not hold integers, or has gaps",
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_is_named_by_its_row(path, what):
    given, words = WRONG[what]
    add(path, ABOUT, given)
    with pytest.raises(InputError, match=words) as error:
        read_streams(path, "r")
    assert str(path) in str(error.value)


def test_gaps_are_no_numbers(tmp_path):
    given = columns() | {"seed": [None, *columns()["seed"][1:].tolist()]}
    table = pyarrow.table(given).replace_schema_metadata({"runs": json.dumps(ABOUT)})
    pyarrow.parquet.write_table(table, tmp_path / "a.parquet")
    with pytest.raises(InputError, match="column 'seed' does not hold integers, or has gaps"):
        read_streams(tmp_path / "a.parquet", "r")


@pytest.mark.parametrize(
    ("about", "words"),
    [
        ([], "must be a mapping, a key for each run"),
        ({"r": 3}, "found 3 where a mapping of classes, k, starts"),
        ({"r": {"k": 3, "starts": {}}}, "key 'classes' is missing in metadata 'runs'"),
        ({"r": ABOUT["r"] | {"classes": 1}}, "classes is 1; write 2 or more"),
        ({"r": ABOUT["r"] | {"k": 0}}, "k is 0; write 1 or more"),
        ({"r": ABOUT["r"] | {"classes": True}}, "classes is True, which is of another type"),
        ({"r": ABOUT["r"] | {"learner": "x"}}, "unknown key 'learner'; known: classes, k, starts"),
        ({"r": ABOUT["r"] | {"starts": {"theta0": {}}}}, "theta0 is no M"),
        ({"r": ABOUT["r"] | {"starts": {"m": {"n": -1}}}}, "starts.m: n is -1"),
        ({"r": ABOUT["r"] | {"starts": {"../m": {}}}}, "'../m' is no name: write letters"),
        ({"a--b": ABOUT["r"]}, "'a--b' is no name"),
    ],
)
def test_what_a_file_says_of_itself_is_checked(path, about, words):
    say(path, about)
    with pytest.raises(InputError, match=words) as error:
        read_streams(path, "r")
    assert str(path) in str(error.value)


def test_what_no_file_may_say_is_not_written(path):
    add(path, ABOUT, columns())
    before = path.read_bytes()
    with pytest.raises(InputError, match="run 's': k is 0; write 1 or more"):
        add(path, {"s": {"classes": 4, "k": 0, "starts": {}}}, columns())
    assert path.read_bytes() == before


@pytest.mark.parametrize("labelled", [0, 1])
def test_without_a_column_of_labels_there_is_one_each_whichever_file_has_it(tmp_path, labelled):
    for number, seed in enumerate(SEEDS):
        rows = columns()["seed"] == seed
        own = {name: column[rows] for name, column in columns().items()}
        own["labels"] = np.full(6, 3)
        if number != labelled:
            del own["labels"]
        add(tmp_path / f"{seed}.h5", ABOUT, own)
    expected = [[3] * 3 if number == labelled else [1] * 3 for number in range(2)]
    assert read_streams(tmp_path, "r").by_start["m"]["labels"].tolist() == expected
    settings = {"recorded": "r", "start": "m", "k": 3, "seeds": [4, 7], "classes": 4}
    found = code_lengths(tmp_path, settings | {"blocks": [[0, 3]]})
    assert found["labels"].tolist() == expected


def test_rows_with_and_without_labels_go_into_one_file(path):
    add(path, ABOUT, columns(labels=None))
    for run, changed in {"s": {}, "t": {"labels": None}}.items():
        runs = np.array([run] * len(EVERY), dtype=object)
        add(path, {run: ABOUT["r"]}, columns(run=runs, **changed))
    labels = [read_streams(path, run).by_start["m"]["labels"].tolist() for run in "rst"]
    assert labels == [[[1] * 3] * 2, [[1, 2, 1]] * 2, [[1] * 3] * 2]


@pytest.mark.parametrize("indexed", [0, 1])
def test_rows_of_a_data_set_are_known_of_every_seed_or_of_none(tmp_path, indexed):
    for number, seed in enumerate(SEEDS):
        rows = columns()["seed"] == seed
        own = {name: column[rows] for name, column in columns().items()}
        if number != indexed:
            del own["index"]
        add(tmp_path / f"{seed}.h5", ABOUT, own)
    has, has_not = SEEDS[indexed], SEEDS[1 - indexed]
    words = f"seed {has} has a column 'index', and seed {has_not} has none; record it with every"
    with pytest.raises(InputError, match=words):
        read_streams(tmp_path, "r")


def test_unknown_runs_and_files_that_are_none(path, tmp_path):
    add(path, ABOUT, columns())
    with pytest.raises(InputError, match="no run is named 'x'; known: r"):
        read_streams(path, "x")
    other = tmp_path / "a.parquet.txt"
    other.write_text("run,start\n")
    with pytest.raises(InputError, match="is neither Parquet nor HDF5; write one of these"):
        read_streams(other, "r")
    with pytest.raises(InputError, match="no file of recorded runs is there"):
        read_streams(tmp_path / "gone.parquet", "r")
    for length in (10, path.stat().st_size // 2, path.stat().st_size - 3):
        other.write_bytes(path.read_bytes()[:length])
        with pytest.raises(InputError, match="cannot be read, it is damaged"):
            read_streams(other, "r")
    with pytest.raises(InputError, match=r"write a name that ends in \.parquet, \.h5"):
        add(tmp_path / "run.csv", ABOUT, columns())


def test_a_file_without_its_metadata(tmp_path):
    pyarrow.parquet.write_table(pyarrow.table(columns()), tmp_path / "a.parquet")
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["bits"] = np.zeros(3)
    for name in ("a.parquet", "a.h5"):
        with pytest.raises(
            InputError, match="says nothing of its runs: metadata 'runs' is missing"
        ):
            read_streams(tmp_path / name, "r")


def test_links_are_not_followed(tmp_path):
    add(tmp_path / "a.h5", ABOUT, columns())
    with h5py.File(tmp_path / "a.h5", "a") as file:
        del file["bits"]
        file["bits"] = h5py.ExternalLink(str(tmp_path / "other.h5"), "bits")
    with pytest.raises(InputError, match="bits is a link, which is not followed"):
        read_streams(tmp_path / "a.h5", "r")


def test_without_pyarrow_parquet_says_what_to_install_and_hdf5_works(tmp_path, monkeypatch):
    add(tmp_path / "a.parquet", ABOUT, columns())
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(InputError, match=r"pip install pyarrow==26.0.0; or write HDF5"):
        read_streams(tmp_path / "a.parquet", "r")
    add(tmp_path / "a.h5", ABOUT, columns())
    assert read_streams(tmp_path / "a.h5", "r").seeds == [4, 7]


def test_a_write_that_fails_leaves_the_file_as_it_was(path, monkeypatch):
    add(path, ABOUT, columns())
    before = path.read_bytes()
    monkeypatch.setattr("os.replace", lambda *names: (_ for _ in ()).throw(OSError(28, "no room")))
    with pytest.raises(OSError, match="no room"):
        add(path, {"s": ABOUT["r"]}, columns(run=np.array(["s"] * len(EVERY), dtype=object)))
    assert path.read_bytes() == before
    assert [p.name for p in path.parent.iterdir()] == [path.name]
