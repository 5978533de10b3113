"""What users' arrays become: scaling, order of axes, labels, keys of files; the right numbers, or the right words."""

import json
import re
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest
import torch
from fakes import check_study, npz, tables_of, write_dataset

from lit.coding.coder import Coder, StartState, code_span
from lit.data.check_dataset import check_dataset
from lit.data.dataset import Dataset, Form
from lit.data.inputs import scale
from lit.data.loaders import load_dataset
from lit.data.scaling import statistics
from lit.errors import InputError
from lit.files import store
from lit.networks.build import build_theta0
from lit.networks.features import check_inputs, extract_features
from lit.report import page
from lit.study.config import load_study
from lit.tables.files import dataset_table
from lit.tables.reading import read_table
from lit.training.options import Training
from lit.training.sources import train_source
from lit.training.state import State
from lit.workflow.plan import Plan

CPU = torch.device("cpu")
X = np.linspace(0, 1, 24, dtype=np.float32).reshape(6, 4)
Y = np.array([0, 1, 2, 0, 1, 2])


def refused(message, *arrays, **how):
    with pytest.raises(InputError, match=message):
        check_dataset(*arrays, "datasets.mine", **how)


def said(data, text):
    return any(text in note for note in data.notes)


# scaling ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def binary():
    """0/1 features of digits as integers of any type, and their labels."""
    data = load_dataset({"kind": "sklearn", "name": "digits"})
    return (data.x > 7 / 16).reshape(len(data.y), -1), data.y


def l_it(data):
    """L_IT in bits of 128 labels from M of 256 examples, little trained."""
    model, learner = (
        {"kind": "mlp", "hidden": [32]},
        {"kind": "restart", "steps": 40, "within": False},
    )
    m = train_source(model, data, None, 256, "early", [0], Training(steps=150), CPU)
    source = StartState(State.from_arrays(m), data.x, m["index"], m["label"], data.classes)
    blocks, bits = [(0, 32), (32, 64), (64, 128)], []
    for start in (None, source):
        coder = Coder(model, data, None, "front", [0], learner, start, "keep", CPU)
        bits.append(code_span(coder, blocks, 128)["bits/model"].sum(axis=1))
    return float((bits[0] - bits[1]).mean())


def test_features_of_0_and_1_are_worth_the_same_in_every_type(tmp_path, binary):
    """As uint8 they would be divided by 255, and M's knowledge with them."""
    x, y = binary
    right = load_dataset(npz(tmp_path, x.astype("int8"), y))
    for kind in ("uint8", "uint16"):
        with pytest.raises(
            InputError,
            match=r"its largest value is 1, so that at most .* scale: none for 0/1 features",
        ):
            load_dataset(npz(tmp_path, x.astype(kind), y), "datasets.mine")
        asked = load_dataset(npz(tmp_path, x.astype(kind), y, scale="none"))
        assert (asked.x.dtype, asked.scaling) == (np.float32, "used as given (scale: none)")
        assert np.array_equal(asked.x, right.x), "so the bits are equal too, to the last one"
    for kind in ("bool", "uint32", "int64", "float16", "float64", ">f4"):
        assert np.array_equal(load_dataset(npz(tmp_path, x.astype(kind), y)).x, right.x), kind
    assert np.array_equal(
        load_dataset(npz(tmp_path, x.astype("uint8"), y, scale="unit")).x, right.x
    )


def test_what_wrong_scaling_costs(binary):
    x, y = binary
    assert l_it(check_dataset(x.astype("uint8"), y, "d", scale="none")) > 150
    assert l_it(check_dataset((x / 255).astype("float32"), y, "d", scale="none")) < 10


def test_the_rule_where_nothing_is_said(rng):
    y = np.arange(40) % 2
    bytes_ = rng.integers(0, 256, (40, 1, 6, 6), dtype=np.uint8)
    data = check_dataset(bytes_, y, "d")
    assert data.x is bytes_, "stored as they are"
    assert data.scaling == "divided by 255"
    words = rng.integers(0, 65536, (40, 9)).astype(np.uint16)
    for kind in ("<u2", ">u2"):
        data = check_dataset(words.astype(kind), y, "d")
        assert (data.x.dtype, data.scaling) == (np.float32, "divided by 65,535")
        assert np.array_equal(data.x, words / np.float32(65535))
    data = check_dataset(rng.normal(size=(40, 9)), y, "d")
    assert (data.scaling, data.notes) == ("used as given", ())


