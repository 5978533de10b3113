"""What a notebook brings: arrays of every make, start states and codes that do not belong together, arguments."""

import dataclasses
import inspect
import pickle
import subprocess
import sys
import warnings
from importlib.util import find_spec

import h5py
import numpy as np
import pandas as pd
import pytest
import scipy.sparse
import torch
from PIL import Image
from torch import nn

import lit
from lit.data.check_dataset import check_dataset
from lit.data.dataset import Dataset
from lit.errors import InputError
from lit.measures.information_transfer import CodeLengths, information_transfer
from lit.measures.intervals import estimate
from lit.measures.samples import sample
from lit.notebook.arrays import as_array, as_arrays
from lit.notebook.traces import Traces

FAST = {"kind": "restart", "epochs": 2, "min_steps": 2, "within": False}
TRAINING = {"epochs": 2, "min_steps": 2}
SEEDS = [0, 1]
K = 64
needs_names = pytest.mark.skipif(
    find_spec("lit.data.scaling") is None, reason="labels are numbers, and there is one scaling"
)


def build(input_shape, classes):
    return nn.Sequential(
        nn.Flatten(), nn.Linear(int(np.prod(input_shape)), 8), nn.ReLU(), nn.Linear(8, classes)
    )


def build_tanh(input_shape, classes):
    return nn.Sequential(
        nn.Flatten(), nn.Linear(int(np.prod(input_shape)), 8), nn.Tanh(), nn.Linear(8, classes)
    )


@pytest.fixture(scope="module")
def arrays():
    """x, y of a stream, and x, y of a source: digits in uint8, 0..255."""
    from sklearn.datasets import load_digits

    x, y = load_digits(return_X_y=True)
    x, y = (x * 15).astype("uint8"), y.astype("int64")
    return x[:K], y[:K], x[K : 4 * K], y[K : 4 * K]


def train(x, y, model="linear", **options):
    return lit.train_source(
        x, y, model, SEEDS, device="cpu", **{"classes": 10, **TRAINING, **options}
    )


def code(x, y, model="linear", start=None, **options):
    options = {
        "learner": FAST,
        "seeds": SEEDS,
        "device": "cpu",
        "classes": None if isinstance(start, lit.Source) else 10,
    } | options
    return lit.code_stream(x, y, model, start, **options)


@pytest.fixture(scope="module")
def m(arrays):
    return train(*arrays[2:])


@pytest.fixture(scope="module")
def cold(arrays):
    return code(*arrays[:2])


@pytest.fixture(scope="module")
def warm(arrays, m):
    return code(*arrays[:2], start=m)


