"""A data set read from a file, and one data set for M and the stream: what a study does."""

import warnings

import numpy as np
import pandas as pd
import pytest
from conftest import Workspace

import lit
from lit.data.dataset import Dataset
from lit.data.groups import in_front
from lit.data.streams import part_of
from lit.errors import InputError

SEEDS, K, N = [0, 1], 200, 300
RANDOM = {"random": 1.0}


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """A table of 900 rows, 3 a person, of which one column tells the label with noise."""
    rng = np.random.default_rng(0)
    size = rng.normal(size=900)
    path = tmp_path_factory.mktemp("own") / "mine.csv"
    columns = {
        "row": np.arange(900),
        "person": np.repeat([f"p{i}" for i in range(300)], 3),
        "size": size,
        "colour": rng.choice(["red", "blue"], 900),
        "still": 1,
        "kind": np.where(size + 0.5 * rng.normal(size=900) > 0, "big", "small"),
    }
    pd.DataFrame(columns).sample(frac=1, random_state=0).to_csv(path, index=False)
    return path


@pytest.fixture(scope="module")
def data(table):
    return lit.read_data(table, label="kind", groups=None, drop=["person"])


def test_reading_says_what_init_says(table, capsys):
    found = lit.read_data(table, label="kind")
    said = capsys.readouterr().out
    assert isinstance(found, Dataset)
    assert found.groups is not None, "a column called person says whom a row is of"
    assert found.columns == ("size", "colour=blue", "colour=red")
    for part in ("900 examples of 3 inputs, 2 classes", "Shares of classes: ", "no inputs: row ("):
        assert part in said
    assert "groups: person has 300 values" in said
    assert "inputs: 2 columns became 3 inputs: size, colour (2)." in said
    assert "inputs: 1 column does not vary and was left out: still." in said


def test_keys_change_what_was_found(table, capsys):
    fewer = lit.read_data(table, label="kind", drop=["colour", "person"], groups=None)
    assert fewer.groups is None
    assert "size" in fewer.columns
    assert "colour=red" not in fewer.columns
    assert not any(name.startswith("row") for name in fewer.columns), "left out as before"
    alone = lit.read_data(str(table), label="kind", columns=["size"])
    assert alone.columns == ("size",)
    found = lit.read_data(table.parent / "mine.csv", label="kind", drop=["person"], groups=None)
    assert "label: " not in capsys.readouterr().out
    assert found.names == ("big", "small")


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({}, "which column holds the labels? write label='NAME'"),
        ({"label": "knd"}, "did you mean 'kind'"),
        ({"label": "kind", "drp": ["row"]}, "did you mean 'drop'"),
        ({"label": "kind", "drop": ["rows"]}, "did you mean 'row'"),
        ({"label": "kind", "missing": "none"}, "missing"),
    ],
)
def test_what_cannot_be_read_is_refused(table, keys, said):
    with pytest.raises(InputError) as error:
        lit.read_data(table, **keys)
    assert said in str(error.value)
    assert "--label" not in str(error.value)


def test_one_data_set_gives_each_seed_its_own_stream_and_source(data):
    cold = lit.code_stream(data, model="linear", k=K, seeds=SEEDS)
    m = lit.train_source(data, model="linear", n=N, seeds=SEEDS)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warm = lit.code_stream(data, start=m, k=K)
    assert lit.information_transfer(cold, warm).mean > 0
    front, back = (part_of(data, None, SEEDS, side)[0] for side in ("front", "back"))
    assert np.array_equal(warm.index, front[:, :K]), "what a study codes"
    assert np.array_equal(m.index, back[:, :N]), "what a study trains M on"
    for coded, own in zip(warm.index, m.index, strict=True):
        assert not np.intersect1d(coded, own).size
    assert not warm.repeated.any()
    assert cold.repeated is None


def test_arrays_that_are_ms_too_are_coded_likewise(data):
    x, y = data.x, np.array(data.names)[data.y]
    m = lit.train_source(x, y, model="linear", n=N, seeds=SEEDS)
    warm = lit.code_stream(x, y, start=m, k=K)
    same = lit.train_source(data, model="linear", n=N, seeds=SEEDS)
    assert np.array_equal(warm.bits, lit.code_stream(data, start=same, k=K).bits)
    with pytest.raises(InputError, match=r"trained on \(seed 0, n = 300\); L_IT needs fresh"):
        lit.code_stream(x, y, start=m, k=700)
    with pytest.raises(InputError, match=r"300 of 900 examples of x have .* write k= and n="):
        lit.code_stream(x, y, start=m)


def test_equal_rows_of_one_data_set_are_counted(table, tmp_path):
    frame, path = pd.read_csv(table), tmp_path / "twice.csv"
    pd.concat([frame, frame]).to_csv(path, index=False)
    data = lit.read_data(path, label="kind", columns=["size", "colour"], groups=None)
    m = lit.train_source(data, model="linear", n=N, seeds=SEEDS)
    warm = lit.code_stream(data, start=m, k=K)
    own = [np.isin(data.x[i, 0], data.x[j, 0]) for i, j in zip(warm.index, m.index, strict=True)]
    assert np.array_equal(warm.repeated, own)
    assert 0.1 < warm.repeated.mean() < 0.3, "the other copy of a row is a sixth of the time M's"
    m = lit.train_source(data.x, data.y, model="linear", n=N, seeds=SEEDS)
    with pytest.warns(UserWarning, match=r"\d+% of the coded inputs M was trained on too"):
        lit.code_stream(data.x, data.y, start=m, k=K, classes=2)
    lit.code_stream(data.x, data.y, start=m, k=K, classes=2, overlap="allow")