@pytest.mark.parametrize(
    ("kind", "largest"),
    [("uint8", 16), ("uint8", 63), ("uint8", 0), ("uint16", 4095), ("uint16", 255), (">u2", 1)],
)
def test_intensities_of_few_bits_are_not_guessed(kind, largest):
    x = np.linspace(0, largest, 24).reshape(6, 4).round().astype(kind)
    refused(rf"its largest value is {largest:,}.*scale: unit", x, Y)


def test_unit_is_by_what_there_is(rng, caplog):
    """Twelve bits in uint16 become 0..1, not 0..0.06."""
    x = rng.integers(0, 4096, (40, 9)).astype(np.uint16)
    x[0, 0], x[0, 1] = 0, 4095
    data = check_dataset(x, np.arange(40) % 2, "d", scale="unit")
    assert np.allclose(data.x, x / 4095)
    assert "0 and 4095" in data.scaling
    whole = np.arange(256, dtype=np.uint8).reshape(16, 16)
    stays = check_dataset(whole, np.arange(16) % 2, "d", scale="unit")
    assert np.array_equal(scale(stays.x), scale(whole))
    assert stays.x.dtype == np.uint8
    refused("all values of x are 7", np.full((6, 4), 7), Y, scale="unit")
    refused("all values of x are 7", np.full((6, 4), 7), Y, scale="standard")
    refused("scale: found 'minmax'; write none, unit or standard", X, Y, scale="minmax")


def test_standard_is_by_column_and_of_images_by_channel(rng):
    y = np.arange(50) % 2
    table = rng.normal(size=(50, 4)) * [1, 1e-6, 1e6, 0] + [0, 3, -1e9, 0.1]
    data = check_dataset(table, y, "d", scale="standard")
    assert np.allclose(data.x[:, :3].mean(axis=0), 0, atol=1e-4)
    assert np.allclose(data.x[:, :3].std(axis=0), 1, atol=1e-4)
    assert (data.x[:, 3] == 0).all(), "what does not vary"
    assert said(data, "1 of 4 columns do not vary")
    assert data.x.dtype == np.float32
    images = (
        rng.integers(0, 256, (50, 3, 5, 7), dtype=np.uint8)
        // np.array([1, 2, 8], dtype=np.uint8)[:, None, None]
    )
    data = check_dataset(images, y, "d", scale="standard")
    assert np.allclose(data.x.mean(axis=(0, 2, 3)), 0, atol=1e-5)
    assert np.allclose(data.x.std(axis=(0, 2, 3)), 1, atol=1e-5)
    moved = data.x[:, 0] * images[:, 0].std() + images[:, 0].mean()
    assert np.allclose(moved, images[:, 0], atol=1e-3), "one mean and one deviation a channel"


def test_statistics_do_not_depend_on_how_many_examples_are_taken_at_once(rng, monkeypatch):
    x = rng.normal(size=(300, 7)).astype(np.float32) + 1000
    whole = statistics(x)
    monkeypatch.setattr("lit.data.scaling.CHUNK", 70)
    parts = statistics(x)
    assert np.allclose(whole.mean, x.astype(np.float64).mean(axis=0))
    assert np.allclose(whole.std, x.astype(np.float64).std(axis=0))
    assert np.allclose(parts.std, whole.std, rtol=1e-12)
    still = np.full((300, 1), 0.1, dtype=np.float32)
    assert statistics(still).std == 0


def test_numbers_beyond_float32(rng):
    x = rng.normal(size=(6, 4)) * 1e40
    refused("up to .*e\\+40, beyond float32; write scale: standard", x, Y)
    assert np.abs(check_dataset(x, Y, "d", scale="standard").x).max() < 4
    assert check_dataset(x, Y, "d", scale="unit").x.max() == 1
    refused("too large to be scaled", x * 1e267, Y, scale="standard")