def silently(call, *arguments, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return call(*arguments, **options)


# --- A stream and its start ---


def test_the_readme_as_written(arrays, tmp_path, monkeypatch, capsys):
    """The five lines, word for word but for quick options, warn of nothing and give bits."""
    readme = (lit_root() / "README.md").read_text()
    block = readme.partition("**In a notebook**")[2].partition("```python\n")[2].partition("```")[0]
    x, y, x_src, y_src = arrays
    monkeypatch.chdir(tmp_path)
    table = pd.DataFrame(np.concatenate([x, x_src]).reshape(len(x) + len(x_src), -1))
    table.assign(COLUMN=np.concatenate([y, y_src])).to_csv("table.csv", index=False)
    text = block.replace("k=1024", "k=64, seeds=range(2)").replace("n=4096", "n=64, seeds=range(2)")
    text = text.replace("start=m, k=64, seeds=range(2)", "start=m, k=64")
    text = text.replace('model="mlp"', 'model="linear"')
    last = text.strip().splitlines()[-1]
    assert last.startswith("lit.information_transfer(cold, warm)")
    text = text.replace("lit.information_transfer", "found = lit.information_transfer")
    own = text.replace('lit.read_data("table.csv", label="COLUMN")', "None")
    own = own.replace("(data, ", "(x, y, ").replace("seeds=range(2)", "seeds=range(2), classes=10")
    every = {"x": np.concatenate([x, x_src]), "y": np.concatenate([y, y_src])}
    for lines in (text, own):
        space: dict = dict(every)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            exec(lines, space)
        assert np.isfinite(space["found"].mean)
    assert "Shares of classes: " in capsys.readouterr().out


def test_the_lines_of_the_page_as_written(arrays):
    """Those of two data sets: they say nothing and give bits."""
    page = (lit_root() / "docs/notebook.md").read_text()
    block = page.partition("**Two data sets.**")[2].partition("```python\n")[2].partition("```")[0]
    assert block.count("classes=10") == 2
    x, y, x_src, y_src = arrays
    for text in (block, block.replace(", classes=10", "").replace(" classes=10,", "")):
        space = {"lit": lit, "x": x, "y": y, "x_src": x_src, "y_src": y_src}
        text = text.replace("range(5)", "range(2)").replace('model="mlp"', 'model="linear"')
        text = text.replace("lit.information_transfer", "found = lit.information_transfer")
        with warnings.catch_warnings():
            warnings.simplefilter("error" if "classes=10" in text else "ignore")
            exec(text, space)
        assert np.isfinite(space["found"].mean)


def lit_root():
    from lit.files.provenance import ROOT

    return ROOT


SAME = {
    "the same array": lambda x: x,
    "float32, scaled": lambda x: x.astype("float32") / 255,
    "float64, scaled": lambda x: x / 255,
    "other order": lambda x: x[::-1],
    "tensor": lambda x: torch.from_numpy(x / 255),
    "a part, among fresh ones": lambda x: np.concatenate([x[:2], 255 - x[2:]]),
}


@pytest.mark.parametrize("how", SAME)
def test_a_stream_of_ms_own_examples_is_refused(arrays, m, how):
    *_, x, y = arrays
    count = 2 if "part" in how else K
    with pytest.raises(
        InputError,
        match=rf"{count} of {K} examples .* \(first: row 0\); L_IT needs fresh .*overlap='allow'",
    ):
        code(SAME[how](x[:K]), y[:K], start=m)
    said = f"{count} of {K} examples .* overlap='allow' takes them for other .* they have to be"
    with pytest.warns(UserWarning, match=said):
        allowed = code(SAME[how](x[:K]), y[:K], start=m, overlap="allow")
    assert np.isfinite(allowed.bits).all()


RESCALED = {
    "times 1/255": lambda x: x.astype("float32") * np.float32(1 / 255),
    "over 256": lambda x: (x / 256).astype("float32"),
    "standardised": lambda x: ((x - x.mean()) / x.std()).astype("float32"),
    "standardised, float16": lambda x: ((x - x.mean()) / x.std()).astype("float16"),
    "from -1 to 1": lambda x: x / 127.5 - 1,
}


@pytest.mark.parametrize("how", RESCALED)
def test_ms_own_examples_rescaled_by_hand_are_refused(arrays, how):
    x, y, x_src, y_src = arrays
    m = train(x_src / 255, y_src)
    with pytest.raises(InputError, match=rf"\d+ of {K} examples .* L_IT needs fresh") as error:
        code(RESCALED[how](x_src)[:K], y_src[:K], start=m)
    assert int(str(error.value).split(" of ")[0].split()[-1]) >= (0.9 if "16" in how else 1) * K
    assert np.isfinite(code(RESCALED[how](x), y, start=m).bits).all()


def test_examples_of_few_numbers_are_not_told_apart_by_their_shape_alone():
    """Two numbers less their mean and over their spread are always the same two."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(256, 2)), rng.integers(0, 2, 256)
    m = train(x[:128], y[:128])
    assert np.isfinite(code(x[128:], y[128:], start=m).bits).all()


def raw_table(rng, count, largest):
    """A table as people bring it: ages, 18 columns of 0 and 1, and one column of large numbers."""
    large = rng.normal(largest, largest / 6, count).round()
    return np.column_stack(
        [rng.integers(20, 60, count), rng.integers(0, 2, (count, 18)), large.clip(0)]
    )


@pytest.mark.parametrize("largest", [10, 300, 1e4, 3e5, 1e7, 1e9])
def test_rows_beside_which_one_column_is_large_are_told_apart(rng, largest):
    x, y = raw_table(rng, 512, largest), rng.integers(0, 2, 512)
    for dtype in (np.float64, np.float32, np.int64):
        here = x.astype(dtype)
        m = train(here[:256], y[:256], classes=2, scale="standard")
        scaled = {"start": m, "scale": "standard"}
        assert np.isfinite(silently(code, here[256:], y[256:], **scaled).bits).all()
        with pytest.raises(InputError, match="256 of 256"):
            code(here[:256], y[:256], **scaled)
    known, again = (
        Traces.of(part, Dataset(part.astype(np.float32), y[:256], 2))
        for part in (x[:256], (x[:256] - 7) / 3)
    )
    found = again.among(known, np.arange(256))
    assert found.mean() > 0.7 if largest <= 3e5 else not found.any()


def bags(rng, count):
    """Bags of words: a few of 3,000 in each, and most of the same frequent ones."""
    words = np.minimum(rng.zipf(1.6, (count, 40)) - 1, 2999)
    x = np.zeros((count, 3000))
    np.put_along_axis(x, words, 1, axis=1)
    return x


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_wide_rows_that_are_alike_in_most_columns_are_told_apart(rng, dtype):
    """None of these is a copy of another; a copy is found again when it was rescaled as a whole."""
    x = np.unique(bags(rng, 1400), axis=0)
    x = x[rng.permutation(len(x))[:1000]]
    for made in (x, (x - x.mean(axis=0)) / np.maximum(x.std(axis=0), 1e-9)):
        made = made.astype(dtype)
        known, others, again = (
            Traces.of(part, Dataset(part.astype(np.float32), np.zeros(500, int), 2))
            for part in (made[:500], made[500:], (made[:500] - 3) / 7)
        )
        assert not others.among(known, np.arange(500)).any()
        assert again.among(known, np.arange(500)).mean() > 0.9


def test_negative_zeros_and_changes_made_in_place_hide_nothing(arrays):
    *_, x, y = arrays
    x = np.array(x / 255)
    seen = x.copy()
    m = train(x, y)
    x += 1
    assert np.allclose(m.data.x, seen)
    with pytest.raises(InputError, match="64 of 64"):
        code(np.where(seen == 0, -0.0, seen)[:K], y[:K], start=m)


def test_a_few_duplicates_are_a_warning(arrays, m):
    x, y, x_src, _ = arrays
    with pytest.warns(
        UserWarning, match="1 of 64 examples of x have inputs that M was trained on .*row 5"
    ):
        code(np.concatenate([x[:5], x_src[:1], x[6:]]), y, start=m)
    assert silently(code, x, y, start=m).bits.shape == (2, K)


def test_m_of_another_network_is_refused(arrays, m):
    x, y, *_ = arrays
    for model, words in (
        (
            "mlp",
            "start is linear, but model is mlp, hidden \\[128\\], another network; leave model out",
        ),
        ({"kind": "mlp", "hidden": [8, 8]}, "hidden \\[8, 8\\]"),
        ({"kind": "linear", "bias": False}, "bias False"),
        (build, "factory test_notebook:build"),
    ):
        with pytest.raises(InputError, match=words):
            code(x, y, model, m)
    assert np.array_equal(code(x, y, None, m).bits, code(x, y, "linear", m).bits)
    with pytest.raises(InputError, match="another network"):
        code(
            x, y, {"kind": "mlp", "hidden": [9]}, train(*arrays[2:], {"kind": "mlp", "hidden": [8]})
        )


def test_a_factory_is_known_by_what_it_builds(arrays):
    x, y, x_src, y_src = arrays
    m = train(x_src, y_src, build, epochs=20, min_steps=100)
    again = code(x, y, lambda shape, classes: build(shape, classes), m)  # a cell that was run twice
    assert np.array_equal(again.bits, code(x, y, None, m).bits)
    with pytest.raises(
        InputError, match="build_tanh, another network"
    ):  # of the same names and shapes
        code(x, y, build_tanh, m)
    assert information_transfer(code(x, y, build), again).mean
    with pytest.raises(ValueError, match=r"differ in model: .*build_tanh"):
        information_transfer(code(x, y, build_tanh), again)


def test_ms_head_is_lost_only_when_asked(arrays):
    x, y, x_src, y_src = arrays
    nine = y_src < 9
    m = train(x_src[nine], y_src[nine], classes=None)
    with pytest.raises(
        InputError,
        match=r"y\[\d+\] is 9, but M has 9 classes, 0..8; write head='new' .*, or train M with classes=10",
    ):
        code(x, y, start=m)
    with pytest.raises(InputError, match="M has 9 classes, but classes is 10; write head='new'"):
        code(x, y, start=m, classes=10)
    new = code(x, y, start=m, classes=10, head="new")
    assert np.allclose(new.bits[:, :32], np.log2(10))
    assert new.classes == 10
    whole = train(x_src[nine], y_src[nine], classes=10)
    kept = code(x, y, start=whole)
    assert kept.classes == 10
    assert np.abs(kept.bits[:, :32] - np.log2(10)).max() > 0.01
    few = y < 5  # a stream that holds some of M's classes is coded among all of them
    assert code(x[few], y[few], start=whole, first_block=8).classes == 10
    with pytest.raises(InputError, match=r"head is 'new', .* start is theta0"):
        code(x, y, head="new")
    with pytest.raises(InputError, match="head is 'drop'; write keep or new or only"):
        code(x, y, start=m, head="drop")
    frozen = code(x, y, start=whole, head="only")
    assert np.array_equal(frozen.bits[:, :32], kept.bits[:, :32])


def test_c_is_known_beforehand_or_said(arrays, m):
    x, y, *_ = arrays
    with pytest.warns(
        UserWarning, match="C = 10 is taken from the labels .* write classes=10"
    ) as found:
        assumed = code(x, y, classes=None)
    assert found[0].filename == __file__
    assert (
        assumed.classes
        == silently(code, x, y, classes=10).classes
        == silently(code, x, y, start=m).classes
    )
    with pytest.warns(UserWarning, match="C = 10"):
        code(x, y, start=m, head="new")
    for wrong in (1, 10.5, "10", True, [1, 2]):
        with pytest.raises(InputError, match="classes is"):
            code(x, y, classes=wrong)


def test_inputs_of_another_shape_or_scale_are_refused(arrays, m):
    x, y, *_ = arrays
    with pytest.raises(InputError, match=r"shape \(64,\), but those of x have \(1, 8, 8\)"):
        code(x.reshape(-1, 1, 8, 8), y, start=m)
    with pytest.raises(
        InputError,
        match=r"0 to 240 of type uint8, which are scaled to 0..1 and x has inputs 0 to 240",
    ):
        code(x.astype("float32"), y, start=m)
    with pytest.raises(InputError, match="one type and one scale"):
        code((x / 255 - 0.3) / 0.2, y, start=m)
    with pytest.warns(UserWarning, match="one scale.*once beforehand"):
        code(x.astype("float32"), y, start=train(arrays[2] / 255, arrays[3]))


def test_what_start_may_be(arrays, m):
    x, y, *_ = arrays
    for wrong, words in (
        (nn.Linear(64, 10), r"of type Linear; write lit\.as_source\(networks, x_src, y_src"),
        (m.state, "of type State;"),
        ("m.pt", "start is 'm.pt'"),
        (m.state.tensors, "of type dict;"),
    ):
        with pytest.raises(InputError, match=words):
            code(x, y, start=wrong)
    with pytest.raises(ValueError, match=r"seeds \[0, 1\], not \[1, 0\]; pass seeds=M.seeds"):
        code(x, y, start=m, seeds=[1, 0])
    assert code(x, y, start=m, seeds=None).seeds == SEEDS


def test_a_ready_network_is_m_where_it_is_asked_for(arrays, tmp_path):
    x, y, x_src, y_src = arrays
    net = build((64,), 10)
    torch.save(net.state_dict(), tmp_path / "net.pt")
    model = {"kind": "python", "factory": build, "weights": str(tmp_path / "net.pt")}
    with pytest.warns(
        UserWarning,
        match="start=None codes from theta0, where the weights .* are not used; write start='weights'",
    ):
        cold = code(x, y, model)
    assert np.allclose(cold.bits[:, :32], np.log2(10))
    assert np.array_equal(cold.bits, silently(code, x, y, model, "theta0").bits)
    ready = silently(code, x, y, model, "weights")
    with torch.no_grad():
        own = -net(torch.from_numpy(x[ready.index[0][:32]] / np.float32(255))).log_softmax(-1)
    expected = own[range(32), y[ready.index[0][:32]]].numpy() / np.log(2)
    assert np.allclose(ready.experts["start"][0, :32], expected, atol=1e-5)
    assert np.isfinite(information_transfer(cold, ready).mean)
    with pytest.raises(InputError, match="start is 'weights', but model has none: linear"):
        code(x, y, start="weights")
    with pytest.raises(
        InputError, match="model is a network, Sequential, but every seed needs a new one"
    ):
        code(x, y, net)
    with pytest.raises(InputError, match="model is a network"):
        train(x_src, y_src, net)


def test_m_of_another_session(arrays, m, warm, tmp_path):
    x, y, x_src, y_src = arrays
    again = pickle.loads(pickle.dumps(m))
    assert again.digest == m.digest
    assert code(x, y, start=again).made == warm.made
    with pytest.raises(InputError, match="64 of 64"):
        code(x_src[:K], y_src[:K], start=again)
    local = pickle.loads(
        pickle.dumps(train(x_src, y_src, lambda shape, classes: build(shape, classes)))
    )
    assert np.isfinite(code(x, y, build, local).bits).all()
    with pytest.raises(InputError, match="does not say which network it is; write model="):
        code(x, y, None, local)
    with pytest.raises(InputError, match="another network"):
        code(x, y, build_tanh, local)
    named = pickle.loads(pickle.dumps(train(x_src, y_src, build)))
    assert np.array_equal(code(x, y, None, named).bits, code(x, y, build, named).bits)
    old = dataclasses.replace(
        m, model=None, network="", traces=None
    )  # as pickled by an earlier version
    with pytest.raises(InputError, match="does not say which network"):
        code(x, y, None, old)
    with pytest.raises(InputError, match="a model that is not known, but model is mlp"):
        code(x, y, "mlp", old)
    with pytest.raises(InputError, match="64 of 64"):
        code(x_src[:K], y_src[:K], start=old)
    assert np.array_equal(code(x, y, "linear", old).bits, warm.bits)


# --- Two codes ---

OTHER = {
    "x": (lambda a: code(255 - a[0], a[1]), "differ in x: .* digest .* and .* digest"),
    "scaling": (lambda a: code(a[0].astype("float32"), a[1]), "differ in x"),
    "order": (lambda a: code(a[0][::-1], a[1][::-1]), "differ in x: .*; y: "),
    "labels": (lambda a: code(a[0], (a[1] + 1) % 10), r"differ in y: \(64,\) digest"),
    "classes": (lambda a: code(*a[:2], classes=11), "classes: 11 and 10; pass classes=... to both"),
    "model": (
        lambda a: code(*a[:2], {"kind": "linear", "bias": False}),
        r"model: linear, bias False \(network",
    ),
    "learner": (lambda a: code(*a[:2], learner="probe"), "learner: probe and restart$"),
    "learners": (
        lambda a: code(*a[:2], learner=[FAST, "readout"]),
        r"learner: restart\+readout and restart$",
    ),
    "option": (
        lambda a: code(*a[:2], learner=FAST | {"lr": 0.01}),
        "differ in learner: lr 0.01 and 0.002$",
    ),
    "schedule": (
        lambda a: code(*a[:2], first_block=16),
        "differ in schedule: first_block 16 and 32$",
    ),
    "growth": (lambda a: code(*a[:2], growth=1.5), "schedule: growth 1.5 and 2.0"),
    "seeds": (
        lambda a: code(*a[:2], seeds=[0, 2]),
        r"differ in seeds: \[0, 2\] and \[0, 1\]; pass the same seeds=\.\.\. to both, M's where",
    ),
    "length": (lambda a: code(a[0][:40], a[1][:40]), r"differ in x: \(40, 64\)"),
}


@pytest.mark.parametrize("what", OTHER)
def test_codes_that_differ_in_more_than_their_start_are_refused(arrays, warm, what):
    make, words = OTHER[what]
    with pytest.raises(ValueError, match=words):
        information_transfer(make(arrays), warm)


def test_a_code_that_there_is_not_is_refused(cold, warm):
    with pytest.raises(ValueError, match="write network, architecture or shortest"):
        information_transfer(cold, warm, "shorter")


def test_codes_in_the_wrong_places_are_refused(arrays, cold, warm, m):
    assert np.allclose(information_transfer(cold, warm).by_seed, cold.total - warm.total)
    assert information_transfer(cold, cold).mean == 0
    with pytest.raises(ValueError, match="theta0 comes first"):
        information_transfer(warm, cold)
    with pytest.raises(ValueError, match=r"cold starts from M .*, not from theta0"):
        information_transfer(warm, warm)
    with pytest.raises(ValueError, match="not Source and CodeLengths"):
        inspect.unwrap(information_transfer)(m, warm)  # without the check of types of these tests


def test_two_ms_have_a_difference_that_counts_shared_examples_once(arrays, cold, warm):
    x, y, x_src, y_src = arrays
    other = code(x, y, start=train(x_src[:96], y_src[:96]))
    found = information_transfer(cold, warm) - information_transfer(cold, other)
    assert np.allclose(found.by_seed, other.total - warm.total)
    assert found.shared == 1
    saved = sample(other.bits - warm.bits, cold.index, cold.blocks)
    assert found.like.se == pytest.approx(estimate(saved).like.se, rel=1e-9)
    assert found.like.se > found.these.se == pytest.approx(estimate(other.total - warm.total).se)
    both = other - warm
    assert np.allclose(both.by_seed, found.by_seed)
    assert both.se == pytest.approx(found.se)
    assert (cold - warm).se == information_transfer(cold, warm).se
    assert (found - found).mean == 0


def test_transfers_that_were_measured_in_other_ways_have_no_difference(arrays, cold, warm, m):
    x, y, *_ = arrays

    def transfer(x, y, **options):
        starts = (code(x, y, start=start, **options) for start in (None, m))
        return information_transfer(*starts)

    found = information_transfer(cold, warm)
    with pytest.raises(ValueError, match="k is 64 and 32, so that they do not compare"):
        found - transfer(x[: K // 2], y[: K // 2], first_block=8)
    with pytest.raises(ValueError, match="code is architecture and network"):
        found - information_transfer(cold, warm, code="network")
    with pytest.raises(ValueError, match="learner is "):
        found - transfer(x, y, learner={"kind": "readout"})
    with pytest.raises(ValueError, match=r"schedule is .* and .*'growth': 3"):
        found - transfer(x, y, growth=3)
    with pytest.raises(ValueError, match=r"seeds is \[0, 1\] and \[1, 0\]"):
        found - dataclasses.replace(found, of=found.of | {"seeds": [1, 0]})
    assert (found - estimate(found.by_seed)).mean == 0  # of which nothing is known


def test_codes_of_two_models_of_the_same_labels_have_a_difference(arrays, cold):
    x, y, *_ = arrays
    mlp = code(x / 255, y, {"kind": "mlp", "hidden": [4]})
    assert np.allclose((mlp - cold).by_seed, mlp.total - cold.total)
    for other, words in (
        (code(x, (y + 1) % 10), "same labels; they differ in y: "),
        (code(x, y, seeds=[0, 2]), r"seeds: \[0, 1\] and \[0, 2\]"),
        (code(x, y, classes=11), "classes: 10 and 11"),
        (dataclasses.replace(cold, code="shortest"), "one is the code architecture, the other"),
    ):
        with pytest.raises(ValueError, match=words):
            cold - other
    three = estimate(np.arange(3.0))
    with pytest.raises(ValueError, match="of 3 and 2 seeds have no pairs"):
        three - information_transfer(cold, cold)
    with pytest.raises(TypeError):
        cold - 3
    with pytest.raises(TypeError):
        three - 1.0


def test_a_learners_option_in_the_wrong_place_is_told_where_it_belongs(arrays):
    x, y, *_ = arrays
    with pytest.raises(InputError, match=r"write learner={'kind': 'replay', 'lr': 0.001}, or of"):
        lit.code_stream(x, y, lr=1e-3)
    with pytest.raises(InputError, match=r"no argument clases; help\(lit.code_stream\) lists"):
        lit.code_stream(x, y, clases=10)


def test_an_array_names_the_classes(arrays):
    x, y, *_ = arrays
    names = np.array(list("abcdefghij"))
    assert code(x, names[y], classes=names).classes == 10
    with pytest.raises(InputError, match=r"classes is \[0, 1, 2.*write an integer of at least 2"):
        code(x, y, classes=np.unique(y))


def test_integers_that_say_no_scale_are_told_that_it_is_an_argument(arrays):
    x, y, *_ = arrays
    with pytest.raises(InputError, match="here it is an argument, such as scale='none'"):
        code((x > 9).astype("uint8"), y)


def test_equal_ways_of_writing_are_no_difference(arrays, warm):
    x, y, *_ = arrays
    for one in (
        code(x.astype("float32") / 255, y),
        code(torch.from_numpy(x), y.tolist()),
        code(x, y, {"kind": "linear"}, learner=FAST | {"lr": 2e-3, "epochs": 2.0}),
        code(x, y, growth=2, first_block=np.int64(32), seeds=(s for s in SEEDS)),
        code(x, y, learner=dict(reversed(FAST.items()))),
    ):
        assert np.isfinite(information_transfer(one, warm).mean)


def test_codes_made_by_hand(cold):
    a = CodeLengths(np.full((1, 4), 2.0), [0], 4, np.arange(4)[None], {})
    b = CodeLengths(np.ones((1, 4)), [0], 4, np.arange(4)[None], {})
    assert information_transfer(a, b).mean == 4
    with pytest.raises(ValueError, match="cold does not say what it coded"):
        information_transfer(a, cold)
    with pytest.raises(ValueError, match="the order of the examples"):
        information_transfer(a, dataclasses.replace(b, index=b.index[:, ::-1]))
    with pytest.raises(ValueError, match="length: 4 and 3"):
        information_transfer(a, dataclasses.replace(b, bits=b.bits[:, :3], index=b.index[:, :3]))
    assert pickle.loads(pickle.dumps(cold)).made == cold.made


def test_estimates_of_what_is_no_number():
    for value in (np.nan, np.inf):
        assert np.isnan(estimate(np.array([1.0, value])).ci).all()
    for wrong in ([], [[1.0, 2.0]], 3.0):
        with pytest.raises(ValueError, match="write one a seed"):
            estimate(np.array(wrong))


def test_what_a_notebook_shows(cold, warm, m):
    assert repr(cold).startswith(
        f"CodeLengths({cold.total.mean():.1f} bits from theta0 by restart: 64 labels of 10 classes"
    )
    assert "from M " in repr(warm)
    assert "uniform 212.6 bits" in repr(cold)
    found = information_transfer(cold, warm)
    assert repr(found) == (
        f"Estimate({found.mean:.1f} bits, s.e. {found.se:.1f}, no interval; 2 seeds;"
        " examples like these, as seeds code mostly the same: f = 1.00; of one draw of M's examples;"
        f" code {cold.code})"
    )
    three = estimate(np.array([1.0, 2.0, 3.0]))
    assert (
        repr(three)
        == "Estimate(2.0 bits, s.e. 0.6, 95 % interval -0.5 to 4.5; 3 seeds; these examples)"
    )
    assert repr(estimate(np.ones(1))) == "Estimate(1.0 bits; 1 seed, no standard error)"
    assert "no interval; 2 seeds" in repr(estimate(np.array([1.0, np.nan])))
    assert repr(m).startswith("Source(M: linear, trained on 192 examples of 10 classes, ")
    assert max(len(repr(one)) for one in (cold, warm, found, m)) < 200


def test_each_seed_draws_its_own_examples(arrays):
    x, y, xs, ys = arrays
    drawn = lit.train_source(xs, ys, "linear", SEEDS, n=48, classes=10, **TRAINING)
    assert drawn.index.shape == (2, 48)
    assert set(drawn.index[0]) != set(drawn.index[1])
    assert not drawn.one_draw
    cold, warm = (code(x, y, start=start, k=40, classes=10) for start in (None, drawn))
    assert cold.bits.shape == (2, 40)
    assert np.array_equal(cold.index, warm.index)
    assert set(cold.index[0]) != set(cold.index[1])
    found = lit.information_transfer(cold, warm)
    assert found.shared < 1
    assert "one draw" not in repr(found)
    whole = lit.train_source(xs, ys, "linear", SEEDS, classes=10, **TRAINING)
    assert whole.one_draw
    other = lit.information_transfer(cold, code(x, y, start=whole, k=40))
    assert "of one draw of M's examples" in repr(other)
    assert "of one draw of M's examples" in repr(found - other)


def test_examples_that_no_seed_was_trained_on_are_fresh(arrays):
    _, _, xs, ys = arrays
    m = lit.train_source(xs, ys, "linear", SEEDS, n=48, classes=10, **TRAINING)
    rest = np.setdiff1d(np.arange(len(xs)), m.index)
    assert len(rest) > 40
    assert np.isfinite(code(xs[rest], ys[rest], start=m).bits).all()
    with pytest.raises(InputError, match="L_IT needs fresh"):
        code(xs, ys, start=m)


@pytest.mark.parametrize(
    ("count", "message"),
    [(0, "is 0; write"), (True, "is True; write"), (2.5, "is 2.5; write"), (65, "64 at most")],
)
def test_how_many_are_drawn_is_checked(arrays, count, message):
    x, y, *_ = arrays
    with pytest.raises(InputError, match=f"train_source: n is .*{message}|n {message}"):
        lit.train_source(x, y, "linear", SEEDS, n=count, classes=10)
    with pytest.raises(InputError, match=f"code_stream: k is .*{message}|k {message}"):
        code(x, y, k=count, classes=10)


# --- Arrays ---

X = np.arange(12).reshape(4, 3)
FRAME = pd.DataFrame({"a": [1, 2, 3], "b": [0.5, 1.5, 2.5]})


class Polars:
    """A table that knows how to become an array, as polars' and xarray's do."""

    def __init__(self, array):
        self.array = array

    def to_numpy(self):
        return self.array


READ = {
    "list of lists": (X.tolist(), X),
    "list of arrays": (list(X), X),
    "tuple": (tuple(map(tuple, X.tolist())), X),
    "tensor": (torch.from_numpy(X), X),
    "requires_grad": (torch.ones(2, 3, requires_grad=True), np.ones((2, 3))),
    "parameter": (nn.Parameter(torch.ones(2, 3)), np.ones((2, 3))),
    "bfloat16": (
        torch.tensor([[0.5, 3.0]], dtype=torch.bfloat16, requires_grad=True),
        [[0.5, 3.0]],
    ),
    "float16": (torch.tensor([[0.5, 3.0]], dtype=torch.float16), [[0.5, 3.0]]),
    "float8": (torch.tensor([[0.5, 3.0]]).to(torch.float8_e4m3fn), [[0.5, 3.0]]),
    "channels last memory": (
        torch.arange(24).reshape(1, 2, 3, 4).contiguous(memory_format=torch.channels_last),
        np.arange(24).reshape(1, 2, 3, 4),
    ),
    "list of tensors": (
        [torch.ones(3, requires_grad=True), torch.zeros(3).bfloat16()],
        [[1, 1, 1], [0, 0, 0]],
    ),
    "list of labels as tensors": ([torch.tensor(3), torch.tensor(1)], [3, 1]),
    "list of NumPy numbers": ([np.int64(3), np.uint8(1)], [3, 1]),
    "DataFrame": (FRAME, [[1, 0.5], [2, 1.5], [3, 2.5]]),
    "nullable and truth columns": (
        pd.DataFrame(
            {"a": pd.array([1, 2], "Int64"), "b": [True, False], "c": pd.array([0.5, 1], "Float32")}
        ),
        [[1, 1, 0.5], [2, 0, 1]],
    ),
    "columns of one name": (pd.DataFrame([[1, 2]], columns=["a", "a"]), [[1, 2]]),
    "sparse columns": (pd.DataFrame({"a": pd.arrays.SparseArray([0.0, 2.0])}), [[0], [2]]),
    "Series": (pd.Series([1, 0], index=[7, 3]), [1, 0]),
    "categories that are numbers": (pd.Series([7, 3], dtype="category"), [7, 3]),
    "Index": (pd.Index([4, 2]), [4, 2]),
    "polars": (Polars(X), X),
    "matrix": (scipy.sparse.csr_matrix([[1, 2]]).todense(), [[1, 2]]),
    "big-endian": (X.astype(">f4"), X),
    "nothing masked": (np.ma.array(X, mask=False), X),
    "grey images": ([Image.new("L", (2, 3), 7)], np.full((1, 1, 3, 2), 7)),
    "colour images": ([Image.new("RGB", (2, 1), (1, 2, 3))], [[[[1, 1]], [[2, 2]], [[3, 3]]]]),
}


@pytest.mark.parametrize("what", READ)
def test_what_is_read(what):
    given, expected = READ[what]
    found = silently(as_array, given, "x")
    assert type(found) is np.ndarray
    assert found.flags.writeable
    assert np.array_equal(found, expected)
    assert found.shape == np.shape(expected)


def test_types_that_scaling_goes_by_are_kept():
    assert as_array(pd.DataFrame({"a": [1, 2]}, dtype="uint8"), "x").dtype == np.uint8
    assert as_array(torch.zeros(2, 2, dtype=torch.uint8), "x").dtype == np.uint8
    assert as_array(torch.zeros(2, dtype=torch.int64), "y").dtype == np.int64
    assert as_array([Image.new("L", (2, 2))], "x").dtype == np.uint8


def test_arrays_in_files(tmp_path):
    np.save(tmp_path / "x.npy", X)
    found = as_array(np.load(tmp_path / "x.npy", mmap_mode="r"), "x")
    assert np.array_equal(found, X)
    silently(torch.from_numpy, found)
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file["x"] = X
        assert np.array_equal(as_array(file["x"], "x"), X)
        with pytest.raises(InputError, match=r"is a File of \['x'\]; write one of its arrays"):
            as_array(file, "x")
        stored = file["x"]
    with pytest.raises(InputError, match="cannot be read"):
        as_array(stored, "x")
    np.savez(tmp_path / "x.npz", x=X)
    with (
        np.load(tmp_path / "x.npz") as file,
        pytest.raises(InputError, match=r"is a NpzFile of \['x'\]"),
    ):
        as_array(file, "x")


def turned():
    image = Image.new("L", (2, 3))
    image.getexif()[274] = 6
    return image


def quantised():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of torch, that these end some day
        return torch.quantize_per_tensor(torch.ones(2), 0.1, 0, torch.quint8)


class Cupy:
    def __array__(self, dtype=None, copy=None):
        raise TypeError("Implicit conversion to a NumPy array is not allowed; use .get()")


REFUSED = {
    "strings": ([["a", "b"]], "x has type <U1, which holds texts; write .* float32"),
    "numbers in quotes": ([["1", "2"]], "which holds texts"),
    "objects": (np.array([[1, "a"], [2, 3]], dtype=object), r"holds 'a' of type str at \[0, 1\]"),
    "None": ([[1.0, None]], r"x is None at \[0, 1\]: a value is missing; drop"),
    "numbers as objects": (np.array([[1, 2.0]], dtype=object), r"write .astype\('float32'\)"),
    "ragged lists": ([[1, 2], [3]], r"row 0 has shape \(2,\) and row 1 \(1,\)"),
    "ragged tensors": ([torch.ones(2), torch.ones(3)], r"row 0 has shape \(2,\) and row 1 \(3,\)"),
    "ragged within": ([[[1], [2, 3]]], "cannot be stacked"),
    "list of pairs": ([(torch.ones(2), 1)], "cannot be stacked|holds"),
    "masked": (np.ma.array(X, mask=X == 4), r"masked values, first at \[1, 1\]"),
    "fields": (
        np.zeros(2, [("a", "f4"), ("b", "i4")]),
        r"x has type \[\('a', .*, which holds records",
    ),
    "missing values": (
        pd.DataFrame({"a": [1, None, 3]}),
        "column 'a', has 1 missing values, first in row 1",
    ),
    "missing in Int64": (
        pd.DataFrame({"a": pd.array([1, None], "Int64")}),
        "column 'a', has 1 missing",
    ),
    "text column": (
        FRAME.assign(c=["u", "v", "w"]),
        "column 'c', has type str, which is no number; .*get_dummies",
    ),
    "category column": (
        FRAME.assign(c=pd.Categorical(["u", "v", "u"])),
        "column 'c', has type category",
    ),
    "dates": (
        FRAME.assign(c=pd.to_datetime(["2020-01-01"] * 3)),
        "column 'c', has type datetime64.*; these are dates; write numbers, such as pandas.to_date",
    ),
    "dates as text": (
        FRAME.assign(c=["2020-01-01", "2020-02-01", "2020-01-01"]),
        "column 'c', has type str, which is no number; these are dates; write numbers",
    ),
    "many texts": (
        pd.DataFrame({"c": [f"name {i}" for i in range(101)]}),
        "column 'c', has type str, .* its 101 different values say little; leave it out",
    ),
    "objects in a table": (
        FRAME.assign(c=pd.Series([1, "b", 2], dtype=object)),
        "column 'c', has type object",
    ),
    "polars with text": (Polars(np.array([["a", 1]], dtype=object)), "holds 'a' of type str"),
    "sparse matrix": (
        scipy.sparse.eye(3, format="csr"),
        r"sparse matrix of shape \(3, 3\); write its .toarray\(\)",
    ),
    "sparse array": (scipy.sparse.coo_array(np.eye(3)), r"write its .toarray\(\)"),
    "sparse tensor": (
        torch.eye(3).to_sparse(),
        r"sparse or nested tensor; write its .to_dense\(\)",
    ),
    "nested tensor": (
        torch.nested.nested_tensor([torch.ones(2), torch.ones(3)], layout=torch.jagged),
        "nested tensor",
    ),
    "meta tensor": (torch.ones(2, device="meta"), "device 'meta'"),
    "quantised tensor": (quantised(), r"write its .dequantize\(\)"),
    "Dataset": (
        torch.utils.data.TensorDataset(torch.ones(2, 2)),
        "torch TensorDataset; write its tensors: x = torch.stack",
    ),
    "DataLoader": (torch.utils.data.DataLoader([1, 2]), "torch DataLoader; write its tensors"),
    "path": (
        "x.npy",
        r"name of a file, 'x.npy'; write what it holds, such as numpy.load\('x.npy'\)",
    ),
    "Bunch": ({"data": X, "target": X}, r"dict of \['data', 'target'\]"),
    "generator": ((row for row in X), "of type generator; write an array"),
    "set": ({1, 2}, "of type set"),
    "number": (3, "of type int"),
    "nothing": (None, "of type NoneType"),
    "cupy": (Cupy(), r"of type Cupy cannot be read as an array \(.*use .get\(\)"),
    "one image": (Image.new("L", (2, 2)), "is one image; write a list of images"),
    "images of other sizes": (
        [Image.new("L", (2, 2)), Image.new("L", (3, 2))],
        r"row 0 has shape \(1, 2, 2\) and row 1",
    ),
    "grey and colour": ([Image.new("L", (2, 2)), Image.new("RGB", (2, 2))], "row 0 has shape"),
    "palette image": (
        [Image.new("P", (2, 2))],
        r"x\[0\] is an image of mode P; write image.convert",
    ),
    "transparent image": ([Image.new("RGBA", (2, 2))], "mode RGBA"),
    "16-bit image": ([Image.new("I;16", (2, 2))], "mode I;16"),
    "turned image": (
        [Image.new("L", (3, 2)), turned()],
        r"x\[1\] is to be turned .*exif_transpose",
    ),
    "image and array": (
        [Image.new("L", (2, 2)), X],
        r"x\[1\] is of type ndarray, but others are images",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_refused(what):
    given, words = REFUSED[what]
    with pytest.raises(InputError, match=words):
        check_dataset(as_array(given, "x"), np.arange(1), "here")


def test_labels_of_tables():
    x = pd.DataFrame({"a": [1, 2, 3]})
    assert as_arrays(x, pd.DataFrame({"y": [0, 1, 0]}), "here")[1].tolist() == [0, 1, 0]
    with pytest.raises(
        InputError, match=r"here: y has 2 columns \['a', 'b'\]; write the one that holds the labels"
    ):
        as_arrays(x, FRAME, "here")
    for names in (
        ["cat", "dog", "cat"],
        pd.Series(["cat", "dog", "cat"]),
        np.array(["cat", "dog", "cat"], dtype=object),
    ):
        assert as_arrays(x, names, "here")[1].tolist() == ["cat", "dog", "cat"]
    assert as_arrays(x, pd.Series(["b", "a", "b"], dtype="category"), "here")[1].tolist() == [
        "b",
        "a",
        "b",
    ]
    with pytest.raises(InputError, match="here: y has 1 missing values, first in row 1"):
        as_arrays(x, pd.Series(["b", None, "b"]), "here")
    with pytest.raises(InputError, match=r"here: y is None at \[1\]: a label is missing; drop"):
        as_arrays(x, ["b", None, "b"], "here")
    with pytest.raises(
        InputError, match=r"here: y is nan at \[2\]: a label is missing; drop such rows"
    ):  # numpy.asarray makes a class of it
        as_arrays(x, ["b", "a", float("nan")], "here")
    with pytest.raises(InputError, match="here: y has 0 examples; look at what they were chosen"):
        as_arrays(x, np.array([], dtype=object), "here")
    with pytest.raises(InputError, match=r"here: y holds 'b' of type str at \[1\]"):
        as_arrays(x, [1, "b", 2], "here")


@needs_names
def test_classes_with_names(arrays):
    """M and stream number the same names alike, whichever of them occur."""
    x, y, x_src, y_src = arrays
    names = np.array(
        ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
    )
    nine = y_src != 4
    m = train(x_src[nine], names[y_src[nine]], classes=names.tolist())
    few = y != 0
    warm = code(x[few], names[y[few]], start=m)
    assert np.array_equal(
        warm.bits, code(x[few], y[few], start=train(x_src[nine], y_src[nine])).bits
    )
    cold = code(x[few], names[y[few]], classes=names.tolist())
    assert np.isfinite(information_transfer(cold, warm).mean)
    with pytest.warns(UserWarning, match="taken from the labels"):
        assumed = code(x[few], names[y[few]], classes=None)  # of the nine that occur
    with pytest.raises(ValueError, match="classes: 9 and 10"):
        information_transfer(assumed, warm)
    with pytest.raises(
        InputError, match="y has the class 'none', which M has not; write head='new'"
    ):
        code(x, np.where(y == 0, "none", names[y]), start=m)
    with pytest.raises(InputError, match="M was trained on numbers"):
        code(x, names[y], start=train(x_src, y_src))


@needs_names
def test_scaling_is_the_same_for_all(arrays):
    x, y, x_src, y_src = arrays
    m = train(x_src, y_src, scale="standard")
    warm = code(x, y, start=m, scale="standard")
    assert np.isfinite(information_transfer(code(x, y, scale="standard"), warm).mean)
    with pytest.raises(InputError, match="M was trained with scale='standard', but scale is None"):
        code(x, y, start=m)
    with pytest.raises(ValueError, match="differ in x"):
        information_transfer(code(x, y), warm)
    with pytest.raises(
        InputError, match="64 of 64 examples"
    ):  # scaled by other statistics, and still the same
        code(x_src[:K], y_src[:K], start=m, scale="standard")


def test_a_scale_by_other_statistics_than_ms_is_said(rng):
    """Each call scales by its own x: unlike streams, with the column named; alike ones, silently."""
    x = pd.DataFrame(rng.normal(5, 2, (4 * K, 3)), columns=["age", "mass", "height"])
    y = rng.integers(0, 2, 4 * K)
    m = train(x[: 2 * K], y[: 2 * K], scale="standard", classes=2)
    assert np.allclose(m.scaled.subtracted, x[: 2 * K].mean())
    assert np.allclose(m.scaled.divided, x[: 2 * K].std(ddof=0))
    fresh, labels = x[2 * K :].reset_index(drop=True), y[2 * K :]
    silently(code, fresh, labels, start=m, scale="standard")
    for other in (fresh.assign(mass=fresh["mass"] + 2), fresh.assign(mass=3 * fresh["mass"] - 10)):
        with pytest.warns(
            UserWarning, match=r"column 'mass' has mean .* once beforehand.*scale out"
        ):
            code(other, labels, start=m, scale="standard")
    m = train(x[: 2 * K], y[: 2 * K], classes=2)
    silently(code, fresh.assign(mass=fresh["mass"] + 2), labels, start=m)
    images = rng.integers(0, 256, (K, 6, 6, 3), dtype="uint8")
    m = train(images, y[:K], scale="unit", classes=2)
    silently(code, 255 - images, y[:K], start=m, scale="unit")
    with pytest.warns(UserWarning, match="values from 0 to 127, and M's had 0 to 255"):
        code(images // 2, y[:K], start=m, scale="unit", overlap="allow")
    m = train(images, y[:K], scale="standard", classes=2)
    dark = images // np.array([1, 1, 3], "uint8")
    with pytest.warns(UserWarning, match="its channel 2 has mean"):
        code(dark, y[:K], start=m, scale="standard", overlap="allow")


def test_a_column_that_hardly_ever_varies_is_no_other_scale(rng):
    """Of rare pixels statistics differ by chance: in M's sample one never varied."""
    x = rng.normal(0, 1, (2 * K, 2))
    x[:, 1] = 0
    x[K, 1] = 9
    y = rng.integers(0, 2, 2 * K)
    m = train(x[:K], y[:K], scale="standard", classes=2)
    silently(code, x[K:], y[K:], start=m, scale="standard")


def test_a_warned_notebook_is_not_led_to_two_scales(rng, caplog):
    x, y = rng.normal(0, 1, (K, 2)) * [1, 1e5], rng.integers(0, 2, K)
    train(x, y, classes=2)
    assert "In Python: mean, std = x_all.mean(0), x_all.std(0) + 1e-9" in caplog.text


def test_rows_of_tables_in_another_order_are_refused():
    x, y = pd.DataFrame({"a": [1, 2, 3]}), pd.Series([0, 1, 2])
    shuffled = y.loc[[2, 0, 1]]
    with pytest.raises(
        InputError, match=r"row 0 is 0 in x's index and 2 in y's; write y.loc\[x.index\]"
    ):
        as_arrays(x, shuffled, "here")
    with pytest.raises(InputError, match="reset_index"):
        as_arrays(x.loc[[0, 2]], y.loc[[1, 2]], "here")
    with pytest.raises(InputError, match="'a' in x's index"):
        as_arrays(x.set_axis(["a", "b", "c"]), y.set_axis(["b", "a", "c"]), "here")
    assert as_arrays(x, shuffled.loc[x.index], "here")[1].tolist() == [0, 1, 2]
    assert as_arrays(x, shuffled.to_numpy(), "here")[1].tolist() == [2, 0, 1]  # by position
    assert as_arrays(x, y.set_axis([7, 8, 9]), "here")[1].tolist() == [
        0,
        1,
        2,
    ]  # x was numbered anew
    assert as_arrays(x.set_axis([7, 7, 8]), y.set_axis([7, 7, 8]), "here")[1].tolist() == [0, 1, 2]


def test_every_make_gives_the_same_bits(arrays, cold):
    x, y, *_ = arrays
    for one in (
        code(torch.from_numpy(x), torch.from_numpy(y)),
        code(pd.DataFrame(x), pd.Series(y)),
        code(pd.DataFrame(x), pd.DataFrame({"y": pd.array(y, "Int64")})),
        code((x / 255).tolist(), y.tolist()),
    ):
        assert np.allclose(one.bits, cold.bits)


# --- Arguments ---

WRONG = {
    "one number of seeds": (
        {"seeds": 5},
        r"seeds is 5; write several integers, such as range\(5\)",
    ),
    "seeds twice": ({"seeds": [0, 1, 0]}, "seed 0 is given twice"),
    "no seeds": ({"seeds": (s for s in ())}, "seeds is empty; .*generator would be read twice"),
    "fractions": ({"seeds": [0.5]}, "seeds is .0.5.; write several integers"),
    "text": ({"seeds": "012"}, "seeds is '012'"),
    "negative": ({"seeds": [-1]}, "seeds has -1; write integers 0.."),
    "truth": ({"seeds": [True, False]}, "seeds has True"),
    "first_block of nothing": (
        {"first_block": 0},
        "stream.first_block: found 0 where a whole number of at least 1 belongs; examples in",
    ),
    "first_block of parts": (
        {"first_block": 1.5},
        "stream.first_block: found 1.5 where a whole number belongs; write 1 or 2; ex",
    ),
    "growth of one": (
        {"growth": 1},
        "stream.growth: found 1 where a number above 1 and of at most 1,000,000 belongs; ratio",
    ),
    "growth that is none": ({"growth": float("nan")}, "growth: found nan"),
    "learner's name": (
        {"learner": "restrat"},
        "no learner is named 'restrat'; did you mean 'restart'",
    ),
    "learners": (
        {"learner": ["replay", ["probe"]]},
        "learner is of type list; write one of committee, continue, counts, probe, readout, replay, restart, python",
    ),
    "no learners": ({"learner": []}, "learner is empty; write one, such as 'replay'"),
    "learner's option": (
        {"learner": {"kind": "replay", "epochs": 3}},
        "learners.learner: unknown key 'epochs'",
    ),
    "learner's value": (
        {"learner": {"kind": "restart", "lr": "1e-3"}},
        "lr: found the text '1e-3' where a number belongs",
    ),
    "no rate": (
        {"learner": {"kind": "restart", "lr": 0}},
        "lr: found 0 where a number above 0 and of at most 10 belongs; learning rate",
    ),
    "learner without kind": ({"learner": {"lr": 0.1}}, "no learner is named 'None'"),
    "model's name": ({"model": "mpl"}, "no kind of model is named 'mpl'; did you mean 'mlp'"),
    "model in capitals": ({"model": "MLP"}, "is named 'MLP'; did you mean 'mlp'"),
    "model's class": (
        {"model": torch.nn.Linear},
        r"model is torch's Linear, .*write a function build",
    ),
    "model's option": (
        {"model": {"kind": "mlp", "hiden": [4]}},
        "key 'hidden' is missing|unknown key 'hiden'",
    ),
    "model left half": ({"model": {"kind": "mlp"}}, "key 'hidden' is missing"),
    "model of numbers": ({"model": 3}, "model is of type int"),
    "device": ({"device": "gpu"}, "device is 'gpu'; write auto, cpu, cuda or cuda:0"),
    "device of Apple's": ({"device": "mps"}, "device is 'mps'"),
    "overlap": ({"overlap": "ok"}, "overlap is 'ok'; write refuse or allow"),
}


@pytest.mark.parametrize("what", WRONG)
def test_arguments_that_are_refused(arrays, what):
    options, words = WRONG[what]
    with pytest.raises(InputError, match=words):
        code(*arrays[:2], **options)


TRAINED_WRONG = {
    "stop": ({"stop": "never"}, "stop is 'never'; write early or memorise"),
    "misspelt": ({"epoch": 3}, "training: unknown key 'epoch'; did you mean 'epochs'"),
    "value": (
        {"lr": -1},
        "training.lr: found -1 where a number above 0 and of at most 10 belongs; learning",
    ),
    "text": ({"batch": "32"}, "training.batch: found the text '32' where a number belongs"),
    "not finite": ({"lr": float("nan")}, "training.lr: found nan"),
    "nothing trained": (
        {"epochs": 0},
        "training.epochs: found 0 where a number above 0 and of at most 1,000,000 belongs; at",
    ),
    "seeds": ({"seeds": [1, 1]}, "train_source: seed 1 is given twice"),
}


def test_what_is_a_key_of_a_study_is_an_argument_here(arrays):
    x, y, *_ = arrays
    with pytest.raises(InputError, match="write classes=10 if it merely has no example here"):
        lit.train_source(x, np.where(y == 3, 9, np.minimum(y, 8)), "linear", **TRAINING)


def test_a_control_that_does_not_know_its_labels_is_said(arrays, rng, monkeypatch):
    monkeypatch.setattr("lit.training.sources.MEMORISE_STEPS", 600)  # it would not know them ever
    *_, x, y = arrays
    noise = rng.integers(0, 10, len(y))
    control = {"stop": "memorise", "lr": 1e-9, "epochs": 1}
    with pytest.warns(
        UserWarning, match=r"M knows 0\.\d\d\d of its \d+ labels by heart.*: take fewer"
    ):
        train(x, noise, **control)
    known = silently(train, x[:16], noise[:16], {"kind": "mlp", "hidden": [64]}, stop="memorise")
    assert known.accuracy.mean() >= 0.99


def test_a_control_of_equal_inputs_that_nobody_can_know_is_said(arrays, rng, monkeypatch):
    """Two of 64 inputs are equal and have different labels: 63 of 64 are 0.984, which is enough."""
    monkeypatch.setattr("lit.training.sources.MEMORISE_STEPS", 600)  # nobody can: it is all taken
    x = arrays[2][:64].copy()
    noise = rng.integers(0, 10, 64)
    x[1], noise[1] = x[0], (noise[0] + 1) % 10
    known = silently(train, x, noise, {"kind": "mlp", "hidden": [64]}, stop="memorise")
    assert known.accuracy.tolist() == known.knowable.tolist() == [63 / 64] * len(known.seeds)
    with pytest.warns(
        UserWarning,
        match=r"M knows 0\.\d+ of its 64 labels by heart, and as a control has to know 0\.99 of the"
        r" 0\.984 that can be known: take fewer",
    ):
        train(x, noise, stop="memorise", lr=1e-9, epochs=1)
    with pytest.warns(UserWarning, match=r"and a control needs 0\.8: take .* whose inputs differ"):
        few = train(np.repeat(x[2:6], 16, axis=0), noise, stop="memorise", lr=1e-9, epochs=1)
    assert known.memorised
    assert not few.memorised
    assert (
        few.knowable[0] == sum(np.bincount(noise[i : i + 16]).max() for i in (0, 16, 32, 48)) / 64
    )


@pytest.mark.parametrize("what", TRAINED_WRONG)
def test_training_that_is_refused(arrays, what):
    options, words = TRAINED_WRONG[what]
    *_, x, y = arrays
    with pytest.raises(InputError, match=words):
        lit.train_source(x, y, "linear", **({"seeds": SEEDS, "device": "cpu"} | options))


def test_data_that_are_refused(arrays):
    x, y, *_ = arrays
    for call, where in ((train, "train_source"), (code, "code_stream")):
        for a, b, words in (
            (x, y[:-1], "one row a label"),
            (np.where(x == x[3], np.nan, x), y, "NaN or infinity in"),
            (x, np.where(y == 3, -1, y), "labels must be integers"),
            (x[:0], y[:0], "holds no"),
            (x[:, 0], y, r"x has shape \(64,\)"),
            (x + 0j, y, "type complex128"),
        ):
            with pytest.raises(InputError, match=f"{where}: .*{words}"):
                call(a, b)
    with pytest.raises(InputError, match="1 class"):
        train(x[y == 3], np.zeros((y == 3).sum(), int), classes=None)


def test_options_reach_training(arrays):
    *_, x, y = arrays
    short, long = (
        train(x, y, {"kind": "mlp", "hidden": (8,)}, steps=1),
        train(x, y, {"kind": "mlp", "hidden": [8]}, epochs=50, min_steps=100),
    )
    assert long.bits.sum() < short.bits.sum()
    assert silently(train, x[y != 9], y[y != 9]).data.classes == 10
    assert np.isfinite(
        silently(train, x[y == 3], y[y == 3]).bits
    ).all()  # one class of ten that are known


def test_streams_too_short_to_learn_from(arrays, m):
    x, y, *_ = arrays
    for k in (1, 20, 32):
        with pytest.warns(
            UserWarning, match=f"the stream of {k} examples is one block, since first_block is 32"
        ):
            found = code(x[:k], y[:k])
        assert np.allclose(found.bits, np.log2(10))
    assert np.isfinite(silently(code, x[:20], y[:20], start=m, first_block=4).bits).all()
    assert np.isfinite(train(x[:2], y[:2]).bits).all()


def test_one_m_codes_many_streams(arrays, m):
    x, y, *_ = arrays
    before = m.digest
    first, second = code(x, y, start=m), code(x, y, start=m)
    assert np.array_equal(first.bits, second.bits)
    assert m.digest == before


def test_nothing_is_imported_to_find_out():
    script = (
        "import sys, numpy, lit.notebook.arrays; lit.notebook.arrays.as_arrays([[1, 2]], numpy.array([0]), 'x');"
        "assert not {'torch', 'pandas', 'scipy', 'PIL', 'h5py'} & set(sys.modules), sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], check=True, cwd=lit_root())


class Drawing(nn.Module):
    """Draws noise whenever it scores."""

    def __init__(self, input_shape, classes):
        super().__init__()
        self.head = nn.Linear(input_shape[0], classes)

    def forward(self, x):
        return self.head(x + torch.randn_like(x))


def test_networks_are_tried_in_a_notebook_too(rng):
    x, y = rng.normal(size=(64, 4)).astype(np.float32), np.arange(64) % 3
    with pytest.raises(InputError, match=r"train_source: .*evaluation"):
        lit.train_source(x, y, model=Drawing, seeds=[0])
    with pytest.raises(InputError, match=r"code_stream: .*evaluation"):
        lit.code_stream(x, y, model=Drawing, seeds=[0], classes=3)


def test_m_of_names_and_a_stream_of_numbers_are_not_matched_by_place(rng):
    x, y = rng.normal(size=(64, 4)).astype(np.float32), np.arange(64) % 3
    m = lit.train_source(x, np.array(["zebra", "ant", "bee"])[y], model="linear", seeds=[0])
    with pytest.raises(InputError, match=r"names .*but y holds numbers, which do not tell them"):
        lit.code_stream(x + 9, y, start=m)
    lit.code_stream(
        x + 9, y, start=m, classes=["ant", "bee", "zebra"]
    )  # the user says what the numbers mean


def test_columns_in_another_order_than_ms_are_refused(rng):
    table = pd.DataFrame(rng.normal(size=(64, 3)), columns=["a", "b", "c"])
    fresh, y = table + 9, np.arange(64) % 2
    m = lit.train_source(table, y, model="linear", seeds=[0])
    with pytest.raises(
        InputError, match=r"M's columns in another order; write x\[list\(M\.columns\)\]"
    ):
        lit.code_stream(fresh[["c", "b", "a"]], y, start=m)
    with pytest.raises(
        InputError, match=r"other columns .* first at place 1: \('d',\) where M has \('b',\)"
    ):
        lit.code_stream(fresh.rename(columns={"b": "d"}), y, start=m)
    right = lit.code_stream(fresh[["c", "b", "a"]][list(m.columns)], y, start=m)
    assert np.array_equal(right.bits, lit.code_stream(fresh.to_numpy(), y, start=m).bits)


def test_a_column_that_tells_the_labels_is_warned_of(rng):
    x = rng.normal(size=(200, 3))
    y = (x[:, 1] > 0).astype(int)
    with pytest.warns(UserWarning, match="of x, column 1 alone tells the label of each example"):
        lit.train_source(x, y, seeds=[0], n=16)
    frame = pd.DataFrame(x, columns=["a", "b", "c"]).assign(d=y)
    with pytest.warns(UserWarning, match="of x, b or d alone tells the label"):
        lit.train_source(frame, y, seeds=[0], n=16)