@pytest.mark.filterwarnings("error")
def test_rows_that_look_alike_are_not_taken_for_copies(table, tmp_path):
    frame, path = pd.read_csv(table), tmp_path / "few.csv"
    frame.assign(size=(frame["size"] > 0).astype(int)).to_csv(path, index=False)
    data = lit.read_data(path, label="kind", columns=["size", "colour"], groups=None)
    assert len(np.unique(data.x, axis=0)) == 4
    m = lit.train_source(data.x, data.y, model="linear", n=N, seeds=SEEDS)
    assert not lit.code_stream(data.x, data.y, start=m, k=K, classes=2).repeated.any()


def test_no_group_is_on_both_sides(table):
    data = lit.read_data(table, label="kind")
    m = lit.train_source(data, model="linear", n=N, seeds=SEEDS)
    warm = lit.code_stream(data, start=m, k=K)
    for seed, coded, own in zip(SEEDS, warm.index, m.index, strict=True):
        assert in_front(data.groups, seed)[coded].all()
        assert not np.intersect1d(data.groups[coded], data.groups[own]).size
    assert np.array_equal(warm.group, data.groups[warm.index])
    assert not warm.repeated.any()
    every = lit.train_source(data, model="linear", seeds=SEEDS).index.shape[1]
    assert every == (~in_front(data.groups, 0)).sum(), "n left out is all that M may have"
    with pytest.raises(InputError, match=rf"n is 700, but {every} examples of x can be trained on"):
        lit.train_source(data, model="linear", n=700, seeds=SEEDS)
    with pytest.raises(
        InputError, match=r"k is 400, but 3\d\d examples of x can be coded; write 3"
    ):
        lit.code_stream(data, model="linear", k=400, seeds=SEEDS)


def test_the_control_is_a_studys(data):
    liar = lit.train_source(data, model="mlp", n=16, seeds=SEEDS, relabel=RANDOM, stop="memorise")
    assert liar.memorised
    index, label, _ = part_of(data, RANDOM, SEEDS, "back")
    assert np.array_equal(liar.index, index[:, :16])
    assert np.array_equal(liar.label, label[:, :16])
    nothing = lit.code_stream(data, model="mlp", k=K, seeds=SEEDS, relabel=RANDOM)
    lies = lit.code_stream(data, start=liar, k=K, relabel=RANDOM)
    assert abs(lit.information_transfer(nothing, lies).mean) < 4
    with pytest.raises(ValueError, match="random-1"):
        lit.information_transfer(lit.code_stream(data, model="mlp", k=K, seeds=SEEDS), lies)


@pytest.mark.parametrize(
    "relabel", ["random", {"random": 2}, {"random": True}, {"classes": [0]}, {}, {"a": 1, "b": 1}]
)
def test_other_labels_are_refused(data, relabel):
    with pytest.raises(InputError, match="relabel"):
        lit.code_stream(data, relabel=relabel)


@pytest.mark.parametrize(
    "beside", [{"y": [0]}, {"classes": 2}, {"scale": "standard"}, {"bins": {"width": 1}}]
)
def test_what_a_data_set_says_itself_is_refused(data, beside):
    (name,) = beside
    for call in (lit.train_source, lit.code_stream):
        with pytest.raises(InputError, match=f"says its {name} itself; leave {name} out"):
            call(data, **beside)


def test_a_head_of_other_classes_is_not_kept(data, digits):
    m = lit.train_source(digits.x[:64], digits.y[:64], seeds=[0], epochs=1, min_steps=1)
    with pytest.raises(InputError, match="M has 10 classes, and x has 2"):
        lit.code_stream(data, start=m, k=K)


@pytest.mark.slow
def test_a_study_and_a_notebook_have_equal_bits(table, tmp_path):
    """With groups, a control and an M of shares: the same draws, networks, codes and intervals."""
    same = {"target": "own", "model": "linear"}
    arms = [
        {"name": "learned", **same, "n": N},
        {"name": "shares", **same, "n": N, "source_labels": {"shuffled": 1.0}},
        {"name": "control", **same, "n": 2, "labels": RANDOM},
    ]
    entry = {"kind": "table", "path": str(table), "label": "kind", "groups": "person"}
    study = {"study": "own", "seeds": [SEEDS], "stream": {"k": K}, "arms": arms}
    space = Workspace(tmp_path)
    space.write(
        {
            **study,
            "datasets": {"own": entry | {"drop": ["row", "still"]}},
            "models": {"linear": {"kind": "linear"}},
        }
    )
    space.snakemake("tables_all")
    by_seed = pd.read_csv(tmp_path / "results/own/tables/information_transfer_by_seed.csv")
    data = lit.read_data(table, label="kind")
    taught = {"model": "linear", "seeds": SEEDS}
    sources = {
        "learned": lit.train_source(data, n=N, **taught),
        "shares": lit.train_source(data, n=N, relabel={"shuffled": 1.0}, **taught),
        "control": lit.train_source(data, n=2, relabel=RANDOM, stop="memorise", **taught),
    }
    for arm, m in sources.items():
        coded = {"k": K, "relabel": RANDOM if arm == "control" else None}
        row = by_seed[by_seed["arm"] == arm].sort_values("seed")
        cold = lit.code_stream(data, **taught, **coded)
        warm = lit.code_stream(data, start=m, **coded)
        for code, name in ((cold, "theta0"), (warm, "m")):
            # a sum of equal bits in another order
            assert np.allclose(code.total, row[f"l_{name}_bits"], rtol=0, atol=1e-9), (arm, name)