LOUD = {
    "wine as it is": (
        lambda rng: load_dataset({"kind": "sklearn", "name": "wine"}).x,
        "columns have ranges from 0.53 to 1,402",
    ),
    "images 0..255 as float32": (
        lambda rng: rng.integers(0, 256, (40, 1, 8, 8)).astype(np.float32),
        "root mean square is 1",
    ),
    "images 0..255 as int64": (lambda rng: rng.integers(0, 256, (40, 64)), "root mean square is 1"),
    "temperatures in kelvin": (
        lambda rng: 290 + rng.normal(size=(40, 5)),
        "root mean square is 290",
    ),
    "bytes divided by 255 twice": (
        lambda rng: rng.random((40, 64)) / 255,
        "only 0.009 from their mean",
    ),
    "what hardly differs": (
        lambda rng: 1 + 1e-4 * rng.normal(size=(40, 9)),
        "only 0.0003 from their mean",
    ),
    "one column in other units": (
        lambda rng: rng.normal(size=(40, 5)) * [1, 1, 1, 1, 1e-4],
        "columns have ranges",
    ),
}


@pytest.mark.parametrize("case", LOUD)
def test_inputs_that_surely_hurt_are_warned_of(case, rng, caplog):
    made, message = LOUD[case]
    x = made(rng)
    y = np.arange(len(x)) % 2
    caplog.clear()
    data = check_dataset(x, y, "datasets.mine")
    assert "datasets.mine: Warning: x is used as given, but " in caplog.text
    assert message in caplog.text
    assert said(data, message)
    for rule in ("none", "standard"):
        caplog.clear()
        assert not said(check_dataset(x, y, "d", scale=rule), "Warning")
        assert "Warning" not in caplog.text


QUIET = {
    "digits": lambda rng: load_dataset({"kind": "sklearn", "name": "digits"}).x,
    "iris": lambda rng: load_dataset({"kind": "sklearn", "name": "iris"}).x,
    "one-hot words": lambda rng: np.eye(2000, dtype=np.float32)[rng.integers(0, 2000, 300)],
    "unit vectors": lambda rng: (
        (x := rng.normal(size=(300, 384))) / np.linalg.norm(x, axis=1, keepdims=True)
    ),
    "bytes as floats, with rare pixels": lambda rng: (
        (rng.random((300, 50)) < 0.01) * rng.integers(1, 256, (300, 50)) / 255
    ),
    "counts": lambda rng: rng.poisson(2, (300, 9)),
}


@pytest.mark.parametrize("case", QUIET)
def test_inputs_that_do_not_hurt_are_not_warned_of(case, rng):
    x = QUIET[case](rng)
    assert not said(check_dataset(x, np.arange(len(x)) % 2, "d"), "Warning")


def test_wine_standardised_is_the_table_by_hand():
    raw, data = (
        load_dataset({"kind": "sklearn", "name": "wine"} | more)
        for more in ({}, {"scale": "standard"})
    )
    x = raw.x.astype(np.float64)
    assert np.allclose(data.x, (x - x.mean(axis=0)) / x.std(axis=0), atol=1e-3)
    some = load_dataset({"kind": "sklearn", "name": "wine", "scale": "standard", "examples": 50})
    assert len(some.x) == 50
    assert {row.tobytes() for row in some.x} <= {row.tobytes() for row in data.x}, (
        "scaled by all, whatever is drawn"
    )


