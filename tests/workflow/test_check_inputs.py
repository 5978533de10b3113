"""Before the first job: that a source and a target have the same inputs, and no example in common."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from fakes import check_study, npz

from lit.data.loaders import load_dataset
from lit.errors import InputError
from lit.workflow.check_inputs import check_alike, files_read

A, B = np.arange(8.0), np.array([3.0, 1, 4, 1, 5, 9, 2, 6])
COLOURS = ["blue", "red"] * 4
Y = ["no", "yes", "no", "no"] * 2
SAME = "have the same columns in other orders, first 'a' and 'b'; write both files with"
CASES = {
    "another order": ({"b": B, "a": A, "y": Y}, {}, SAME),
    "another column": (
        {"a": A, "c": B, "y": Y},
        {},
        "'s' has b alone and 't' has c alone; write drop: .b, c. where they stand",
    ),
    "a column that does not vary": (
        {"a": A, "b": B * 0, "y": Y},
        {},
        "have other inputs: 's' has b alone; write drop:",
    ),
    "other levels": (
        {"a": A, "b": B, "colour": ["blue", "azure"] * 4, "y": Y},
        {"colour": COLOURS},
        "'s' has colour=red alone and 't' has colour=azure alone; write categories: .colour: .all of",
    ),
    "the same": ({"y": Y, "a": A, "b": B}, {}, ""),
    "the same levels": ({"a": A, "b": B, "colour": COLOURS, "y": Y}, {"colour": COLOURS[::-1]}, ""),
}


@pytest.mark.parametrize("case", CASES)
def test_tables_are_matched_by_the_names_of_their_inputs(tmp_path, case):
    theirs, more, message = CASES[case]
    data = {}
    for name, columns in (("s", {"a": A, "b": B, "y": Y} | more), ("t", theirs)):
        pd.DataFrame(columns).to_csv(tmp_path / name, index=False)
        data[name] = load_dataset({"kind": "table", "path": f"{tmp_path}/{name}", "label": "y"})
    if not message:
        check_alike(data, "s", "t", "arm 'a'", set())
        return
    with pytest.raises(InputError, match=f"^arm 'a': source 's' and target 't' .*{message}"):
        check_alike(data, "s", "t", "arm 'a'", set())
    check_alike(data | {"s": dataclasses.replace(data["t"], columns=())}, "s", "t", "", set())


def test_levels_that_are_listed_for_both_are_alike(tmp_path):
    data = {}
    for name, levels in (("s", ["blue", "red"]), ("t", ["azure", "blue"])):
        pd.DataFrame({"colour": levels * 2, "y": [0, 1, 1, 0]}).to_csv(tmp_path / name, index=False)
        spec = {"kind": "table", "path": f"{tmp_path}/{name}", "label": "y"}
        data[name] = load_dataset(spec | {"categories": {"colour": ["azure", "blue", "red"]}})
    check_alike(data, "s", "t", "", set())
    assert data["s"].x[0].tolist() == data["t"].x[1].tolist() == [0, 1, 0]


def test_one_file_as_two_data_sets_is_warned_of(tiny, tmp_path, capsys, rng):
    x, y = rng.normal(size=(300, 6)).astype(np.float32), np.arange(300) % 2
    tiny["datasets"] = {
        "plain": npz(tmp_path, x, y),
        "scaled": npz(tmp_path, x, y, scale="standard"),
        "copy": npz(tmp_path, x, y, "copy.npz", classes=2),
        "some": npz(tmp_path, x, y, examples=200),
        "other": npz(tmp_path, x + 1, y, "other.npz"),
    }
    arm = {"name": "a", "model": "linear", "learner": "fast", "target": "plain"}
    for source, n, said in (
        ("scaled", 280, r"so that \d+ of k = "),
        ("copy", 280, r"so that \d+ of k = "),
        ("some", 150, "so that some of k = "),
        ("scaled", 64, ""),
        ("other", 280, ""),
    ):
        tiny["arms"] = [arm | {"source": source, "n": n}]
        found = check_study(tiny, tmp_path / source, capsys)
        assert ("read the same file" in found) == bool(said), found
        assert found.count("read the same file") == bool(said)


@pytest.mark.parametrize(
    ("source", "target", "common"),
    [
        ({"age": {"to": 45}}, {"age": {"from": 45}}, "1 row in common, the first row 45"),
        ({"age": {"to": 250}}, None, "251 rows in common, the first row 0"),
        ({"age": {"to": 44}}, {"age": {"from": 45}}, ""),
        ({"city": "Basel"}, {"age": {"to": 99}}, "50 rows in common, the first row 0"),
        ({"city": "Basel"}, {"parity": "odd"}, ""),  # of other columns, and disjoint all the same
        ({"age": {"to": 250}}, {"age": [*range(251)]}, ""),  # the same ones, whose ends are taken
    ],
)
def test_parts_of_one_table_have_no_row_in_common(tiny, tmp_path, capsys, source, target, common):
    age = np.arange(600)
    frame = pd.DataFrame({"age": age, "x": np.sin(age), "y": age % 7 > 3})
    frame["city"] = np.where(age % 2, "Genf", "Basel")
    frame["parity"] = np.where(age % 2, "odd", "even")
    frame.to_csv(tmp_path / "people.csv", index=False)
    one = {"kind": "table", "path": str(tmp_path / "people.csv"), "label": "y"}
    one["drop"] = ["city", "parity"]
    tiny["datasets"] = {
        "s": one | {"rows": source},
        "t": one | ({"rows": target} if target else {}),
    }
    tiny["arms"] = [{"name": "a", "model": "linear", "learner": "fast", "n": 32}]
    tiny["arms"][0] |= {"source": "s", "target": "t"}
    tiny["stream"] = {"k": 32}
    said = check_study(tiny, tmp_path, capsys)
    assert ("are parts of one file with" in said) == bool(common)
    assert common in said
    assert "read the same file" not in said


def test_other_arrays_and_splits_of_one_file_are_other_examples():
    made = {
        "train": {"content": "1", "spec": {"kind": "npz", "x": "x_train"}},
        "test": {"content": "1", "spec": {"kind": "npz", "x": "x_test"}},
        "scaled": {"content": "1", "spec": {"kind": "npz", "x": "x_test", "scale": "unit"}},
        "book": {"content": "2", "spec": {"kind": "text", "length": 32}},
        "windows": {"content": "2", "spec": {"kind": "text", "length": 32, "stride": 40}},
        "digits": {"content": None, "spec": {"kind": "sklearn", "name": "digits"}},
        "plain": {"content": None, "spec": {"kind": "sklearn", "name": "digits", "scale": "unit"}},
        "wine": {"content": None, "spec": {"kind": "sklearn", "name": "wine"}},
        "lookup": {"content": None, "spec": {"kind": "lookup"}},
    }
    found = files_read(made, {name: name for name in made} | {"view": "test"})
    assert found["test"] == found["scaled"] == found["view"] != found["train"]
    assert found["book"] == found["windows"]
    assert found["digits"] == found["plain"] != found["wine"]
    assert "lookup" not in found
