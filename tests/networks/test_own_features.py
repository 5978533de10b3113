"""A user's own backbone and own features: what is refused before anything is computed, and scores of features from files."""

import matplotlib
import numpy as np
import pytest
import torch
from torch import nn

matplotlib.use("Agg")

from lit.analyses import get_analysis
from lit.analyses.results import Results
from lit.data.dataset import Dataset, Form
from lit.errors import InputError
from lit.figures import get_figure
from lit.networks.features import extract_features
from lit.networks.patches import Patches
from lit.networks.pretrained import build_pretrained
from lit.study.config import load_study
from lit.workflow.plan import Plan
from lit.workflow.preflight import check_together


def build(input_shape, classes):
    return nn.Sequential(
        nn.Flatten(), nn.Linear(int(np.prod(input_shape)), 8), nn.ReLU(), nn.Linear(8, classes)
    )


@pytest.mark.parametrize(
    ("how", "backbone", "target", "message"),
    [
        ("twins", "linear", "digits", "model 'linear' has no weights, so it is random itself"),
        ("backbones", "linaer", "digits", "no model is named 'linaer'; did you mean 'linear'"),
        (
            "backbones",
            "linear",
            "digist",
            "no data set is named 'digist', of which.*did you mean 'digits'",
        ),
    ],
)
def test_an_arm_of_features_that_cannot_be_is_named(tiny, how, backbone, target, message):
    tiny["arms"].append(
        {"name": "own", "target": target, "model": "linear", "n": 0, "each": {how: [backbone]}}
    )
    with pytest.raises(InputError, match=rf"arm 'own': each\.{how}: {message}"):
        load_study(tiny)


def test_patches_are_features_and_no_network(tiny):
    tiny["models"]["patches"] = {"kind": "patches"}
    tiny["datasets"]["seen"] = {"kind": "features", "of": "digits", "model": "patches"}
    load_study(tiny)
    tiny["datasets"]["seen"]["layer"] = "first"
    with pytest.raises(InputError, match=r"seen\.layer: model 'patches' has no layers"):
        load_study(tiny)
    del tiny["datasets"]["seen"]["layer"]
    tiny["arms"][0]["model"] = "patches"
    with pytest.raises(InputError, match="is of kind patches, which makes features"):
        load_study(tiny)


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_features_by_patches_are_those_that_readout_sees(dtype):
    pixels = np.random.default_rng(0).integers(0, 256, (300, 1, 12, 12)).astype(np.uint8)
    x = pixels if dtype == np.uint8 else (pixels / 255).astype(dtype)
    data = Dataset(x, np.arange(300) % 2, 2)
    found = extract_features({"kind": "patches"}, data, 0, torch.device("cpu"))
    seen = torch.from_numpy(pixels.astype(np.float32) / 255)
    assert list(found) == ["x"]
    assert np.allclose(found["x"], Patches(seen)(seen), atol=1e-4)
    assert found["x"].std(axis=0).mean() > 0.01
    flat = Dataset(x[:, 0, 0], data.y, 2)
    with pytest.raises(InputError, match=r"of 6 pixels or more, but one example is \(12,\)"):
        extract_features({"kind": "patches"}, flat, 0, torch.device("cpu"), where="f")


@pytest.mark.parametrize(
    ("y", "labels", "message"),
    [
        ([0, 1, 1, 0], None, "differ in y, first in row 2"),
        ([0, 1, 0, 1, 0], None, "have 4 and 5 examples"),
        ([0, 1, 0, 1], {"random": 1.0}, "have other label transforms"),
    ],
)
def test_arms_that_code_other_labels_are_refused_before_the_first_job(y, labels, message):
    data = {
        "a": Dataset(np.zeros((4, 2)), np.array([0, 1, 0, 1]), 2),
        "b": Dataset(np.zeros((len(y), 3)), np.array(y), 2),
    }
    rows = [
        {"arm": "one", "target": "a", "labels": None},
        {"arm": "other", "target": "b", "labels": labels},
    ]
    with pytest.raises(InputError, match=rf"analyses\.ranked: arms 'one' and 'other' .* {message}"):
        check_together({"ranked": rows}, data)


@pytest.mark.parametrize(
    ("y", "message"),
    [
        ([[0, 1], [1, 1], [0, -1], [1, 1]], r"differ in y, first in row 2"),
        ([[0], [1], [0], [1]], r"have y of shapes \(4, 2\) and \(4, 1\)"),
    ],
)
def test_of_several_labels_the_row_that_differs_is_named(y, message):
    own = np.array([[0, 1], [1, 1], [0, 0], [1, 0]])
    data = {
        name: Dataset(np.zeros((4, 2)), labels, 2)
        for name, labels in (("a", own), ("b", np.array(y)))
    }
    rows = [{"arm": name, "target": name, "labels": None} for name in data]
    with pytest.raises(InputError, match=message):
        check_together({"ranked": rows}, data)