def test_a_network_that_normalises_is_given_0_to_1(rng):
    shape, public = (3, 8, 8), {"size": 32, "channels": "RGB", "mean": [0.5] * 3, "std": [0.5] * 3}
    spec = {"kind": "torchvision", "name": "shufflenet_v2_x0_5", "input": public}
    images = rng.integers(0, 256, (6, *shape), dtype=np.uint8)
    for rule in ("none", "standard"):
        data = check_dataset(images, Y, "d", scale=rule)
        with pytest.raises(
            InputError, match=r"normalises inputs of 0\.\.1 by its mean and std, but x goes from"
        ):
            extract_features(spec, data, 0, CPU)
    found = [
        extract_features(spec, check_dataset(images, Y, "d", scale=rule), 0, CPU)["x"]
        for rule in (None, "unit")
    ]
    assert np.allclose(*found, atol=1e-5)
    plain = build_theta0({"kind": "torchvision", "name": "shufflenet_v2_x0_5"}, Form(shape, 3), 0)
    check_inputs(
        plain, check_dataset(images, Y, "d", scale="standard").x, "no preprocessing of its own"
    )


def test_memory_of_bytes_beside_floats_is_scaled(rng):
    """A coder that trains on M's own examples too, where those are uint8 and the stream's are not, or the other way round."""
    y = np.arange(80) % 2
    bytes_ = rng.integers(0, 256, (80, 5), dtype=np.uint8)
    own, floats = Dataset(bytes_, y, 2), Dataset(scale(bytes_), y, 2)
    model, learner = (
        {"kind": "linear"},
        {"kind": "restart", "memory": "source", "epochs": 2, "min_steps": 5},
    )
    m = train_source(model, own, None, 16, "early", [0], Training(steps=3), CPU)
    bits = []
    for target, mine in ((own, own), (floats, own), (own, floats), (floats, floats)):
        source = StartState(State.from_arrays(m), mine.x, m["index"], m["label"], 2)
        coder = Coder(model, target, None, "front", [0], learner, source, "keep", CPU)
        bits.append(code_span(coder, [(0, 8), (8, 24)], 24)["bits/model"])
    assert all(np.allclose(other, bits[0], atol=1e-5) for other in bits[1:])


# the check of a whole study -----------------------------------------------------------------------


def test_two_data_sets_scaled_unlike_are_warned_of(tiny, tmp_path, capsys, rng):
    bytes_ = rng.integers(0, 256, (300, 6), dtype=np.uint8)
    y = np.arange(300) % 2
    tiny["datasets"] = {
        "bytes": npz(tmp_path, bytes_, y, "b.npz"),
        "floats": npz(tmp_path, bytes_.astype(np.float32), y, "f.npz", scale="none"),
        "standard": npz(tmp_path, bytes_, y, "s.npz", scale="standard"),
        "same": npz(tmp_path, bytes_ / 255, y, "t.npz"),
    }
    arm = {"model": "linear", "n": 64, "learner": "fast", "target": "bytes"}
    for other, warned in (("floats", True), ("standard", True), ("same", False)):
        tiny["arms"] = [arm | {"name": "a", "source": other}]
        found = check_study(tiny, tmp_path / other, capsys)
        assert ("are scaled in different ways" in found) == warned, found


def test_grey_images_without_an_axis_of_channels(tiny, tmp_path, capsys, rng):
    x = rng.integers(0, 256, (200, 8, 6), dtype=np.uint8)
    tiny["datasets"] = {"greys": npz(tmp_path, x, np.arange(200) % 2)}
    tiny["models"] = {"cnn": {"kind": "cnn", "channels": [2]}}
    tiny["arms"] = [{"name": "a", "target": "greys", "model": "cnn", "n": 64, "learner": "fast"}]
    assert "write channels: none for the data set" in check_study(tiny, tmp_path / "1", capsys)
    tiny["datasets"]["greys"]["channels"] = "none"
    assert "Error" not in check_study(tiny, tmp_path / "2", capsys)


def test_grey_of_standardised_channels_is_no_luminance(tiny, tmp_path, capsys, rng):
    spec = npz(tmp_path, rng.integers(0, 256, (200, 3, 8, 8), dtype=np.uint8), np.arange(200) % 2)
    tiny["datasets"] = {
        "photos": spec | {"scale": "standard"},
        "grey": {"kind": "view", "of": "photos", "keep": "grey"},
    }
    tiny["arms"] = [tiny["arms"][0] | {"target": "grey"}]
    assert "keep: grey needs intensities" in check_study(tiny, tmp_path / "1", capsys)
    tiny["datasets"]["photos"]["scale"] = "unit"
    assert "Error" not in check_study(tiny, tmp_path / "2", capsys)


