"""Studies of representations: what a backbone or a data set more has computed, and what one command makes of a small one."""

import json

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from lit.errors import InputError
from lit.study.config import load_study
from lit.workflow.plan import Plan

BACKBONES = """
from torch import nn


def small(input_shape, classes):
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 6), nn.Tanh(), nn.Linear(6, classes))


def large(input_shape, classes):
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 20), nn.ReLU(), nn.Linear(20, classes))
"""
MODELS = {
    "linear": {"kind": "linear"},
    "a": {"kind": "python", "factory": "mine:small", "weights": "a.pt"},
    "b": {"kind": "python", "factory": "mine:large", "weights": "b.pt"},
    "c": {"kind": "python", "factory": "mine:large"},
}
FROZEN = {"target": "images", "model": "linear", "learner": "probe", "n": 0}
STUDY = {
    "study": "tiny",
    "seeds": [[0, 1]],
    "stream": {"k": 64, "head": 64},
    "device": "cpu",
    "datasets": {"images": {"kind": "npz", "path": "images.npz"}},
    "models": MODELS,
    "arms": [
        FROZEN | {"name": "pixels"},
        FROZEN | {"name": "frozen", "each": {"backbones": ["a", "b"]}},
        FROZEN | {"name": "twin", "each": {"twins": ["a"]}},
    ],
    "analyses": {
        "order": {"kind": "ranking", "reference": "pixels"},
        "foretold": {"kind": "scores", "arms": ["frozen"]},
        "apart": {"kind": "crossings", "arms": ["pixels", "twin"]},
    },
}
PIXELS, BACKBONE_ARMS, TWINS = STUDY["arms"]
MORE_BACKBONES = STUDY | {
    "arms": [PIXELS, BACKBONE_ARMS | {"each": {"backbones": ["a", "b", "c"]}}, TWINS]
}
MORE_DATA = STUDY | {
    "datasets": STUDY["datasets"] | {"others": {"kind": "npz", "path": "others.npz"}},
    "arms": [*STUDY["arms"], BACKBONE_ARMS | {"name": "elsewhere", "target": "others"}],
    "analyses": STUDY["analyses"]
    | {"order": {"kind": "ranking", "reference": "pixels", "arms": ["pixels", "frozen", "twin"]}},
}


@pytest.fixture
def representations(workspace, monkeypatch):
    """The study's folder: two sets of images, own backbones, and weights of two of them."""
    rng, folder = np.random.default_rng(0), workspace.folder
    for name in ("images", "others"):
        y = rng.integers(0, 3, 200)
        x = rng.integers(0, 120, (200, 1, 8, 8)) + 60 * (
            y[:, None, None, None] == np.arange(8)[:, None] % 3
        )
        np.savez(folder / f"{name}.npz", x=x.astype(np.uint8), y=y)
    (folder / "mine.py").write_text(BACKBONES)
    torch.manual_seed(0)
    for name, width, unit in (("a", 6, nn.Tanh()), ("b", 20, nn.ReLU())):
        net = nn.Sequential(nn.Flatten(), nn.Linear(64, width), unit, nn.Linear(width, 5))
        torch.save(net.state_dict(), folder / f"{name}.pt")
    workspace.write(STUDY)
    monkeypatch.chdir(folder)
    return workspace


def files(study):
    """What each result file is made from and by, by path."""
    expected = json.loads(Plan(load_study(study)).expected())
    return {
        file["path"]: (file["settings"], file["code"], file["inputs"]) for file in expected["files"]
    }


def named(paths):
    return sorted(path.removeprefix("results/tiny/") for path in paths)


def changed(before, after):
    """Files that are made otherwise now, and those that are new."""
    assert before.keys() <= after.keys()
    return named(path for path in before if after[path] != before[path]), named(
        after.keys() - before.keys()
    )


def coded(*features):
    """Files of probes on these features, beside the features themselves."""
    runs = [f"{one}--true--linear--probe--theta0" for one in features]
    return sorted(
        [f"features/{one}.h5" for one in features]
        + [f"codelengths/{run}.h5" for run in runs]
        + [f"blocks/{run}/seeds-0-1/0-64.h5" for run in runs]
    )


def test_each_makes_an_arm_and_features_for_every_backbone(representations):
    study = load_study(STUDY)
    assert [(row.arm, row.cold.target) for row in study.rows] == [
        ("pixels", "images"),
        ("frozen.a", "images.a"),
        ("frozen.b", "images.b"),
        ("twin.a", "images.a.random"),
    ]
    assert study.datasets["images.b"] == {"kind": "features", "of": "images", "model": "b"}
    assert study.datasets["images.a.random"] == {
        "kind": "features",
        "of": "images",
        "model": "a",
        "trained": False,
    }


def test_an_analysis_takes_all_arms_that_each_made_or_one(representations):
    def arms(name, study=STUDY):
        return [
            row["arm"]
            for row in json.loads(Plan(load_study(study)).analysis_settings(name))["rows"]
        ]

    assert arms("foretold") == ["frozen.a", "frozen.b"]
    assert arms("apart") == ["pixels", "twin.a"]
    assert arms("order") == ["pixels", "frozen.a", "frozen.b", "twin.a"]
    assert arms(
        "one", STUDY | {"analyses": {"one": {"kind": "ranking", "arms": ["frozen.b", "twin"]}}}
    ) == ["frozen.b", "twin.a"]
    with pytest.raises(
        InputError, match=r"analyses\.one\.arms: no arm is named 'frozen\.c'; did you mean 'frozen"
    ):
        load_study(STUDY | {"analyses": {"one": {"kind": "ranking", "arms": ["frozen.c"]}}})


