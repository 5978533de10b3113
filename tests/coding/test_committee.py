"""The learner `committee`: small networks that predict together."""

import dataclasses
import math

import numpy as np
import pytest
import torch

import lit
from lit.coding.coder import Coder, StartState, code_span
from lit.coding.decode import prove
from lit.coding.learners.committee import _parts
from lit.coding.merge import merge_spans, unite
from lit.data.dataset import Dataset
from lit.data.loaders import load_dataset
from lit.errors import InputError
from lit.study.config import load_study
from lit.training.options import Training
from lit.training.sources import train_source
from lit.training.state import State
from lit.workflow.check_labels import _check_learner

CPU = torch.device("cpu")
MODEL = {"kind": "mlp", "hidden": [8]}
QUICK = {"members": 3, "passes": 20, "precisions": [0.2, 2.0]}
BLOCKS = [(0, 32), (32, 64), (64, 128)]


@pytest.fixture(scope="module")
def teacher():
    return load_dataset({"kind": "teacher", "inputs": 4, "width": 2, "examples": 1024})


def coder(data, seeds=(0, 1), source=None, **options):
    if source is not None:
        source = StartState(State.from_arrays(source), data.x, source["index"], source["label"], 16)
    learner = {"kind": "committee", **options}
    return Coder(MODEL, data, None, "front", list(seeds), learner, source, "keep", CPU)


def coded(data, blocks=BLOCKS, **more):
    return merge_spans([code_span(coder(data, **more), blocks, blocks[-1][1])])


def test_networks_learn_when_there_are_a_tenth_more_labels():
    assert _parts(0, 10, 1.1) == [(0, 4), (4, 8), (8, 10)]
    assert _parts(64, 80, 1.1) == [(64, 70), (70, 77), (77, 80)]
    assert _parts(64, 64, 1.1) == []


def test_blocks_and_seeds_change_no_bits(teacher):
    whole = coded(teacher, **QUICK)
    parts = [code_span(coder(teacher, **QUICK), [block], block[1]) for block in BLOCKS]
    alone = merge_spans(parts)
    for name in ("bits/generic.committee.0.2", "bits/generic.committee.2", "bits/start"):
        assert np.array_equal(whole[name], alone[name])
        one = coded(teacher, seeds=[1], **QUICK)
        assert np.array_equal(whole[name][1:], one[name])


def test_before_the_first_label_the_start_states_prediction_stands(teacher):
    found = coded(teacher, **QUICK)
    np.testing.assert_allclose(found["bits/generic.committee.2"][:, :4], 1, rtol=1e-6)
    source = train_source(MODEL, teacher, None, 256, "early", [0, 1], Training(min_steps=20), CPU)
    warm = coded(teacher, source=source, **QUICK)
    start = warm["bits/start"][:, :4]
    np.testing.assert_allclose(warm["bits/generic.committee.2.start"][:, :4], start, rtol=1e-5)
    for name in ("bits/generic.committee.0.2", "bits/generic.committee.2"):
        assert np.array_equal(warm[name], found[name]), (
            "from equal probabilities, either knows as much"
        )


def test_the_mean_of_a_committees_predictions_is_an_expert(teacher):
    together = coded(teacher, seeds=[0], **QUICK | {"precisions": [0.2]})
    one = coded(teacher, seeds=[0], **QUICK | {"precisions": [0.2], "members": 1})
    name = "bits/generic.committee.0.2"
    assert together[name].shape == one[name].shape == (1, 128)
    assert together[name].sum() < 128, "they learn"
    assert not np.array_equal(together[name], one[name])


@pytest.mark.slow
def test_a_planted_network_is_learned_sooner_than_by_training_a_large_one(teacher):
    """And not before there is anything to know: the ideal coder needs most of the first labels."""
    model = {"kind": "mlp", "hidden": [64]}
    blocks = [(0, 32), (32, 64), (64, 128), (128, 256), (256, 512)]
    spans = {}
    for kind in ("replay", "readout", "committee"):
        built = Coder(model, teacher, None, "front", [0, 1], {"kind": kind}, None, "keep", CPU)
        spans[kind] = merge_spans([code_span(built, blocks, 512)])
    without = unite({name: spans[name] for name in ("replay", "readout")})
    united = unite(spans)
    assert united["bits/shortest"].sum() < 0.95 * without["bits/shortest"].sum()
    assert united["bits/architecture"].sum() == pytest.approx(without["bits/architecture"].sum())


def test_random_labels_cost_what_nothing_known_costs(teacher, rng):
    """The members of a committee disagree about what none can know."""
    random = dataclasses.replace(teacher, y=rng.integers(0, 2, len(teacher.y)))
    spent = unite({"committee": coded(random, members=4, passes=40)})
    assert spent["bits/shortest"].sum(axis=1) == pytest.approx(128 + math.log2(3), abs=3)


STUDY = {
    "study": "s",
    "seeds": [0],
    "stream": {"k": 64},
    "datasets": {"t": {"kind": "teacher", "inputs": 4, "width": 2, "examples": 256}},
    "models": {"mlp": MODEL},
    "arms": [{"name": "a", "target": "t", "model": "mlp", "n": 64, "learner": "committee"}],
}


def test_alone_it_has_no_expert_of_the_code_that_is_shown(teacher):
    """From theta0 that would be the uniform code, and L_IT all that M knows."""
    said = r"arm 'a': learner 'committee' has experts of the code shortest alone, and architecture"
    with pytest.raises(
        InputError, match=rf"{said} .* \[replay, readout, committee\], or code: sho"
    ):
        load_study(STUDY)
    assert load_study(STUDY | {"code": "shortest"}).code == "shortest"
    beside = [STUDY["arms"][0] | {"learner": ["readout", "committee"]}]
    assert load_study(STUDY | {"arms": beside}).code == "architecture"
    with pytest.raises(InputError, match="write learner=\\['replay', 'readout', 'committee'\\]"):
        lit.code_stream(teacher, model="mlp", k=64, learner="committee", seeds=[0])


def test_tokens_are_refused_before_anything_is_computed():
    tokens = Dataset(np.zeros((64, 4), np.int32), np.arange(64) % 2, 2, vocabulary=3)
    with pytest.raises(InputError, match="'committee' takes inputs that are numbers, but those of"):
        _check_learner("arm 'a': learner 'committee'", "t", tokens, "numbers")


@pytest.mark.parametrize(
    "data",
    [
        Dataset(np.zeros((64, 4), np.int32), np.arange(64) % 2, 2, vocabulary=3),
        Dataset(np.zeros((64, 4), np.float32), np.zeros((64, 2), np.int64), 2),
    ],
    ids=["tokens", "several labels"],
)
def test_what_small_networks_do_not_take_is_refused(data):
    model = MODEL if data.vocabulary is None else {"kind": "transformer", "width": 8, "layers": 1}
    built = Coder(model, data, None, "front", [0], {"kind": "committee"}, None, "keep", CPU)
    with pytest.raises(InputError, match="committee takes inputs that are numbers, and one label"):
        code_span(built, [(0, 8)], 8)


@pytest.mark.slow
def test_labels_come_back_from_a_file_of_the_reported_length(teacher):
    built = {"committee": coder(teacher, **QUICK)}
    merged = {name: merge_spans([code_span(one, BLOCKS, 128)]) for name, one in built.items()}
    proof = prove(lambda: built, BLOCKS, merged, "shortest")
    assert proof.wrong == 0
    assert proof.holds
    assert proof.reported_bits < proof.labels