def test_features_of_standardised_images_are_refused_before_the_first_job(
    tiny, tmp_path, capsys, rng
):
    spec = npz(tmp_path, rng.integers(0, 256, (200, 3, 8, 8), dtype=np.uint8), np.arange(200) % 2)
    public = {"size": 32, "channels": "RGB", "mean": [0.5] * 3, "std": [0.5] * 3}
    tiny["models"]["net"] = {"kind": "torchvision", "name": "shufflenet_v2_x0_5", "input": public}
    tiny["datasets"] = {
        "photos": spec | {"scale": "standard"},
        "deep": {"kind": "features", "of": "photos", "model": "net"},
    }
    tiny["arms"] = [tiny["arms"][0] | {"target": "deep"}]
    assert "normalises inputs of 0..1" in check_study(tiny, tmp_path / "1", capsys)
    del tiny["datasets"]["photos"]["scale"]
    assert "Error" not in check_study(tiny, tmp_path / "2", capsys)


def test_new_options_do_not_enter_settings_where_they_are_not_used(tiny):
    plan = Plan(load_study(tiny))
    assert json.loads(plan.data_settings("digits"))["spec"] == {"kind": "sklearn", "name": "digits"}
    (source,) = plan.study.sources
    assert "head" not in json.loads(plan.source_settings(source, "0-1"))


# channels -----------------------------------------------------------------------------------------


def test_channels_last_are_turned_where_that_is_surely_meant(rng, caplog):
    for last in (1, 3, 4):
        x = rng.integers(0, 256, (10, 8, 8, last), dtype=np.uint8)
        data = check_dataset(x, np.arange(10) % 2, "d")
        assert data.x.shape == (10, last, 8, 8)
        assert np.array_equal(data.x[3, last - 1], x[3, :, :, last - 1])
        assert said(data, "was read as channels last")
        assert "was read as channels last" in caplog.text
    first = rng.random((10, 3, 8, 8))
    assert check_dataset(first, np.arange(10) % 2, "d").x.shape == first.shape


@pytest.mark.parametrize("shape", [(8, 6, 3), (6, 8, 1), (8, 8, 2), (9, 9, 7), (22, 100, 1)])
def test_order_of_axes_that_could_be_two_has_to_be_said(shape, tmp_path, rng):
    x, y = rng.random((10, *shape)).astype(np.float32), np.arange(10) % 2
    refused("Write channels: last or channels: first", x, y)
    assert load_dataset(npz(tmp_path, x, y, channels="first")).x.shape == x.shape
    turned = load_dataset(npz(tmp_path, x, y, channels="last")).x
    assert np.array_equal(turned, np.moveaxis(x, -1, 1))
    assert turned.flags["C_CONTIGUOUS"]


@pytest.mark.parametrize(
    "shape",
    [(3, 8, 6), (1, 8, 8), (2, 8, 8), (4, 9, 3), (5, 5, 5), (16, 16, 16), (64, 7, 7), (3, 3, 3)],
)
def test_channels_first_stay(shape, rng):
    assert check_dataset(rng.random((10, *shape)), np.arange(10) % 2, "d").x.shape == (10, *shape)


def test_channels_that_are_not_there():
    refused(r"channels: last is for images .* but x has shape \(6, 4\)", X, Y, channels="last")
    refused(r"channels: none is for images \(N, H, W\)", np.zeros((6, 1, 8, 8)), Y, channels="none")


def test_examples_last_as_matlab_has_them(rng):
    y = np.arange(30) % 2
    refused(
        r"\(8, 8, 3, 30\) and y has 30 labels; .*numpy.moveaxis\(x, -1, 0\)",
        rng.random((8, 8, 3, 30)),
        y,
    )
    refused(r"numpy.moveaxis\(x, -1, 0\)", rng.random((4, 30)), y[None])
    fixed = check_dataset(np.moveaxis(rng.random((8, 8, 3, 30)), -1, 0), y, "d")
    assert fixed.x.shape == (30, 3, 8, 8)


