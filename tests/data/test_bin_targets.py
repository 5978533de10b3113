"""Real-valued targets as users have them: cut into bins, or refused by name."""

import json

import h5py
import numpy as np
import pandas as pd
import pytest
from fakes import check_study
from safetensors.numpy import save_file

from lit.data.bins import Bins
from lit.data.check_dataset import check_dataset
from lit.data.dataset import Dataset
from lit.data.loaders import load_dataset
from lit.errors import InputError

X = np.random.default_rng(0).normal(size=(6, 2)).astype(np.float32)
Y = np.array([0.0, 0.49, 0.5, 1.2, 2.0, 1.99])
DIABETES = {"kind": "sklearn", "name": "diabetes", "scale": "standard"}


def cut(y, **bins):
    return check_dataset(X, np.array(y), "d", bins=bins)


def test_targets_become_numbers_of_bins():
    data = cut(Y, width=0.5)
    assert data.y.tolist() == [0, 0, 1, 2, 3, 3]  # the largest is in the last
    assert (data.classes, data.names, data.bins) == (4, None, Bins(0.0, 2.0, 0.5))
    assert "y from 0 to 2 (its own range) was cut into 4 bins of width 0.5" in data.notes[-1]
    assert "-1.000 bits a label" in data.notes[-1]


def test_a_range_that_is_no_multiple_of_the_width_has_a_last_bin_that_ends_behind_it():
    data = cut(Y, width=0.6, low=-0.5, high=2.5)
    assert data.classes == 5
    assert data.y.tolist() == [0, 1, 1, 2, 4, 4]
    assert cut(Y, width=0.7).classes == 3
    assert cut([0.0, 0.1, 0.3, 0.2, 0.9, 0.5], width=0.1).classes == 9  # whatever rounding says


def test_of_a_logarithm_all_is_in_its_units():
    data = cut(np.exp(Y), width=0.5, log=True)
    np.testing.assert_array_equal(data.y, cut(Y + 1e-12, width=0.5).y)
    assert data.bins == Bins(0.0, data.bins.high, 0.5, log=True)
    assert "log y from 0 to 2" in data.notes[-1]