def test_a_backbone_more_adds_its_own_files_alone(representations):
    assert changed(files(STUDY), files(MORE_BACKBONES)) == ([], coded("images.c"))


def test_a_data_set_more_adds_its_own_files_alone(representations):
    assert changed(files(STUDY), files(MORE_DATA)) == (
        [],
        sorted(["data/others.h5", *coded("others.a", "others.b")]),
    )


def test_other_weights_are_those_of_one_backbone(representations):
    """The file of b's features is made otherwise, everything else as before."""
    before = files(STUDY)
    state = torch.load("b.pt")
    torch.save({name: 2 * tensor for name, tensor in state.items()}, "b.pt")
    assert changed(before, files(STUDY)) == (["features/images.b.h5"], [])


def test_features_all_stops_at_features(representations):
    planned = representations.planned("features_all")
    assert planned == {"prepare_dataset": 1, "extract_features": 3, "features_all": 1}


# What is made anew from code lengths where there are more of them, figures of the main table left out.
DERIVED = {"measure_transfer": 1, "write_tex": 1, "write_report": 1}


def planned(space, study):
    """Jobs by rule, without figures of the main table."""
    space.write(study)
    return {rule: count for rule, count in space.planned().items() if not rule.startswith("plot_")}


@pytest.mark.slow
def test_a_small_study_and_what_more_would_compute(representations):
    """One command makes it, and a backbone, a data set or an analysis more has only what is new computed."""
    representations.snakemake()
    check_results(representations.folder / "results/tiny")
    assert "0 of" in representations.snakemake("audit").stdout
    assert representations.planned() == {}
    own = {"extract_features": 1, "code_block": 1, "merge_blocks": 1}
    assert planned(representations, MORE_BACKBONES) == own | DERIVED | {"analyse": 2}, (
        "order and foretold, not apart"
    )
    own = {"prepare_dataset": 1, "extract_features": 2, "code_block": 2, "merge_blocks": 2}
    assert planned(representations, MORE_DATA) == own | DERIVED | {"analyse": 1}, (
        "order, whose arms are named now"
    )
    more = STUDY | {
        "analyses": STUDY["analyses"] | {"depth": {"kind": "depth", "arms": ["frozen", "twin"]}}
    }
    assert planned(representations, more) == {"analyse": 1, "write_report": 1}


def of_layers(name, *layers):
    """A study of these layers of one backbone; of None, what enters its head."""
    features = {
        f"at{layer}": {"kind": "features", "of": "images", "model": "b"}
        | ({"layer": layer} if layer else {})
        for layer in layers
    }
    arms = [FROZEN | {"name": name, "target": name} for name in features]
    return STUDY | {
        "study": name,
        "datasets": STUDY["datasets"] | features,
        "arms": arms,
        "analyses": {},
    }


@pytest.mark.nightly
def test_layers_share_one_pass_and_one_more_computes_its_own_alone(representations):
    """Their files are, to the byte, those of a study of one layer; no file of the pass is left."""
    representations.write(of_layers("tiny", "1", "2", None))
    representations.snakemake("codelengths_all")
    results = representations.folder / "results"
    logs = sorted((results / "tiny/logs/extract_features").glob("*.log"))
    taken = ["was extracted with another layer" in path.read_text() for path in logs]
    assert sorted(taken) == [False, True, True]
    assert {path.suffix for path in (results / "tiny/features").iterdir()} == {".h5"}
    representations.write(of_layers("tiny", "1", "0", "2", None))
    own = {"extract_features": 1, "code_block": 1, "merge_blocks": 1, "codelengths_all": 1}
    assert representations.planned("codelengths_all") == own
    representations.write(of_layers("alone", "2"))
    representations.snakemake("features_all")
    alone = (results / "alone/features/at2.h5").read_bytes()
    assert (results / "tiny/features/at2.h5").read_bytes() == alone


def check_results(results):
    """The tables have every arm, its twin and its seconds, and agree with the main one; the report has every section."""
    table = pd.read_csv(results / "tables/order.csv").set_index("arm")
    assert sorted(table.index) == ["frozen.a", "frozen.b", "pixels", "twin.a"]
    assert table["code_bits"].is_monotonic_increasing
    code = table["code_bits"]
    assert table.loc["frozen.a", "twin"] == "twin.a"
    assert table.loc["frozen.a", "l_it_bits"] == pytest.approx(code["twin.a"] - code["frozen.a"])
    assert (table[["extraction_s", "coding_s"]] > 0).all(axis=None)
    main = pd.read_csv(results / "tables/information_transfer.csv").set_index("arm")
    assert code.to_dict() == pytest.approx(main["l_m_bits"].to_dict())
    scores = pd.read_csv(results / "tables/foretold.csv")
    assert set(scores["arm"].dropna()) == {"frozen.a", "frozen.b"}
    assert (
        scores.loc[(scores["measure"] == "LEEP") & (scores["about"] == "value"), "value"]
        .notna()
        .all()
    )
    page = (results / "report/index.html").read_text()
    assert all(
        title in page
        for title in ("Representations, ranked", "Scores of representations", "Along the stream")
    )