# labels and inputs of odd shapes ------------------------------------------------------------------


@pytest.mark.parametrize(
    "y",
    [Y[:, None], Y[None], Y[:, None, None], Y.astype("uint8")[:, None], Y[:, None].astype(">i4")],
)
def test_labels_as_a_column_or_a_row(y):
    data = check_dataset(X, y, "d")
    assert data.y.tolist() == Y.tolist()
    assert said(data, "was read as 6 labels")


def test_truth_values_are_two_classes():
    data = check_dataset(X, Y > 0, "d")
    assert (data.y.tolist(), data.classes, data.y.dtype) == (
        (Y > 0).astype(int).tolist(),
        2,
        np.int64,
    )


def remedy_of(y):
    """The expression that the error about y says to write."""
    with pytest.raises(InputError) as caught:
        check_dataset(X, y, "d")
    return re.search(
        r"(\(y - 1\)\.astype\([^)]*\)|y\.a\w+\([^)]*\)|\(y > 0\)\.astype\([^)]*\)|y - 1)",
        str(caught.value),
    )[0]


@pytest.mark.parametrize(
    "y",
    [
        np.eye(3)[Y],
        np.eye(3, dtype="uint8")[Y],
        np.eye(3)[Y].T,
        np.eye(3, dtype=bool)[Y],
        Y.astype(float),
        Y.astype("float16"),
        Y + 1,
    ],
)
def test_the_remedy_works_as_it_is_written(y):
    assert check_dataset(X, eval(remedy_of(y), {"y": y}), "d").y.tolist() == Y.tolist()


def test_labels_of_minus_one_and_one():
    y = np.where(Y > 0, 1, -1)
    assert check_dataset(X, eval(remedy_of(y), {"y": y}), "d").y.tolist() == (Y > 0).tolist()


def test_labels_from_one_to_c_as_floats():
    """In one step, where two messages came one after the other."""
    y = Y + 1.0
    assert check_dataset(X, eval(remedy_of(y), {"y": y}), "d").y.tolist() == Y.tolist()


ODD = {
    "real values": (
        X,
        Y + 0.5,
        "y holds 3 different values such as 0.5: this is regression; write bins: {width: 0.03}, which makes about 67 bins, or cut",
    ),
    "NaN among labels": (
        X,
        np.where(Y > 1, np.nan, Y),
        r"y\[2\] is nan; drop rows without a label",
    ),
    "several labels an example": (X, np.ones((6, 2), dtype=int), "several numbers an example"),
    "scores of classes": (X, np.full((6, 3), 0.3), r"y.argmax\(axis=1\) if these are scores"),
    "images as labels": (X, np.zeros((6, 8, 8), dtype=int), "one integer label an example"),
    "complex labels": (X, Y * 1j, "y has type complex128"),
    "dates as labels": (X, Y.astype("datetime64[D]"), "y has type datetime64"),
    "no labels": (X, np.array(3), "one row a label"),
    "more labels than int64": (
        X,
        np.array([0, 1, 2, 0, 1, 2**64 - 1], dtype=np.uint64),
        r"y\[5\] is 18446744073709551615",
    ),
    "x and y exchanged": (Y, X, "exchange the two"),
    "images and labels exchanged": (Y.astype("uint8"), np.zeros((6, 1, 4, 4)), "exchange the two"),
    "a single number a row": (X[:, 0], Y, r"write x\[:, None\]"),
    "complex inputs": (
        X * 1j,
        Y,
        r"x has type complex64, which holds complex numbers; write x.real",
    ),
    "records": (np.zeros(6, dtype=[("a", "f4"), ("b", "f4")]), Y, "which holds records"),
    "dates": (np.zeros((6, 2), dtype="datetime64[s]"), Y, "which holds dates"),
    "a number": (np.float32(3), Y, "one row a label"),
    "nothing": (np.zeros((0, 4)), Y[:0], "0 examples, which holds no numbers"),
    "rows of nothing": (np.zeros((6, 0)), Y, "holds no numbers"),
    "rows of different lengths": ([[1, 2], [3]], [0, 1], "rows of different shapes"),
    "Python objects": (np.array([[{}]] * 6, dtype=object), Y, "not of Python objects"),
    "masked inputs": (np.ma.masked_greater(X, 0.5), Y, "x has masked entries"),
    "masked labels": (X, np.ma.masked_equal(Y, 1), "y has masked entries"),
}