def test_a_column_and_whole_numbers_are_targets_too():
    assert cut(Y[:, None], width=0.5).y.shape == (6,)
    data = check_dataset(
        np.zeros((30, 1)) + np.arange(30)[:, None], np.arange(30), "d", bins={"width": 3}
    )
    assert data.y.tolist() == np.minimum(np.arange(30) // 3, 9).tolist()
    assert not any("Warning" in note for note in data.notes)


@pytest.mark.parametrize(
    ("y", "width", "said"),
    [
        ([0, 1, 2, 0, 1, 2], 1, "y holds 3 whole numbers; take bins out if these are classes"),
        (
            np.arange(30.0),
            0.5,
            "whole numbers, between which bins of width 0.5 are empty; write width: 1, or more",
        ),
    ],
)
def test_whole_numbers_that_may_be_meant_otherwise_are_warned_of(y, width, said):
    x = np.random.default_rng(0).normal(size=(len(y), 2))
    data = check_dataset(x, np.array(y), "d", bins={"width": width})
    assert any(note.startswith("Warning: ") and said in note for note in data.notes)


REFUSED = {
    "constant": ([3.5] * 6, {"width": 1}, "d: all 6 targets are 3.5, which leaves nothing to code"),
    "NaN": ([0.5, np.nan, *Y[2:]], {"width": 0.5}, r"y\[1\] is nan; drop rows without a target"),
    "infinity": ([*Y[:5], np.inf], {"width": 0.5}, r"y\[5\] is inf; drop rows"),
    "below": (Y, {"width": 0.1, "low": 0.25}, r"y\[0\] is 0, beyond bins: low: 0.25; write low: 0"),
    "above": (
        Y,
        {"width": 0.1, "high": 1.5},
        r"y\[4\] is 2, beyond bins: high: 1.5; write high: 2",
    ),
    "low above high": (Y, {"width": 0.1, "low": 5}, "low: 5 is not below high: 2"),
    "as wide as the range": (
        Y,
        {"width": 2},
        "width: 2 is no less than the range of y, 0 to 2; write a smaller one",
    ),
    "wider than the range": (Y, {"width": 9}, "width: 9 is no less than the range"),
    "too narrow": (Y, {"width": 1e-5}, "makes 200,000 bins of y from 0 to 2, and at most 1,024"),
    "no logarithm": (Y, {"width": 0.1, "log": True}, r"y\[0\] is 0, which has no logarithm"),
    "texts": (
        ["a", "b"] * 3,
        {"width": 1},
        "bins are of numbers; take bins out if these are classes",
    ),
    "truth values": ([True, False] * 3, {"width": 1}, "y has type bool, and bins are of numbers"),
    "two numbers": (np.ones((6, 2)), {"width": 1}, r"y has shape \(6, 2\); bins are of one number"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_cut_is_said(case):
    y, bins, message = REFUSED[case]
    with pytest.raises(InputError, match=message):
        cut(y, **bins)


def test_bins_and_classes_exclude_each_other():
    for other in ({"classes": 3}, {"names": ["a", "b"]}, {"several": True}):
        with pytest.raises(InputError, match="take out classes, or bins"):
            check_dataset(X, Y, "d", bins={"width": 1}, **other)


def test_every_format_gives_the_same_labels(tmp_path):
    x, y, bins = X, Y, {"width": 0.5}
    np.savez(tmp_path / "d.npz", x=x, y=y)
    np.save(tmp_path / "x.npy", x)
    np.save(tmp_path / "y.npy", y)
    with h5py.File(tmp_path / "d.h5", "w") as file:
        file["x"], file["y"] = x, y
    save_file({"x": x, "y": y}, tmp_path / "d.safetensors")
    pd.DataFrame({"x": list(x), "y": y}).to_parquet(tmp_path / "d.parquet")
    plain = pd.DataFrame({"a": x[:, 0], "b": x[:, 1], "y": y})
    plain.to_csv(tmp_path / "d.csv", index=False)
    plain.to_parquet(tmp_path / "table.parquet")
    comma = plain.to_csv(sep=";", decimal=",", index=False)
    (tmp_path / "comma.csv").write_text(comma)
    arrays = {"npz": "d.npz", "npy": ".", "hdf5": "d.h5", "safetensors": "d.safetensors"}
    specs = [{"kind": kind, "path": tmp_path / name} for kind, name in arrays.items()]
    specs += [{"kind": "parquet", "path": tmp_path / "d.parquet"}]
    table = {"kind": "table", "label": "y"}
    specs += [table | {"path": tmp_path / name} for name in ("d.csv", "table.parquet")]
    specs += [table | {"path": tmp_path / "comma.csv", "separator": ";", "decimal": ","}]
    specs += [{"kind": "python", "factory": lambda options: (x, y)}]
    for spec in specs:
        data = load_dataset(spec | {"bins": bins})
        assert (data.bins, data.y.tolist()) == (Bins(0.0, 2.0, 0.5), [0, 0, 1, 2, 3, 3]), spec


def test_a_table_of_texts_has_no_bins(tmp_path):
    (tmp_path / "d.csv").write_text("a,y\n1,red\n2,blue\n3,red\n")
    spec = {"kind": "table", "path": tmp_path / "d.csv", "label": "y", "bins": {"width": 1}}
    with pytest.raises(InputError, match="column 'y' holds 'red', and bins are of numbers"):
        load_dataset(spec)


def test_a_data_set_comes_back_from_what_its_file_says():
    data = cut(np.exp(Y), width=0.5, log=True)
    back = Dataset.of(data.x, data.y, json.loads(json.dumps(data.about())))
    assert back.bins == data.bins
    assert back.form().classes == back.form(7).classes == 32  # outputs, whatever the bins
    assert "bins" not in check_dataset(X, np.array([0, 1] * 3), "d").about()


ARM = {"name": "a", "target": "one", "model": "linear", "n": 64}
STUDIES = {
    "probe": (
        [ARM | {"learner": "probe"}],
        "learner 'probe' takes classes, but 'one' has bins of a target",
    ),
    "classes": (
        [ARM | {"labels": {"classes": [0, 1]}}],
        "labels: classes: makes classes of classes, but 'one'",
    ),
    "other bins": ([ARM | {"source": "other"}], "source 'other' and target 'one' have other bins"),
    "bins and classes": (
        [ARM | {"source": "classes"}],
        "source 'classes' and target 'one' have other bins",
    ),
    "a sequence": (
        [{"name": "s", "sequence": "two", "model": "linear", "algorithm": "plain"}],
        "sequences are of tasks with classes, but 'one' has bins",
    ),
}


@pytest.fixture
def binned(tiny, tmp_path):
    x = np.random.default_rng(0).normal(size=(442, 10)).astype(np.float32)
    np.savez(tmp_path / "classes.npz", x=x, y=np.arange(442) % 81)
    datasets = {
        "one": DIABETES | {"bins": {"width": 4}},
        "same": DIABETES | {"bins": {"width": 4, "low": 25, "high": 346}},
        "other": DIABETES | {"bins": {"width": 4, "high": 348}},
        "classes": {"kind": "npz", "path": str(tmp_path / "classes.npz")},
    }
    tasks = [{"name": name, "data": name, "n": 64} for name in ("one", "same")]
    return tiny | {
        "datasets": datasets,
        "models": {"linear": {"kind": "linear"}},
        "sequences": {"two": {"tasks": tasks}},
    }


@pytest.mark.parametrize("case", STUDIES)
def test_what_has_no_meaning_for_bins_is_said_before_the_first_job(case, binned, tmp_path, capsys):
    arms, message = STUDIES[case]
    assert message in check_study(binned | {"arms": arms}, tmp_path, capsys)


def test_the_same_bins_may_be_transferred_and_other_ones_with_a_new_head(binned, tmp_path, capsys):
    arms = [
        ARM,
        ARM | {"name": "b", "source": "same"},
        ARM | {"name": "c", "labels": {"random": 1}},
    ]
    arms += [ARM | {"name": "d", "source": "other", "head": "new"}]
    said = check_study(binned | {"arms": arms}, tmp_path, capsys)
    read = [f"datasets.{name}" for name in ("one", "other", "same")]
    assert [line.split(":")[0] for line in said.splitlines()] == [*read, "Warning"]
    assert "random labels of 10 inputs are more than 'linear' is likely to know by heart" in said


@pytest.mark.parametrize("kind", [np.float64, np.float32])
def test_targets_on_edges_are_in_the_bins_above_them(kind):
    lattice = (np.arange(100) % 10 / 10).astype(kind)
    bins = Bins(0.0, 1.0, 0.1)
    assert np.bincount(bins.numbers(lattice, float(np.finfo(kind).eps))).tolist() == [10] * 10
    y = (np.arange(0, 500) / 100).astype(kind)
    data = check_dataset(y[:, None], y, "d", bins={"width": 0.05, "low": 0, "high": 5})
    assert np.bincount(data.y, minlength=100).tolist() == [5] * 100
    far = 1.7e9 + np.arange(100) / 10
    assert Bins(1.7e9, 1.7e9 + 10, 0.1).numbers(far).tolist() == list(range(100))
    just = np.array([0.1 - 1e-6, 0.1, 0.1 + 1e-6])
    assert bins.numbers(just).tolist() == [0, 1, 1]  # no more than rounding


def test_ends_that_single_precision_rounds_are_not_beyond_the_range():
    y = np.tile(np.array([0.1, 0.3, 0.7], np.float32), 2)
    assert cut(y, width=0.1, low=0.1, high=0.7).y.tolist() == [0, 2, 5] * 2


def test_the_top_of_a_lattice_that_shares_a_bin_is_warned_of():
    y = np.arange(101.0)
    x = y[:, None]
    notes = check_dataset(x, y, "d", bins={"width": 1}).notes
    assert notes[0].startswith(
        "Warning: y = 99 and 100 share the last bin, all others have one each"
    )
    assert "write high: 101" in notes[0]
    apart = check_dataset(x, y, "d", bins={"width": 1, "high": 101})
    assert apart.y.tolist() == list(range(101))
    for other in (apart, check_dataset(x, y + 0.5 * (y == 7), "d", bins={"width": 1})):
        assert not any("share" in note for note in other.notes)