def test_arms_that_code_the_same_labels_of_two_files_are_accepted():
    data = {
        name: Dataset(np.zeros((4, width)), np.array([0, 1, 0, 1]), 2)
        for name, width in (("a", 2), ("b", 3))
    }
    check_together(
        {"ranked": [{"arm": name, "target": name, "labels": None} for name in data]}, data
    )


@pytest.mark.parametrize(
    ("saved", "message"),
    [
        (
            lambda net: {"epoch": 3, "layers": [*net.parameters()]},
            r"it holds no tensors, but epoch, layers.*net\.state_dict\(\)",
        ),
        (
            lambda net: net,
            r"not a plain state dict.*write one with torch\.save\(net\.state_dict\(\), path\)",
        ),
    ],
)
def test_weights_saved_another_way_say_how(tmp_path, saved, message):
    path = tmp_path / "mine.pt"
    torch.save(saved(build((4,), 3)), path)
    with pytest.raises(InputError, match=message) as caught:
        build_pretrained(
            {"kind": "python", "factory": build, "weights": str(path)}, Form((4,), 3), 0
        )
    assert "weights_only" not in str(caught.value), "PyTorch's advice is to drop the protection"


def test_a_factory_has_no_default_weights():
    with pytest.raises(InputError, match="DEFAULT names a library's own"):
        build_pretrained(
            {"kind": "python", "factory": build, "weights": "DEFAULT"}, Form((4,), 3), 0
        )


def test_the_order_of_analyses_in_a_config_changes_nothing(tiny):
    """The audit makes the report again from settings whose keys are sorted, and compares bytes."""
    first, last = {"b": {"kind": "compare"}}, {"a": {"kind": "compare"}}
    plans = [
        Plan(load_study(tiny | {"analyses": analyses})) for analyses in (first | last, last | first)
    ]
    assert plans[0].results.files() == plans[1].results.files()


@pytest.fixture
def files(rng):
    """Results of two npz data sets, one of which tells the labels."""
    y = np.arange(40) % 2
    x = {"good": np.stack([y, rng.normal(size=40)], axis=1), "poor": rng.normal(size=(40, 2))}
    index, rows, codes = np.stack([rng.permutation(40)[:32] for _ in range(2)]), [], {}
    for name, bits in (("good", 0.25), ("poor", 1.0)):
        arrays = {"bits/architecture": np.full((2, 32), bits), "label": y[index], "index": index}
        codes[name] = arrays | {"blocks": np.array([[0, 16], [16, 32]]), "classes": np.array(2)}
        same = {
            "arm": name,
            "target": name,
            "source_dataset": name,
            "model": "linear",
            "learner": "probe",
            "before": [],
        }
        rows.append(
            same
            | {
                "n": 0,
                "k": 32,
                "labels": None,
                "source_labels": None,
                "cold": name,
                "warm": name,
                "source": None,
            }
        )
    specs = {name: {"kind": "npz", "path": f"{name}.npz"} for name in x}
    data = {name: {"x": x[name].astype(np.float32), "y": y} for name in x}
    return Results(rows, codes, {}, [0, 1], specs, {"linear": {"kind": "linear"}}, data)


def test_features_from_files_are_ranked_without_twins(files):
    ranking = get_analysis("ranking")
    table = ranking.tabulate(files, {})
    assert table["arm"].tolist() == ["good", "poor"]
    assert table["saved_bits"].tolist() == [24, 0]
    assert len(get_figure("ranking").draw(table).axes) == 1, (
        "no panel of L_IT against twins that are not there"
    )


def test_features_from_files_are_scored(files):
    scores = get_analysis("scores")
    table = scores.tabulate(files, {})
    values = table[table["about"] == "value"].pivot(index="measure", columns="arm", values="value")
    assert values.loc["code length", "good"] == 8
    assert values.loc["linear-probe accuracy", "good"] == 1
    for measure in ("LogME", "H-score"):
        assert values.loc[measure, "good"] > values.loc[measure, "poor"]
    assert values.loc[["LEEP", "NCE"]].isna().all(axis=None), (
        "own features know no classes of a backbone's own"
    )
    (said,) = get_figure("scores").draw(table).texts  # of two arms a scatter would say nothing
    assert "LogME" in said.get_text()
    assert "LEEP" not in said.get_text()
    assert "NCE" not in said.get_text()
    assert any("not drawn: LEEP, NCE" in text for text in scores.describe(table))