@pytest.mark.parametrize("case", ODD)
def test_odd_arrays_are_named(case):
    x, y, message = ODD[case]
    refused(message, x, y)


def test_amounts_are_no_classes(rng):
    """Ages, prices, years: neither numpy.unique nor a thousand classes is what is meant."""
    y = rng.permutation(1000)[:60]
    with pytest.raises(
        InputError, match=r"only 60 do; cut amounts into classes, such as numpy.digitize"
    ) as caught:
        check_dataset(np.zeros((60, 3)), y, "d")
    remedy = re.search(r"numpy.digitize\(.*\]\)\)", str(caught.value))[0]
    assert check_dataset(np.zeros((60, 3)), eval(remedy, {"numpy": np, "y": y}), "d").classes == 4


def test_a_mask_that_masks_nothing_and_half_precision(rng):
    data = check_dataset(np.ma.array(X.astype(np.float16)), np.ma.array(Y), "d")
    assert data.x.dtype == np.float32
    assert np.array_equal(data.x, X.astype(np.float16).astype(np.float32))


def test_sparse_matrices_are_named(tmp_path):
    from scipy import sparse

    refused(r"x is a sparse matrix; write x.toarray\(\)", sparse.csr_matrix(X), Y)
    sparse.save_npz(tmp_path / "s.npz", sparse.csr_matrix(X))
    with pytest.raises(InputError, match="is a sparse matrix of SciPy without labels"):
        load_dataset({"kind": "npz", "path": str(tmp_path / "s.npz")})


# keys of files ------------------------------------------------------------------------------------


def test_arrays_of_an_npz_file_by_name(tmp_path):
    path = tmp_path / "mnist.npz"
    np.savez(path, X, Y[:, None], train_images=2 * X, train_labels=Y[::-1])
    spec = {"kind": "npz", "path": str(path)}
    first = load_dataset(spec | {"x": "arr_0", "y": "arr_1"})
    assert np.array_equal(first.x, X)
    assert first.y.tolist() == Y.tolist()
    second = load_dataset(spec | {"x": "train_images", "y": "train_labels"})
    assert np.array_equal(second.x, 2 * X)
    assert second.y.tolist() == Y[::-1].tolist()
    for more, message in (
        (
            {},
            r"has no array 'x' and no array 'y'; it holds .*train_images \(6, 4\) float32,"
            r" train_labels \(6,\) int64; write x: .* and y: and the name of the labels",
        ),
        (
            {"x": "arr_0"},
            r"has no array 'y'; .*arr_1 \(6, 1\) int64.*write y: and the name of the labels",
        ),
        ({"x": "train_labels", "y": "train_images"}, "exchange the two"),
        ({"x": "train_images", "y": "train_images"}, "several numbers an example"),
    ):
        with pytest.raises(InputError, match=message):
            load_dataset(spec | more, "datasets.mine")


def test_an_npz_that_is_something_else(tmp_path):
    np.save(tmp_path / "x.npy", X)
    with pytest.raises(InputError, match="holds one array, x or y; write both into one file"):
        load_dataset({"kind": "npz", "path": str(tmp_path / "x.npy")})
    np.savez(tmp_path / "none.npz")
    with pytest.raises(InputError, match="it holds no arrays"):
        load_dataset({"kind": "npz", "path": str(tmp_path / "none.npz")})


def test_arrays_of_an_hdf5_file_are_listed_wherever_they_lie(tmp_path):
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file["train/images"], file["train/labels"], file["void"] = X, Y[:, None], h5py.Empty("f4")
    spec = {"kind": "hdf5", "path": str(path)}
    data = load_dataset(spec | {"x": "train/images", "y": "/train/labels"})
    assert (data.y.tolist(), data.x.tolist()) == (Y.tolist(), X.tolist())
    with pytest.raises(
        InputError,
        match=r"no array 'x' and no array 'y'; it holds train/images \(6, 4\) float32, train/labels \(6, 1\) int64",
    ):
        load_dataset(spec)
    with pytest.raises(InputError, match="void is an empty data space"):
        load_dataset(spec | {"x": "void", "y": "train/labels"})


# what is said of data sets ------------------------------------------------------------------------


def test_what_was_done_to_a_data_set_is_in_its_file_the_table_and_the_page(tmp_path, tiny):

    paths = []
    for name, more in (("raw", {}), ("wine", {"scale": "standard"})):
        spec = {"kind": "sklearn", "name": "wine"} | more
        data = load_dataset(spec)
        paths.append(str(tmp_path / f"{name}.h5"))
        write_dataset(Path(paths[-1]), data, spec=spec)
        again = store.read_dataset(paths[-1], name)
        assert again.about() == data.about()
    dataset_table(paths).to_csv(tmp_path / "datasets.csv", index=False)
    table = read_table(tmp_path / "datasets.csv")
    raw, wine = table.to_dict("records")
    assert raw["scaling"] == "used as given"
    assert "columns have ranges from 0.53 to 1,402" in raw["warnings"]
    assert (wine["examples"], wine["shape"], wine["classes"], wine["type"]) == (
        178,
        "13",
        3,
        "float32",
    )
    assert wine["class_names"] == "class_0, class_1, class_2"
    assert wine["scaling"].startswith("standardised")
    assert pd.isna(wine["warnings"])
    tables = tables_of("arm") | {"datasets": table}
    files = {name: tmp_path / f"{name}.csv" for name in tables}
    for name, made in tables.items():
        made.to_csv(files[name], index=False)
    text = page.make_report(files, {}, tiny)
    assert "Data set raw: x is used as given, but its columns have ranges" in text
    assert "standardised by mean and standard deviation of each column" in text


def test_0_1_columns_beside_a_large_one_are_not_erased(rng):
    x = np.c_[rng.integers(0, 2, (60, 12)), rng.integers(18, 91, (60, 1))].astype(np.uint8)
    with pytest.raises(
        InputError,
        match=r"12 of 13 columns, such as column 0, hold 0 and 1 alone; write scale: standard",
    ):
        check_dataset(x, np.arange(60) % 2, "datasets.a")
    for rule in ("none", "standard", "unit"):
        check_dataset(x, np.arange(60) % 2, "datasets.a", scale=rule)
    masks = np.stack(
        [rng.integers(0, 256, (60, 8, 8)), rng.integers(0, 2, (60, 8, 8))], axis=1
    ).astype(np.uint8)
    with pytest.raises(InputError, match="1 of 2 channels, such as channel 1"):
        check_dataset(masks, np.arange(60) % 2, "datasets.a")
    nearly = np.full((60, 5), 200, np.uint8)
    nearly[::2, 0] += 3
    assert (
        "Warning: x is divided by 255, but examples lie only"
        in check_dataset(nearly, np.arange(60) % 2, "d").notes[-1]
    )


def test_many_channels_last_are_asked_about_where_they_are_fewest(rng):
    for shape in ((20, 48, 64, 8), (20, 8, 6, 5)):
        with pytest.raises(InputError, match="are the channels the last axis"):
            check_dataset(rng.random(shape), np.arange(20) % 2, "datasets.a")
    for shape in ((20, 512, 7, 7), (20, 12, 12, 64)):
        assert check_dataset(rng.random(shape), np.arange(20) % 2, "datasets.a").x.shape == shape


def test_hdf5_that_was_not_written_to_its_end_is_refused(tmp_path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_dataset("x", (400, 4), chunks=(100, 4), dtype="f4")[:100] = 1.5
        file["y"] = np.arange(400) % 2
    with pytest.raises(InputError, match=r"x: only 1 of 4 parts were ever written"):
        load_dataset({"kind": "hdf5", "path": str(tmp_path / "a.h5")}, "datasets.a")
